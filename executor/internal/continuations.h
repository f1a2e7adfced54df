// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The tasks that wait for a future.

#ifndef WEFT_EXECUTOR_INTERNAL_CONTINUATIONS_H_
#define WEFT_EXECUTOR_INTERNAL_CONTINUATIONS_H_

#include <atomic>

#include "weft/executor/internal/task.h"
#include "weft/executor/internal/task_queue.h"

namespace weft::executor_internal {

// Takes tasks until it is closed. A stack without locks (R. K. Treiber,
// "Systems Programming: Coping with Parallelism", IBM RJ 5118, 1986) that is
// emptied once and as a whole, so no node is ever taken while another thread
// looks at it.
//
// Edges:
//   [C1] Add()'s compare-exchange <-> Close()'s exchange, on `newest_`. Whoever
//        closes sees the tasks added before; whoever adds later sees what was
//        done before the closing, the future's result. Breaks if weakened: a
//        continuation runs before it is whole, or reads a result half written.
//        Test: PromiseStressTest.SettleRacesWithThen (TSan).
//
// Thread-safe.
class Continuations {
 public:
  // False, and not added, if closed.
  bool Add(Task& task) noexcept;
  // Returns what was added, in that order. Once.
  TaskQueue Close() noexcept;

 private:
  std::atomic<Task*> newest_{nullptr};
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_CONTINUATIONS_H_
