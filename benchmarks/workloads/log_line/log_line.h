// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A line that a flow logs by spdlog, formatted as spdlog does by default, to a
// file that keeps nothing: plain, and with two labels of the flow before it.

#ifndef WEFT_BENCHMARKS_WORKLOADS_LOG_LINE_LOG_LINE_H_
#define WEFT_BENCHMARKS_WORKLOADS_LOG_LINE_LOG_LINE_H_

namespace weft::benchmarks::log_line {

double Labelled(int threads);
double Plain(int threads);

}  // namespace weft::benchmarks::log_line

#endif  // WEFT_BENCHMARKS_WORKLOADS_LOG_LINE_LOG_LINE_H_
