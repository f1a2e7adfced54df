// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The clock of what is observed: the processor's time stamp counter where it
// goes at one speed on all processors, else the steady clock in nanoseconds. A
// stamp of the former costs about 10 ns, of the latter about 25.

#ifndef WEFT_OBSERVE_INTERNAL_CLOCK_H_
#define WEFT_OBSERVE_INTERNAL_CLOCK_H_

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

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_CLOCK_H_
