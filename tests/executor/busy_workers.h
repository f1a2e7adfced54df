// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Keeps an executor's workers busy, so that what is queued meanwhile stays so.

#ifndef WEFT_TESTS_EXECUTOR_BUSY_WORKERS_H_
#define WEFT_TESTS_EXECUTOR_BUSY_WORKERS_H_

#include <latch>

#include "weft/executor/executor.h"
#include "weft/executor/manual_executor.h"

namespace weft {

class BusyWorkers {
 public:
  // Returns when all are busy; a ManualExecutor has none.
  explicit BusyWorkers(Executor& executor)
      : executor_(executor),
        workers_(dynamic_cast<ManualExecutor*>(&executor) != nullptr
                     ? 0
                     : executor.concurrency()),
        busy_(workers_) {
    for (int i = 0; i < workers_; ++i) {
      executor.Post([this] {
        busy_.count_down();
        released_.wait();
      });
    }
    busy_.wait();
  }
  // Lets them go, and returns when all that is queued has ended.
  ~BusyWorkers() {
    released_.count_down();
    executor_.Drain();
  }

 private:
  Executor& executor_;
  const int workers_;
  std::latch busy_;
  std::latch released_{1};
};

}  // namespace weft

#endif  // WEFT_TESTS_EXECUTOR_BUSY_WORKERS_H_
