// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/sync/lock_pool.h"

#include <array>
#include <cstdint>
#include <type_traits>

#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"

namespace weft::base {
namespace {

struct alignas(64) Lock {
  Mutex mutex;
};
// The data that a lock guards may outlive static destruction.
static_assert(std::is_trivially_destructible_v<Lock>);

// No more than these, as fork() takes them all: see AtFork.
constinit std::array<Lock, 32> locks;

[[maybe_unused]] const bool locks_known_at_fork = [] {
  // The timer thread takes one within its own.
  for (Lock& lock : locks) {
    new AtFork(lock.mutex, nullptr, AtFork::Nesting::kInner);
  }
  return true;
}();

}  // namespace

Mutex& PooledLock(const void* address) noexcept {
  const auto number = reinterpret_cast<std::uintptr_t>(address);
  return locks[(number >> 4 ^ number >> 12) % locks.size()].mutex;
}

}  // namespace weft::base
