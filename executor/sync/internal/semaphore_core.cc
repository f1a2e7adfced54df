// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/sync/internal/semaphore_core.h"

namespace weft::executor_internal {

using base::MutexLock;

bool SemaphoreCore::TakeIfFree(std::size_t count) noexcept {
  if (queue_.oldest() != nullptr || available_ < count) return false;
  available_ -= count;
  return true;
}

SemaphoreCore::Permits SemaphoreCore::Try(std::size_t count) noexcept {
  const MutexLock lock(mutex_);
  return TakeIfFree(count) ? Permits(*this, count) : Permits();
}

ValueFuture<SemaphoreCore::Permits> SemaphoreCore::Acquire(
    std::size_t count, std::source_location where) {
  if (Permits permits = Try(count); permits.count() != 0) {
    return ValueFuture<Permits>(std::move(permits));
  }
  auto waiter =
      WaitQueue<Waiter>::Ref::Adopt(new Waiter(*engine_, *this, count, where));
  Future<Permits> future = waiter.get()->MakeFuture();
  {
    const MutexLock lock(mutex_);
    if (!TakeIfFree(count)) {
      queue_.Push(std::move(waiter));
      return ValueFuture<Permits>(std::move(future));
    }
  }
  waiter.get()->SetValue(Permits(*this, count));
  return ValueFuture<Permits>(std::move(future));
}

void SemaphoreCore::GiveBack(std::size_t count) noexcept {
  {
    const MutexLock lock(mutex_);
    available_ += count;
    if (is_handing_out_ || queue_.oldest() == nullptr) return;
    is_handing_out_ = true;
  }
  HandOut();
}

void SemaphoreCore::Leave(Waiter& waiter) noexcept {
  // Dies when the lock is free.
  WaitQueue<Waiter>::Ref left;
  {
    const MutexLock lock(mutex_);
    left = queue_.Remove(waiter);
    if (is_handing_out_ || queue_.oldest() == nullptr) return;
    is_handing_out_ = true;
  }
  HandOut();
}

WaitQueue<SemaphoreCore::Waiter>::Ref SemaphoreCore::NextToGet() noexcept {
  const MutexLock lock(mutex_);
  if (queue_.oldest() == nullptr || queue_.oldest()->brought > available_) {
    is_handing_out_ = false;
    return {};
  }
  available_ -= queue_.oldest()->brought;
  return queue_.Pop();
}

void SemaphoreCore::HandOut() noexcept {
  // The last permit, or waiter, may be all that keeps this.
  const auto self = base::Ref<SemaphoreCore>::Share(this);
  while (const auto waiter = NextToGet()) {
    waiter.get()->SetValue(Permits(*this, waiter.get()->brought));
  }
}

void SemaphoreCore::Close() noexcept {
  const auto self = base::Ref<SemaphoreCore>::Share(this);
  WaitQueue<Waiter>::Taken waiting = [&] {
    const MutexLock lock(mutex_);
    return queue_.TakeAll();
  }();
  while (const auto waiter = waiting.Pop()) waiter.get()->Break();
}

std::size_t SemaphoreCore::available() const noexcept {
  const MutexLock lock(mutex_);
  return available_;
}

}  // namespace weft::executor_internal
