// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The time by which the calling thread goes.

#ifndef WEFT_BASE_STEADY_NOW_H_
#define WEFT_BASE_STEADY_NOW_H_

#include <chrono>

#include "weft/base/language.h"

namespace weft::base {

// The time of a simulation that runs on the calling thread; null: there is
// none.
extern constinit thread_local const std::chrono::steady_clock::time_point*
    simulated_now;

// Returns the steady clock's time, or that of the simulation.
inline std::chrono::steady_clock::time_point SteadyNow() noexcept {
  return simulated_now != nullptr ? *simulated_now
                                  : std::chrono::steady_clock::now();
}

}  // namespace weft::base

#endif  // WEFT_BASE_STEADY_NOW_H_
