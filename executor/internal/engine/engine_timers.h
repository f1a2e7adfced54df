// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The clock and the timers of an engine, as the engine sees them.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_TIMERS_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_TIMERS_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
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
  // Returns the time that they go by.
  virtual std::chrono::steady_clock::time_point now() noexcept = 0;

 protected:
  ~PendingTimers() = default;
};

// Holds which timers an engine uses, if any. Thread-safe.
class EngineTimers {
 public:
  // `own` are those of an engine with a clock of its own, and of all over it;
  // null: the engine goes by the steady clock, and shares timers with others.
  explicit EngineTimers(PendingTimers* own) noexcept : own_(own) {}

  PendingTimers* own() const noexcept { return own_; }
  std::chrono::steady_clock::time_point now() const noexcept {
    return own_ != nullptr ? own_->now() : std::chrono::steady_clock::now();
  }

  // Returns the timers that the engine shares; the first call gets them from
  // `enter`, which counts the engine as a user. Throws what `enter` throws.
  template <typename Enter>
  PendingTimers& Use(const Enter& enter) ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    if (used_ == nullptr) used_ = &enter();
    return *used_;
  }
  // Takes out all timers of `engine`, for the caller to end.
  TaskQueue TakeAllOf(const Engine& engine) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_) {
    PendingTimers* const timers = own_ != nullptr ? own_ : used();
    return timers != nullptr ? timers->TakeAllOf(engine) : TaskQueue();
  }
  // How many wait for their time; changed under the lock of their queue.
  void Count(std::ptrdiff_t more) noexcept {
    // relaxed: a number, which one thread at a time changes.
    const std::size_t count = pending_.load(std::memory_order_relaxed);
    pending_.store(count + static_cast<std::size_t>(more),
                   std::memory_order_relaxed);  // relaxed: as above
  }
  std::size_t pending() const noexcept {
    // relaxed: a number.
    return pending_.load(std::memory_order_relaxed);
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
  PendingTimers* used() const noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    return used_;
  }

  PendingTimers* const own_;
  std::atomic<std::size_t> pending_{0};
  mutable base::Mutex mutex_;
  PendingTimers* used_ ABSL_GUARDED_BY(mutex_) = nullptr;  // by Use()
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_TIMERS_H_
