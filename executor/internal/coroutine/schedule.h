// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The type that Executor::Schedule() returns. Its effect is in
// coroutine_awaiters.h.

#ifndef WEFT_EXECUTOR_INTERNAL_COROUTINE_SCHEDULE_H_
#define WEFT_EXECUTOR_INTERNAL_COROUTINE_SCHEDULE_H_

#include "weft/base/language.h"

namespace weft::executor_internal {

class Engine;

struct [[nodiscard]] ScheduleOperation {
  Engine& engine;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_SCHEDULE_H_
