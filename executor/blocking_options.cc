// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/blocking_options.h"

#include <stdexcept>
#include <string>

#include "weft/executor/executor_options.h"

namespace weft {

void BlockingOptions::Validate() const {
  if (max_threads < 1 || max_threads > kMaxThreads) {
    throw std::invalid_argument(
        "BlockingOptions: max_threads must be from 1 to " +
        std::to_string(kMaxThreads) + "; it is " + std::to_string(max_threads));
  }
  // The limits of these options, and so the messages, are the same.
  ExecutorOptions{.concurrency = 1,
                  .thread_name = thread_name,
                  .linger = linger,
                  .max_spare_threads = max_spare_threads}
      .Validate();
}

}  // namespace weft
