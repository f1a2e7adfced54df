// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The errors of tasks that their limits have ended (context/internal/limits.h).

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_LIMIT_ERROR_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_LIMIT_ERROR_H_

#include <chrono>
#include <exception>

#include "weft/hooks/resource.h"

namespace weft::executor_internal {

enum class EndedBy {
  kNothing,
  kCancellation,
  kDeadline,
};

// Says how far the task got.
enum class Progress {
  kNone,     // it was not run
  kStarted,  // it was ended by the loop that it runs
};

// Return a CancelledError, or a DeadlineExceededError, which names the task:
// its type, its id, where it was submitted. `late` is how long ago the deadline
// was.
std::exception_ptr CancelledErrorOf(const Resource& task,
                                    Progress progress) noexcept;
std::exception_ptr DeadlineErrorOf(const Resource& task, Progress progress,
                                   std::chrono::nanoseconds late) noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_LIMIT_ERROR_H_
