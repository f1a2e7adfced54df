// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/clock.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

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

Moment MomentNow() noexcept {
  // Of several, one that nothing interrupted.
  Moment best{};
  Ticks best_width = std::numeric_limits<Ticks>::max();
  for (int i = 0; i < 16; ++i) {
    const Ticks before = Now();
    const auto ns = static_cast<std::int64_t>(SteadyTicks());
    const Ticks width = Now() - before;
    if (width >= best_width) continue;
    best_width = width;
    best = {before + width / 2, ns};
  }
  return best;
}

double NsPerTick(const Moment& first, const Moment& last) noexcept {
  return last.ticks == first.ticks
             ? 1.0
             : static_cast<double>(last.steady_ns - first.steady_ns) /
                   static_cast<double>(last.ticks - first.ticks);
}

constinit std::atomic<double> measured_ns_per_tick{0};

double MeasureNsPerTick() noexcept {
  const Moment first = MomentNow();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const double measured = NsPerTick(first, MomentNow());
  // relaxed: a number.
  measured_ns_per_tick.store(measured, std::memory_order_relaxed);
  return measured;
}

}  // namespace weft::observe_internal
