// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What is compared: workloads, each with Weft's measurement and its peers'.

#ifndef WEFT_BENCHMARKS_COMPARISON_H_
#define WEFT_BENCHMARKS_COMPARISON_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks {

struct Peer {
  std::string name;
  // Null: Weft's own figure stands alone.
  Measurement measure = nullptr;
  // Smaller pools are left out.
  int least_threads = 1;
};

struct Comparison {
  std::string benchmark;
  Measurement weft;
  std::vector<Peer> peers;
  // If given, the one pool size that makes sense.
  std::optional<int> threads = {};
  // If true, one round is enough: it is long, or not a matter of luck.
  bool once = false;
};

std::vector<Comparison> AllComparisons();

struct BudgetRow {
  std::string_view benchmark;
  int threads;  // 0: any
  std::string_view peer;
  double limit;
};
std::span<const BudgetRow> Budgets();

// What the row with that name, size of pool and peer must not exceed: its
// ratio, or for a peer that measures nothing Weft's nanoseconds. Empty if
// anything goes.
std::optional<double> Budget(const std::string& benchmark, int threads,
                             const std::string& peer);

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_COMPARISON_H_
