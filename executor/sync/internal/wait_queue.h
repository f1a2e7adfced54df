// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The queues of those that wait for a lock, a permit, an event, an item.

#ifndef WEFT_EXECUTOR_SYNC_INTERNAL_WAIT_QUEUE_H_
#define WEFT_EXECUTOR_SYNC_INTERNAL_WAIT_QUEUE_H_

#include <source_location>
#include <utility>

#include "weft/base/ref.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/future/promise_state.h"

namespace weft::executor_internal {

class Engine;

// One that waits for a `Handed`: the promise of it, in a queue of `Core`, and
// what it brings along.
//
// Its members are guarded by the lock of the core. A coroutine that gives up
// its wait has the core take it out of the queue: `core.Leave(waiter)`.
template <typename Handed, typename Core, typename Brought>
class QueuedWaiter final : public PromiseState<Handed> {
 public:
  QueuedWaiter(Engine& engine, Core& core, Brought what,
               std::source_location where)
      : PromiseState<Handed>(engine, where),
        brought(std::move(what)),
        core_(base::Ref<Core>::Share(&core)) {}

  Future<Handed> MakeFuture() {
    return FutureMaker::Make<Handed>(FutureStateRef<Handed>::Share(this));
  }

  Brought brought;

 private:
  template <typename Waiter>
  friend class WaitQueue;

  FutureStateBase::Ref GiveUpOne() const noexcept override {
    core_.get()->Leave(const_cast<QueuedWaiter&>(*this));
    return {};
  }

  const base::Ref<Core> core_;
  QueuedWaiter* older_ = nullptr;
  QueuedWaiter* newer_ = nullptr;
  bool is_queued_ = false;
};

// First in, first out. Holds a reference to each. Guarded by its owner's lock,
// outside of which the references that it returns are to be dropped.
template <typename Waiter>
class WaitQueue {
 public:
  using Ref = base::Ref<Waiter>;

  WaitQueue() = default;
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  // Returns the one that came first; null if there is none.
  Waiter* oldest() const noexcept { return oldest_; }

  void Push(Ref ref) noexcept {
    Waiter& waiter = *ref.Detach();
    waiter.is_queued_ = true;
    waiter.older_ = newest_;
    (newest_ == nullptr ? oldest_ : newest_->newer_) = &waiter;
    newest_ = &waiter;
  }
  // Takes out the one that came first; null if there is none.
  Ref Pop() noexcept { return oldest_ == nullptr ? Ref() : Remove(*oldest_); }
  // Takes out `waiter`; null if it is not in the queue.
  Ref Remove(Waiter& waiter) noexcept {
    if (!waiter.is_queued_) return Ref();
    waiter.is_queued_ = false;
    (waiter.older_ == nullptr ? oldest_ : waiter.older_->newer_) =
        waiter.newer_;
    (waiter.newer_ == nullptr ? newest_ : waiter.newer_->older_) =
        waiter.older_;
    return Ref::Adopt(&waiter);
  }

  // Those that were taken out together, in their order. The one that has it
  // needs no lock.
  class Taken {
   public:
    Taken() = default;
    explicit Taken(Waiter* oldest) noexcept : oldest_(oldest) {}
    Taken(Taken&& other) noexcept
        : oldest_(std::exchange(other.oldest_, nullptr)) {}
    Taken& operator=(Taken&& other) noexcept {
      std::swap(oldest_, other.oldest_);
      return *this;
    }
    // Call it until it returns null.
    Ref Pop() noexcept {
      if (oldest_ == nullptr) return Ref();
      return Ref::Adopt(std::exchange(oldest_, oldest_->newer_));
    }

   private:
    Waiter* oldest_ = nullptr;
  };
  Taken TakeAll() noexcept {
    for (Waiter* waiter = oldest_; waiter != nullptr; waiter = waiter->newer_) {
      waiter->is_queued_ = false;
    }
    newest_ = nullptr;
    return Taken(std::exchange(oldest_, nullptr));
  }

 private:
  Waiter* oldest_ = nullptr;
  Waiter* newest_ = nullptr;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_SYNC_INTERNAL_WAIT_QUEUE_H_
