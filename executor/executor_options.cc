// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/executor_options.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "tbb/info.h"

namespace weft {

int HardwareConcurrency() noexcept {
  return std::min(tbb::info::default_concurrency(),
                  ExecutorOptions::kMaxConcurrency);
}

void ExecutorOptions::Validate() const {
  if (concurrency < 1 || concurrency > kMaxConcurrency) {
    throw std::invalid_argument(
        "ExecutorOptions: concurrency must be from 1 to " +
        std::to_string(kMaxConcurrency) + "; it is " +
        std::to_string(concurrency));
  }
  if (thread_name.empty() || thread_name.size() > kMaxThreadNameLength ||
      thread_name.find('\0') != std::string::npos) {
    // The name comes last: what() ends at a NUL.
    throw std::invalid_argument("ExecutorOptions: thread_name must have 1 to " +
                                std::to_string(kMaxThreadNameLength) +
                                " characters, none of them a NUL; it has " +
                                std::to_string(thread_name.size()) + ": \"" +
                                thread_name + '"');
  }
  if (max_spare_threads < 0 || max_spare_threads > kMaxSpareThreads) {
    throw std::invalid_argument(
        "ExecutorOptions: max_spare_threads must be from 0 to " +
        std::to_string(kMaxSpareThreads) + "; it is " +
        std::to_string(max_spare_threads));
  }
  if (linger < linger.zero() || linger > kMaxLinger) {
    throw std::invalid_argument("ExecutorOptions: linger must be from 0 to " +
                                std::to_string(kMaxLinger.count()) +
                                " ms; it is " + std::to_string(linger.count()) +
                                " ms");
  }
}

}  // namespace weft
