// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/future/continuations.h"

#include <cstdint>

#include "weft/base/sync/lock_pool.h"
#include "weft/base/sync/mutex.h"

namespace weft::executor_internal {

using base::MutexLock;

namespace {

// Stands for "closed"; no place has this address.
Continuations::Place* Closed() noexcept {
  return reinterpret_cast<Continuations::Place*>(std::uintptr_t{1});
}

}  // namespace

bool Continuations::Add(Place& place, QueuedTask& task) noexcept {
  const MutexLock lock(base::PooledLock(this));
  if (place.state_ == Place::State::kLeft) return false;
  place.task_ = &task;
  // [C1]
  Place* newest = newest_.load(std::memory_order_acquire);
  do {
    if (newest == Closed()) {
      place.state_ = Place::State::kLeft;
      return false;
    }
    place.older_ = newest;
    // [C1] Fails only if it was null, and is closed now.
  } while (!newest_.compare_exchange_weak(
      newest, &place, std::memory_order_acq_rel, std::memory_order_acquire));
  if (newest != nullptr) newest->newer_ = &place;
  place.state_ = Place::State::kListed;
  return true;
}

bool Continuations::Place::TakeBack() noexcept {
  const MutexLock lock(base::PooledLock(&list_));
  if (state_ != State::kListed) {
    state_ = State::kLeft;
    return false;
  }
  state_ = State::kLeft;
  if (older_ != nullptr) older_->newer_ = newer_;
  if (newer_ != nullptr) {
    newer_->older_ = older_;
  } else {
    // [C2] Other threads change null only.
    list_.newest_.store(older_, std::memory_order_release);
  }
  return true;
}

TaskQueue Continuations::Close() noexcept {
  TaskQueue tasks;
  Place* newest = nullptr;
  // [C1], [C2]
  if (newest_.compare_exchange_strong(newest, Closed(),
                                      std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
    return tasks;
  }
  const MutexLock lock(base::PooledLock(this));
  // [C1]
  newest = newest_.exchange(Closed(), std::memory_order_acq_rel);
  for (; newest != nullptr; newest = newest->older_) {
    newest->state_ = Place::State::kLeft;
    tasks.PushOldest(*newest->task_);
  }
  return tasks;
}

}  // namespace weft::executor_internal
