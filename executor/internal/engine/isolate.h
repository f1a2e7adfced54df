// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A thread that waits in an algorithm of oneTBB runs other parts of it, and of
// other algorithms. In an isolated region it takes only what was begun in that
// region. So a thread that begins to run jobs on top of another job, or of the
// application, does so in a region of its own, and no task's part of a loop
// runs in the context of another task that waits.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_ISOLATE_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_ISOLATE_H_

#include "tbb/task_arena.h"
#include "weft/base/language.h"

namespace weft::executor_internal {

// Calls `fn()` in a region of its own.
template <typename Fn>
void Isolate(const Fn& fn) {
  tbb::this_task_arena::isolate(fn);
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_ISOLATE_H_
