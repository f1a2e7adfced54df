// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/simulation/scheduling_point.h
// -----------------------------------------------------------------------------
//
// These say where a simulation (simulated_executor.h) may interrupt a task,
// besides where it uses an executor. Outside of simulations they do nothing, or
// what a std::mutex does.
//
// Example:
//
//   if (cache.Find(key) == nullptr) {
//     weft::SchedulingPoint();  // another task may insert it here
//     cache.Insert(key, Load(key));
//   }

#ifndef WEFT_EXECUTOR_SIMULATION_SCHEDULING_POINT_H_
#define WEFT_EXECUTOR_SIMULATION_SCHEDULING_POINT_H_

#include <mutex>

#include "weft/base/language.h"

namespace weft {

// SchedulingPoint()
//
// Lets a simulation go on with another task first. It throws DeadlockError in a
// schedule that has become too long (SimulationOptions::max_steps), so that
// what polls ends. Outside of a simulation it reads one `thread_local`.
void SchedulingPoint();

// SimulatedMutex
//
// A mutex. In a simulation, locking and unlocking it are scheduling points, and
// the tasks that want it while another one has it wait as for anything else:
// `lock()` throws DeadlockError if nothing can end the wait. Elsewhere it is a
// std::mutex.
//
// Thread-safety: thread-safe, but one mutex is used either on the thread of a
//   simulation, or elsewhere.
class SimulatedMutex {
 public:
  SimulatedMutex() = default;
  SimulatedMutex(const SimulatedMutex&) = delete;
  SimulatedMutex& operator=(const SimulatedMutex&) = delete;

  // Waits for the mutex and locks it. Throws DeadlockError, see above.
  void lock();
  // Locks the mutex if nobody has it, and returns whether it has.
  bool try_lock();
  // Gives the mutex back.
  void unlock();

 private:
  std::mutex mutex_;
  bool is_locked_ = false;  // in a simulation
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SIMULATION_SCHEDULING_POINT_H_
