// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The workloads on the simulated machine.

#ifndef WEFT_BENCHMARKS_SCALE_SIMULATED_H_
#define WEFT_BENCHMARKS_SCALE_SIMULATED_H_

#include <cstddef>
#include <vector>

#include "weft/benchmarks/scale/machine/machine.h"
#include "weft/benchmarks/scale/workloads.h"

namespace weft::scale {

struct SimulatedRound {
  static constexpr std::size_t kLines = 40;

  Round round;
  MachineCounts counts;              // of the measured round
  std::vector<ContendedLine> lines;  // the same
};

// Runs the job on a machine; once in a process, see RunOnMachine().
SimulatedRound Simulate(const MachineOptions& options, const Job& job);

}  // namespace weft::scale

#endif  // WEFT_BENCHMARKS_SCALE_SIMULATED_H_
