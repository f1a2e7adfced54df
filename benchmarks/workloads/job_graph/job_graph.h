// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A graph of jobs that do nothing: one, many that come after it, and one that
// comes after those. It is made once and run many times.

#ifndef WEFT_BENCHMARKS_WORKLOADS_JOB_GRAPH_JOB_GRAPH_H_
#define WEFT_BENCHMARKS_WORKLOADS_JOB_GRAPH_JOB_GRAPH_H_

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::job_graph {

constexpr int kMiddle = 1'000;
constexpr int kJobs = kMiddle + 2;
constexpr int kRuns = 10;

// Both: nanoseconds a job.
double Weft(int threads);
double Tbb(int threads);

}  // namespace weft::benchmarks::job_graph

#endif  // WEFT_BENCHMARKS_WORKLOADS_JOB_GRAPH_JOB_GRAPH_H_
