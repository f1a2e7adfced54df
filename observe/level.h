// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/level.h
// -----------------------------------------------------------------------------
//
// How much the process observes of itself. It can be changed at any time, while
// tasks run. What a level gives, and what it costs, is for those to say who
// observe: task_counter.h, flight_recorder.h. While there is none no level has
// an effect.
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
  // What is counted.
  kCounters = 1,
  // Besides, what can be recorded all the time.
  kFlight = 2,
  // Everything.
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
