// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What an executor costs that has nothing to do.

#ifndef WEFT_BENCHMARKS_WORKLOADS_IDLE_IDLE_H_
#define WEFT_BENCHMARKS_WORKLOADS_IDLE_IDLE_H_

namespace weft::benchmarks::idle {

// An executor that has been idle for a second, watched for another: how much of
// a processor the whole process uses, in percent. Other pools sleep.
double CpuPercent(int threads);

}  // namespace weft::benchmarks::idle

#endif  // WEFT_BENCHMARKS_WORKLOADS_IDLE_IDLE_H_
