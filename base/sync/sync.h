// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The primitives that the lock-free parts are written in. Those are templates
// over them, so that tests/model can substitute its own and try every
// interleaving, and every value that a weaker memory order would allow.

#ifndef WEFT_BASE_SYNC_SYNC_H_
#define WEFT_BASE_SYNC_SYNC_H_

#include <atomic>
#include <thread>

#include "weft/base/sync/asymmetric_fence.h"

namespace weft::base {

struct StdSync {
  template <typename T>
  using Atomic = std::atomic<T>;
  // A variable whose accesses are ordered by other accesses.
  template <typename T>
  using Plain = T;
  // Called while waiting for another thread's next step.
  static void Yield() noexcept { std::this_thread::yield(); }
  // The fences of base/sync/asymmetric_fence.h. Code that calls LightFence()
  // does not rely on it until it is free.
  static bool LightFenceIsFree() noexcept { return base::LightFenceIsFree(); }
  static void LightFence() noexcept { base::FreeLightFence(); }
  static void HeavyFence() noexcept { base::HeavyFence(); }
};

}  // namespace weft::base

#endif  // WEFT_BASE_SYNC_SYNC_H_
