// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/completion.h"

#include <array>
#include <cstdint>
#include <type_traits>

#include "weft/context/internal/mutex.h"

namespace weft::executor_internal {
namespace {

using context_internal::Mutex;
using context_internal::MutexLock;

// The lock for the completion at that address.
Mutex& LockOf(const Completion* completion) noexcept {
  struct alignas(64) Lock {
    Mutex mutex;
  };
  static constinit std::array<Lock, 64> locks;
  // So that completions may outlive static destruction.
  static_assert(std::is_trivially_destructible_v<Lock>);
  const auto address = reinterpret_cast<std::uintptr_t>(completion);
  return locks[(address >> 4 ^ address >> 12) % locks.size()].mutex;
}

}  // namespace

void Completion::Add() {
  const MutexLock lock(LockOf(this));
  ++pending_;
}

void Completion::Finish() {
  // Wakes under the lock: a waiter takes it before it leaves its list.
  const MutexLock lock(LockOf(this));
  if (--pending_ == 0) waiters_.WakeAll();
}

std::size_t Completion::pending() const {
  const MutexLock lock(LockOf(this));
  return pending_;
}

bool Completion::AddWaiter(Waiter& waiter) {
  const MutexLock lock(LockOf(this));
  if (pending_ == 0) return false;
  waiters_.Add(waiter);
  return true;
}

void Completion::RemoveWaiter(Waiter& waiter) {
  const MutexLock lock(LockOf(this));
  waiters_.Remove(waiter);
}

}  // namespace weft::executor_internal
