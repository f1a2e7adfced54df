// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task/limit_error.h"

#include <string>

#include "weft/executor/errors.h"

namespace weft::executor_internal {
namespace {

std::string Name(const Resource& task, Progress progress) {
  return "Executor: task " + std::to_string(task.async_id()) + " of type " +
         std::string(task.type()) + ", submitted at " +
         task.source_location().file_name() + ":" +
         std::to_string(task.source_location().line()) +
         (progress == Progress::kNone ? ", was not run: "
                                      : ", was ended before it was done: ");
}

}  // namespace

std::exception_ptr CancelledErrorOf(const Resource& task,
                                    Progress progress) noexcept try {
  return std::make_exception_ptr(
      CancelledError(Name(task, progress) + "it was cancelled"));
} catch (...) {
  return std::current_exception();
}

std::exception_ptr DeadlineErrorOf(const Resource& task, Progress progress,
                                   std::chrono::nanoseconds late) noexcept try {
  return std::make_exception_ptr(DeadlineExceededError(
      Name(task, progress) + "its deadline had passed " +
      std::to_string(
          std::chrono::duration_cast<std::chrono::microseconds>(late).count()) +
      " us before"));
} catch (...) {
  return std::current_exception();
}

}  // namespace weft::executor_internal
