// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Small programs, each with a bug that only some schedules show, and without.

#ifndef WEFT_TESTS_EXECUTOR_SIMULATION_PLANTED_BUGS_H_
#define WEFT_TESTS_EXECUTOR_SIMULATION_PLANTED_BUGS_H_

#include <span>
#include <stdexcept>

#include "weft/executor/simulation/scheduling_point.h"
#include "weft/executor/simulation/simulated_executor.h"

namespace weft {

enum class Variant { kPlanted, kRight };

struct PlantedBug {
  const char* name;
  const char* what;  // goes wrong
  void (*run)(SimulatedExecutor& executor, Variant variant);
};

// What is done in steps that are not one.
std::span<const PlantedBug> PlantedRaces();
// What is done in an order that is luck, or waited for in vain.
std::span<const PlantedBug> PlantedOrders();
// What is expected of jobs that nobody promises.
std::span<const PlantedBug> PlantedJobs();

inline void Expect(bool is_true, const char* what) {
  if (!is_true) throw std::logic_error(what);
}

// A lock of `mutex` that only the right variant takes.
class LockIfRight {
 public:
  LockIfRight(SimulatedMutex& mutex, Variant variant)
      : mutex_(variant == Variant::kRight ? &mutex : nullptr) {
    if (mutex_ != nullptr) mutex_->lock();
  }
  LockIfRight(const LockIfRight&) = delete;
  LockIfRight& operator=(const LockIfRight&) = delete;
  ~LockIfRight() {
    if (mutex_ != nullptr) mutex_->unlock();
  }

 private:
  SimulatedMutex* const mutex_;
};

}  // namespace weft

#endif  // WEFT_TESTS_EXECUTOR_SIMULATION_PLANTED_BUGS_H_
