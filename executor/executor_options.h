// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/executor_options.h
// -----------------------------------------------------------------------------
//
// Example:
//
//   weft::Executor executor({.concurrency = 4, .thread_name = "http"});

#ifndef WEFT_EXECUTOR_EXECUTOR_OPTIONS_H_
#define WEFT_EXECUTOR_EXECUTOR_OPTIONS_H_

#include <chrono>
#include <exception>
#include <functional>
#include <string>

#include "weft/base/language.h"

namespace weft {

// Called with the exception that a detached task threw, on the thread that ran
// it, inside the task: its context and ids are current, and after has not been
// emitted yet. For a failure in a `TaskGroup` that no `Wait()` has thrown, it
// is called with an UnseenFailureError (errors.h), in the destructor of the
// group. If it throws, std::terminate() is called.
using UnhandledExceptionHandler = std::function<void(std::exception_ptr)>;

// Returns the number of processors that this process may use, as oneTBB counts
// them, but no more than ExecutorOptions::kMaxConcurrency.
int HardwareConcurrency() noexcept;

// ExecutorOptions
//
// The options of an `Executor`.
struct ExecutorOptions {
  // The most that the options below may be.
  static constexpr int kMaxConcurrency = 1024;
  static constexpr int kMaxSpareThreads = 4096;
  static constexpr int kMaxThreadNameLength = 10;
  static constexpr std::chrono::milliseconds kMaxLinger{3'600'000};

  // The most tasks that may run at once: 1 to kMaxConcurrency.
  int concurrency = HardwareConcurrency();

  // The name of the threads while they work for the executor, to which '-' and
  // a number are added: 1 to kMaxThreadNameLength characters, none of them a
  // NUL.
  std::string thread_name = "weft";

  // The time for which a worker that has nothing to do keeps its thread,
  // asleep, before it gives it back to oneTBB: 0 to kMaxLinger. Waking it costs
  // less meanwhile.
  std::chrono::milliseconds linger = std::chrono::milliseconds(20);

  // The most further threads that there may be while others wait inside tasks:
  // 0 to kMaxSpareThreads. A thread that waits sleeps, and another goes on in
  // its place, so that as many run as `concurrency` says. Once this number is
  // used up, fewer run. If no thread is left that runs, and tasks are queued, a
  // wait ends with a WaitLimitError (executor/errors.h). A wait that cannot
  // throw, as that of a destructor, takes a thread beyond the number instead.
  // Spare threads start when they are needed, and end when they have been idle
  // for `linger`.
  int max_spare_threads = 256;

  // Handles exceptions that detached tasks throw. If it is empty, a message
  // with the exception and the ids is written to standard error, and
  // std::terminate() is called.
  UnhandledExceptionHandler on_unhandled_exception = {};

  // Throws std::invalid_argument, naming the option, if one is out of range.
  // Executors do this themselves.
  void Validate() const;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_EXECUTOR_OPTIONS_H_
