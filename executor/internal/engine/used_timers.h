// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The timers of an engine, as the engine sees them.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_USED_TIMERS_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_USED_TIMERS_H_

#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/mutex.h"
#include "weft/executor/internal/task/task_queue.h"

namespace weft::executor_internal {

class Engine;

// Timers of several engines. Thread-safe.
class PendingTimers {
 public:
  // Takes out all timers of `engine`, for the caller to end.
  virtual TaskQueue TakeAllOf(const Engine& engine) noexcept = 0;
  // Called when an engine stops using them.
  virtual void Leave() noexcept = 0;

 protected:
  ~PendingTimers() = default;
};

// Holds which timers an engine uses, if any. Thread-safe.
class UsedTimers {
 public:
  // Returns the engine's timers; the first call gets them from `enter`, which
  // counts the engine as a user. Throws what `enter` throws.
  template <typename Enter>
  PendingTimers& Use(const Enter& enter) ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    if (used_ == nullptr) used_ = &enter();
    return *used_;
  }
  // Returns null if none are used.
  PendingTimers* get() const noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    return used_;
  }
  void Leave() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    PendingTimers* used = nullptr;
    {
      const base::MutexLock lock(mutex_);
      used = std::exchange(used_, nullptr);
    }
    if (used != nullptr) used->Leave();
  }

 private:
  mutable base::Mutex mutex_;
  PendingTimers* used_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_USED_TIMERS_H_
