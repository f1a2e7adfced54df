// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a semaphore, its permits and those that wait for them share.

#ifndef WEFT_EXECUTOR_SYNC_INTERNAL_SEMAPHORE_CORE_H_
#define WEFT_EXECUTOR_SYNC_INTERNAL_SEMAPHORE_CORE_H_

#include <cstddef>
#include <memory>
#include <source_location>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/ref.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/sync/internal/wait_queue.h"
#include "weft/executor/sync/value_future.h"

namespace weft::executor_internal {

// Counts permits, and hands those that are given back to the oldest waiter,
// if they are enough for it: none overtakes it. No lock is held while anything
// else is called. One thread at a time hands out, so waiters that are gone and
// whose permits come back at once cost no stack.
//
// Thread-safe.
class SemaphoreCore final : public base::RefCounted {
 public:
  // Permits that go back when this dies.
  class Permits {
   public:
    Permits() = default;
    Permits(SemaphoreCore& core, std::size_t count) noexcept
        : core_(base::Ref<SemaphoreCore>::Share(&core)), count_(count) {}
    Permits(Permits&& other) noexcept
        : core_(std::move(other.core_)),
          count_(std::exchange(other.count_, 0)) {}
    Permits& operator=(Permits&& other) noexcept {
      Permits taken(std::move(other));
      std::swap(core_, taken.core_);
      std::swap(count_, taken.count_);
      return *this;
    }
    ~Permits() {
      if (count_ != 0) core_.get()->GiveBack(count_);
    }

    std::size_t count() const noexcept { return count_; }

   private:
    base::Ref<SemaphoreCore> core_;
    std::size_t count_ = 0;
  };

  SemaphoreCore(std::shared_ptr<Engine> engine, std::size_t permits) noexcept
      : engine_(std::move(engine)), permits_(permits), available_(permits) {}

  // Returns none if there are not enough, or others wait.
  Permits Try(std::size_t count) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Throws std::bad_alloc.
  ValueFuture<Permits> Acquire(std::size_t count, std::source_location where)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Those that wait get a BrokenPromiseError.
  void Close() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  std::size_t permits() const noexcept { return permits_; }
  std::size_t available() const noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  void Release() const noexcept {
    if (DropRefs(1)) delete this;
  }

 private:
  using Waiter = QueuedWaiter<Permits, SemaphoreCore, std::size_t>;
  friend Waiter;

  ~SemaphoreCore() = default;

  void GiveBack(std::size_t count) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave(Waiter& waiter) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  bool TakeIfFree(std::size_t count) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Hands out what there is; the caller has set `is_handing_out_`.
  void HandOut() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  WaitQueue<Waiter>::Ref NextToGet() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<Engine> engine_;
  const std::size_t permits_;
  mutable base::Mutex mutex_;
  std::size_t available_ ABSL_GUARDED_BY(mutex_);
  bool is_handing_out_ ABSL_GUARDED_BY(mutex_) = false;
  WaitQueue<Waiter> queue_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_SYNC_INTERNAL_SEMAPHORE_CORE_H_
