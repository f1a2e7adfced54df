// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What is said of a task that its limits have ended
// (context/internal/limits.h).

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

// How far the task got.
enum class Progress {
  kNone,     // it was not run
  kStarted,  // it was ended by the loop that it runs
};

// A CancelledError, or a DeadlineExceededError, which names the task: its type,
// its id, where it was submitted. `late`: for how long the deadline had passed.
std::exception_ptr CancelledErrorOf(const Resource& task,
                                    Progress progress) noexcept;
std::exception_ptr DeadlineErrorOf(const Resource& task, Progress progress,
                                   std::chrono::nanoseconds late) noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_LIMIT_ERROR_H_
