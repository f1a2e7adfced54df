// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Where the timers of an engine wait, as the engine sees it.

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
  // One engine less uses them.
  virtual void Leave() noexcept = 0;

 protected:
  ~PendingTimers() = default;
};

// Which timers an engine uses, if any. Thread-safe.
class UsedTimers {
 public:
  // At the first call those that `enter` returns, which counts the engine as a
  // user. Throws what `enter` throws.
  template <typename Enter>
  PendingTimers& Use(const Enter& enter) ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    if (used_ == nullptr) used_ = &enter();
    return *used_;
  }
  // Null if none are used.
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
