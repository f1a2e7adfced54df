// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The wall clock by which the calling thread goes.

#ifndef WEFT_BASE_WALL_NOW_H_
#define WEFT_BASE_WALL_NOW_H_

#include <chrono>

#include "weft/base/steady_now.h"

namespace weft::base {

// How far the wall clock of a simulation that runs on the calling thread is
// ahead of its steady clock; null: there is no simulation.
extern constinit thread_local const std::chrono::nanoseconds*
    simulated_wall_ahead;

// Returns the wall clock's time, or that of the simulation. It may be set, so
// use it only for what another process reads.
inline std::chrono::system_clock::time_point WallNow() noexcept {
  if (simulated_wall_ahead == nullptr) return std::chrono::system_clock::now();
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          SteadyNow().time_since_epoch() + *simulated_wall_ahead));
}

}  // namespace weft::base

#endif  // WEFT_BASE_WALL_NOW_H_
