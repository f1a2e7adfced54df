// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/level.h
// -----------------------------------------------------------------------------
//
// Levels say how much the process observes of itself. The level can be changed
// at any time, while tasks run. What is recorded at a level, and its cost, is
// said where it is started: task_counter.h, flight_recorder.h, causes.h,
// retention.h, watchdog.h. Until something is started, levels have no effect.
//
// Node counterpart: none.

#ifndef WEFT_OBSERVE_LEVEL_H_
#define WEFT_OBSERVE_LEVEL_H_

#include "weft/base/language.h"

namespace weft::observe {

// Each level has what those before it have.
enum class Level : unsigned char {
  // Nothing: an event costs one load and a branch.
  kOff = 0,
  // Counters (metrics/task_counter.h).
  kCounters = 1,
  // Also what is cheap enough to be recorded all the time, such as each run
  // (trace/flight_recorder.h).
  kFlight = 2,
  // Everything, each event.
  kFull = 3,
};

// SetLevel(), CurrentLevel()
//
// Set and return the level of the process. A task that runs while the level
// changes may be told in part. Other threads observe the change soon, those
// that are ordered after this call at once.
//
// Thread-safety: thread-safe.
void SetLevel(Level level) noexcept;
Level CurrentLevel() noexcept;

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_LEVEL_H_
