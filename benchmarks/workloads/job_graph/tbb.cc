// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <vector>

#include "tbb/flow_graph.h"
#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/job_graph/job_graph.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"
#include "weft/benchmarks/workloads/tally.h"

namespace weft::benchmarks::job_graph {

double Tbb(int threads) {
  using Node = tbb::flow::continue_node<tbb::flow::continue_msg>;
  static Tally& tally = *new Tally;
  const auto count = [](const tbb::flow::continue_msg&) { tally.Add(); };
  return TbbArena(threads).execute([&] {
    tbb::flow::graph graph;
    Node first(graph, count);
    Node last(graph, count);
    std::vector<Node> middle(kMiddle, Node(graph, count));
    for (Node& node : middle) {
      tbb::flow::make_edge(first, node);
      tbb::flow::make_edge(node, last);
    }
    const std::int64_t before = tally.Sum();
    const double ns = NsPerOperation(kRuns * kJobs, [&] {
      for (int i = 0; i < kRuns; ++i) {
        first.try_put({});
        graph.wait_for_all();
      }
    });
    CheckAnswer(tally.Sum() - before, kRuns * kJobs);
    return ns;
  });
}

}  // namespace weft::benchmarks::job_graph
