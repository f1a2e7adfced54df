// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Ends of tasks that their completion is told of together.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_FINISH_BATCH_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_FINISH_BATCH_H_

#include <cstddef>
#include <utility>

#include "weft/executor/internal/task/completion.h"

namespace weft::executor_internal {

// Holds the finishes that one completion has not been told of yet. Its thread
// flushes it before it runs a job of another completion, looks for work
// elsewhere, or sleeps. Owner-only.
class FinishBatch {
 public:
  static constexpr std::size_t kMost = 32;

  // Notes that `completion` has one less pending.
  void Add(Completion& completion) noexcept {
    if (completion_ != &completion || count_ == kMost) {
      Flush();
      completion_ = &completion;
    }
    ++count_;
  }
  void Flush() noexcept {
    // A listener of the completion may add to the batch.
    while (completion_ != nullptr) {
      Completion* const completion = std::exchange(completion_, nullptr);
      completion->Finish(std::exchange(count_, 0));
    }
  }
  // Flushes it unless it is empty or for `completion`.
  void FlushOthers(const Completion* completion) noexcept {
    if (completion_ != nullptr && completion_ != completion) Flush();
  }

 private:
  Completion* completion_ = nullptr;  // null: nothing is to be flushed
  std::size_t count_ = 0;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_FINISH_BATCH_H_
