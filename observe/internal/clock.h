// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The clock of what is observed: the processor's time stamp counter where it
// goes at one speed on all processors, else the steady clock in nanoseconds. A
// stamp of the former costs about 10 ns, of the latter about 25.

#ifndef WEFT_OBSERVE_INTERNAL_CLOCK_H_
#define WEFT_OBSERVE_INTERNAL_CLOCK_H_

#include <atomic>
#include <cstdint>

namespace weft::observe_internal {

// A moment, in the clock's own units since some start. Never 0.
using Ticks = std::uint64_t;

// True if the processor's counter can be used.
extern const bool has_steady_counter;

Ticks SteadyTicks() noexcept;

inline Ticks Now() noexcept {
#if defined(__x86_64__)
  if (has_steady_counter) [[likely]]
    return __builtin_ia32_rdtsc();
#endif
  return SteadyTicks();
}

// A moment by this clock and by the steady one.
struct Moment {
  Ticks ticks;
  std::int64_t steady_ns;
};
Moment MomentNow() noexcept;

// Returns how long a tick lasts, by two moments.
double NsPerTick(const Moment& first, const Moment& last) noexcept;

// The same as it was measured by the first call, which takes 2 ms; 0 before.
extern constinit std::atomic<double> measured_ns_per_tick;
double MeasureNsPerTick() noexcept;
inline double NsPerTick() noexcept {
  // relaxed: a number; threads that come first at once measure it each.
  const double ns = measured_ns_per_tick.load(std::memory_order_relaxed);
  return ns != 0 ? ns : MeasureNsPerTick();
}

// Returns the nanoseconds between; 0 if `end` does not come after `begin`.
inline std::uint64_t NsBetween(Ticks begin, Ticks end) noexcept {
  if (end <= begin) return 0;
  // Conversions of signed numbers are one instruction each.
  const auto ticks = static_cast<std::int64_t>(end - begin);
  return static_cast<std::uint64_t>(
      static_cast<std::int64_t>(static_cast<double>(ticks) * NsPerTick()));
}

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_CLOCK_H_
