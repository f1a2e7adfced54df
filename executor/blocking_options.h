// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/blocking_options.h
// -----------------------------------------------------------------------------

#ifndef WEFT_EXECUTOR_BLOCKING_OPTIONS_H_
#define WEFT_EXECUTOR_BLOCKING_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "weft/executor/executor_options.h"

namespace weft {

// BlockingOptions
//
// The options of a `BlockingExecutor`.
struct BlockingOptions {
  // The most that `max_threads` may be.
  static constexpr int kMaxThreads = 10'000;

  // The most tasks that may run, and block, at once: 1 to kMaxThreads. Further
  // tasks wait for a thread.
  int max_threads = 64;

  // The most further threads that there may be while others wait for tasks,
  // futures and the like, as in ExecutorOptions.
  int max_spare_threads = 256;

  // The time after which a thread without work ends: 0 to
  // ExecutorOptions::kMaxLinger.
  std::chrono::milliseconds linger = std::chrono::seconds(10);

  // These are as in ExecutorOptions.
  std::string thread_name = "weft-block";
  UnhandledExceptionHandler on_unhandled_exception = {};

  // Throws std::invalid_argument, naming the option, if one is out of range.
  // Executors do this themselves.
  void Validate() const;
};

// Counts of the threads of a `BlockingExecutor`, and of the tasks that wait for
// one.
struct BlockingCounts {
  int threads = 0;                    // now
  int idle_threads = 0;               // of these, without work
  int most_threads = 0;               // at once, so far
  std::uint64_t started_threads = 0;  // so far
  std::size_t waiting_tasks = 0;      // now, for a thread
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_BLOCKING_OPTIONS_H_
