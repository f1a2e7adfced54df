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
// emitted yet. For a failure in a `TaskGroup` that nobody waited for: with an
// UnseenFailureError (errors.h), in the destructor of the group. If it throws,
// std::terminate() is called.
using UnhandledExceptionHandler = std::function<void(std::exception_ptr)>;

// The processors that this process may use, as oneTBB counts them, but no more
// than ExecutorOptions::kMaxConcurrency.
int HardwareConcurrency() noexcept;

// ExecutorOptions
//
// What an `Executor` is made with.
struct ExecutorOptions {
  // The most that the options below may be.
  static constexpr int kMaxConcurrency = 1024;
  static constexpr int kMaxSpareThreads = 4096;
  static constexpr int kMaxThreadNameLength = 10;
  static constexpr std::chrono::milliseconds kMaxLinger{3'600'000};

  // How many tasks may run at once: 1 to kMaxConcurrency.
  int concurrency = HardwareConcurrency();

  // The threads are called this, '-' and a number while they work for the
  // executor: 1 to kMaxThreadNameLength characters, none of them a NUL.
  std::string thread_name = "weft";

  // How long a worker that has nothing to do keeps its thread, asleep, before
  // it gives it back to oneTBB: 0 to kMaxLinger. Waking it costs less
  // meanwhile.
  std::chrono::milliseconds linger = std::chrono::milliseconds(20);

  // How many threads more there may be while others wait inside tasks: 0 to
  // kMaxSpareThreads. A thread that waits sleeps, and another goes on in its
  // place, so that as many run as `concurrency` says. Beyond this number fewer
  // run; if none is left that does, and tasks are queued, a wait ends with a
  // WaitLimitError (executor/errors.h). A wait that cannot throw, as that of a
  // destructor, takes a thread beyond it instead. They start when they are
  // wanted, and end when they have been idle for `linger`.
  int max_spare_threads = 256;

  // Empty: a message on standard error, with the exception and the ids, then
  // std::terminate().
  UnhandledExceptionHandler on_unhandled_exception = {};

  // Throws std::invalid_argument, naming the option, if one is out of range.
  // Executors do this themselves.
  void Validate() const;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_EXECUTOR_OPTIONS_H_
