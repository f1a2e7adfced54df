// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/sync/async_event.h"

#include <variant>

#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/sync/internal/event_core.h"

namespace weft {

namespace executor_internal {

using base::MutexLock;

bool EventCore::Set() noexcept {
  bool was_set = false;
  WaitQueue<Waiter>::Taken waiting = [&] {
    const MutexLock lock(mutex_);
    was_set = std::exchange(is_set_, true);
    return queue_.TakeAll();
  }();
  while (const auto waiter = waiting.Pop()) waiter.get()->SetValue();
  return !was_set;
}

bool EventCore::Reset() noexcept {
  const MutexLock lock(mutex_);
  return std::exchange(is_set_, false);
}

bool EventCore::is_set() const noexcept {
  const MutexLock lock(mutex_);
  return is_set_;
}

ValueFuture<void> EventCore::Wait(std::source_location where) {
  if (is_set()) return ValueFuture<void>(std::monostate());
  auto waiter =
      WaitQueue<Waiter>::Ref::Adopt(new Waiter(*engine_, *this, {}, where));
  Future<void> future = waiter.get()->MakeFuture();
  {
    const MutexLock lock(mutex_);
    if (!is_set_) {
      queue_.Push(std::move(waiter));
      return ValueFuture<void>(std::move(future));
    }
  }
  waiter.get()->SetValue();
  return ValueFuture<void>(std::move(future));
}

void EventCore::Leave(Waiter& waiter) noexcept {
  // Dies when the lock is free.
  WaitQueue<Waiter>::Ref left;
  const MutexLock lock(mutex_);
  left = queue_.Remove(waiter);
}

void EventCore::Close() noexcept {
  WaitQueue<Waiter>::Taken waiting = [&] {
    const MutexLock lock(mutex_);
    return queue_.TakeAll();
  }();
  while (const auto waiter = waiting.Pop()) waiter.get()->Break();
}

}  // namespace executor_internal

using executor_internal::EngineOf;
using executor_internal::EventCore;
using executor_internal::ShareEngine;

AsyncEvent::AsyncEvent(Executor& executor)
    : core_(base::Ref<EventCore>::Adopt(
          new EventCore(ShareEngine(EngineOf::Get(executor))))) {}

AsyncEvent::~AsyncEvent() { core_.get()->Close(); }

bool AsyncEvent::Set() noexcept { return core_.get()->Set(); }
bool AsyncEvent::Reset() noexcept { return core_.get()->Reset(); }
bool AsyncEvent::is_set() const noexcept { return core_.get()->is_set(); }

ValueFuture<void> AsyncEvent::Wait(std::source_location where) {
  return core_.get()->Wait(where);
}

}  // namespace weft
