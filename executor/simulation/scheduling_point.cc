// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/simulation/scheduling_point.h"

#include "weft/executor/internal/simulation/simulation.h"

namespace weft {

using executor_internal::SimulatedWait;
using executor_internal::Simulation;
using executor_internal::WaitFor;

void SchedulingPoint() {
  if (Simulation* const simulation = Simulation::Current()) simulation->Point();
}

void SimulatedMutex::lock() {
  Simulation* const simulation = Simulation::Current();
  if (simulation == nullptr) return mutex_.lock();
  simulation->Yield();
  while (is_locked_) {
    SimulatedWait wait{[](const void* is_locked) {
                         return !*static_cast<const bool*>(is_locked);
                       },
                       &is_locked_, "a SimulatedMutex", WaitFor::MayFail::kYes};
    static_cast<void>(simulation->Block(wait));
  }
  is_locked_ = true;
}

bool SimulatedMutex::try_lock() {
  Simulation* const simulation = Simulation::Current();
  if (simulation == nullptr) return mutex_.try_lock();
  simulation->Yield();
  if (is_locked_) return false;
  is_locked_ = true;
  return true;
}

void SimulatedMutex::unlock() {
  Simulation* const simulation = Simulation::Current();
  if (simulation == nullptr) return mutex_.unlock();
  is_locked_ = false;
  simulation->Yield();
}

}  // namespace weft
