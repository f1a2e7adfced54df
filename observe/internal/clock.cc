// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/clock.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <chrono>

namespace weft::observe_internal {
namespace {

bool FindSteadyCounter() noexcept {
#if defined(__x86_64__)
  // "Invariant TSC" (Intel SDM, CPUID leaf 0x8000'0007): EDX, bit 8.
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & (1u << 8)) != 0;
#else
  return false;
#endif
}

}  // namespace

const bool has_steady_counter = FindSteadyCounter();

Ticks SteadyTicks() noexcept {
  return static_cast<Ticks>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

}  // namespace weft::observe_internal
