// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A row of the table: a workload on a machine.

#ifndef WEFT_BENCHMARKS_SCALE_REPORT_H_
#define WEFT_BENCHMARKS_SCALE_REPORT_H_

#include <optional>
#include <string>

#include "nlohmann/json_fwd.hpp"
#include "weft/benchmarks/scale/simulated.h"

namespace weft::scale {

struct Row : SimulatedRound {
  Job job;
  int nodes = 1;
  double seconds = 0;  // that the simulation took
  // Speed-up over one processor: what was reached, and the most that the
  // dependency graph allows: work / max(work / processors, longest chain).
  double speed_up = 0;
  double allowed = 0;
};

// Simulate() in a process of its own. Throws std::runtime_error if that fails,
// or if not every task ran once. Returns nothing if it takes longer than
// `most_seconds`.
std::optional<Row> SimulateApart(const MachineOptions& options, const Job& job,
                                 double most_seconds);

// Fills in the speed-ups; `one` is the row of the same workload, and as many
// tasks for each processor, on one processor.
void Compare(Row& row, const Row& one);

// Prints it to standard output, below a heading if it is the first, and its
// `lines` most contended lines.
void Print(const Row& row, bool is_first, int lines);

nlohmann::json ToJson(const Row& row);
// All that was simulated, as text.
std::string ToJsonText(const SimulatedRound& round);

}  // namespace weft::scale

#endif  // WEFT_BENCHMARKS_SCALE_REPORT_H_
