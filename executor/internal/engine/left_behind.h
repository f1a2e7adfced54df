// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What fork(2) leaves behind: a child has a copy of all executors, but of the
// threads only the one that has called it.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_LEFT_BEHIND_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_LEFT_BEHIND_H_

#include <memory>

#include "weft/base/language.h"

namespace weft::executor_internal {

// Before oneTBB is first asked for threads. Throws std::logic_error in a child
// of a process that has passed this before: oneTBB counts threads there that
// are not, and starts none.
void CheckWorkersCanBeHad();

// Throws std::logic_error: an executor is used whose threads fork() has left
// behind.
[[noreturn]] void ThrowLeftBehind();

// Keeps what cannot be destroyed in this process.
void KeepForEver(std::shared_ptr<const void> object);

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_LEFT_BEHIND_H_
