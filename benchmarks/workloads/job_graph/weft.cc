// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <string>
#include <vector>

#include "weft/benchmarks/workloads/job_graph/job_graph.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/benchmarks/workloads/tally.h"
#include "weft/pipelines/job_graph.h"

namespace weft::benchmarks::job_graph {

double Weft(int threads) {
  Executor& executor = WeftExecutor(threads);
  static Tally& tally = *new Tally;
  const auto count = [] { tally.Add(); };
  JobGraph graph;
  std::vector<std::string> middle;
  graph.Add("first", count);
  for (int i = 0; i < kMiddle; ++i) {
    middle.push_back(std::to_string(i));
    graph.Add(middle.back(), {"first"}, count);
  }
  graph.Add("last", middle, count);
  const std::int64_t before = tally.Sum();
  const double ns = NsPerOperation(kRuns * kJobs, [&] {
    InContext([&] {
      for (int i = 0; i < kRuns; ++i) graph.Run(executor);
    });
  });
  CheckAnswer(tally.Sum() - before, kRuns * kJobs);
  return ns;
}

}  // namespace weft::benchmarks::job_graph
