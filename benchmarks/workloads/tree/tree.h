// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A tree whose shape nobody can foresee, as in the Unbalanced Tree Search
// benchmark: a node's children follow from its hash, geometrically distributed.
// Counts the nodes, about 10^6; a task for each.

#ifndef WEFT_BENCHMARKS_WORKLOADS_TREE_TREE_H_
#define WEFT_BENCHMARKS_WORKLOADS_TREE_TREE_H_

#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::tree {

constexpr int kDepth = 12;
constexpr int kMostChildren = 8;

struct Node {
  std::uint64_t hash = 1;
  int depth = 0;

  Node Child(int i) const;
  int Children() const;
};

// The answer, by plain recursion, once.
std::int64_t Nodes();

template <typename Forks>
std::int64_t Count(const Node& node) {
  return 1 + Forks::Sum(node.Children(),
                        [&node](int i) { return Count<Forks>(node.Child(i)); });
}

template <typename Forks>
double Measure(int threads) {
  const std::int64_t nodes = Nodes();
  std::int64_t answer = 0;
  const double ns = NsPerOperation(nodes, [&] {
    answer = Forks::Run(threads, [] { return Count<Forks>(Node()); });
  });
  CheckAnswer(answer, nodes);
  return ns;
}

// All: nanoseconds a task.
double Weft(int threads);
double Tbb(int threads);
double OpenMp(int threads);

}  // namespace weft::benchmarks::tree

#endif  // WEFT_BENCHMARKS_WORKLOADS_TREE_TREE_H_
