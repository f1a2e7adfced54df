// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/threads/fork_generation.h"

#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"

namespace weft::base {

namespace fork_generation_internal {
constinit std::atomic<int> generation{0};
}  // namespace fork_generation_internal

namespace {

// Guards nothing: a child is counted while it has one thread.
constinit Mutex mutex;

// Leaked on purpose; made at load, while there is one thread.
[[maybe_unused]] const auto& at_fork = *new AtFork(mutex, []() noexcept {
  // relaxed: see ForkGeneration().
  fork_generation_internal::generation.fetch_add(1, std::memory_order_relaxed);
});

}  // namespace
}  // namespace weft::base
