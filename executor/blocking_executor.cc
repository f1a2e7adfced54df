// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/blocking_executor.h"

#include <memory>
#include <stdexcept>
#include <string>

#include "weft/executor/executor_options.h"
#include "weft/executor/internal/engines/blocking_engine.h"

namespace weft {

using executor_internal::BlockingEngine;

void BlockingOptions::Validate() const {
  if (max_threads < 1 || max_threads > kMaxThreads) {
    throw std::invalid_argument(
        "BlockingOptions: max_threads must be from 1 to " +
        std::to_string(kMaxThreads) + "; it is " + std::to_string(max_threads));
  }
  // Their limits, and so their messages, are the same.
  ExecutorOptions{.concurrency = 1,
                  .thread_name = thread_name,
                  .linger = linger,
                  .max_spare_threads = max_spare_threads}
      .Validate();
}

BlockingExecutor::BlockingExecutor() : BlockingExecutor(BlockingOptions{}) {}

BlockingExecutor::BlockingExecutor(const BlockingOptions& options)
    : Executor(std::make_shared<BlockingEngine>(options)) {}

BlockingCounts BlockingExecutor::counts() const {
  engine().CheckNotLeftBehind();
  return static_cast<BlockingEngine&>(engine()).counts();
}

}  // namespace weft
