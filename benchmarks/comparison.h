// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What is compared: workloads, each with Weft's measurement and its peers', and
// the budgets that the results must be in.

#ifndef WEFT_BENCHMARKS_COMPARISON_H_
#define WEFT_BENCHMARKS_COMPARISON_H_

#include <optional>
#include <string>
#include <vector>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks {

// What a row's figure may be at most, by the size of the pool. No budget:
// anything goes.
struct Budget {
  constexpr Budget() = default;
  constexpr Budget(double all) : one_thread(all), more_threads(all) {}
  constexpr Budget(std::optional<double> one, std::optional<double> more)
      : one_thread(one), more_threads(more) {}

  std::optional<double> Of(int threads) const {
    return threads == 1 ? one_thread : more_threads;
  }

  std::optional<double> one_thread;
  std::optional<double> more_threads;
};

struct Peer {
  std::string name;
  // Null: Weft's own figure, in nanoseconds, stands alone.
  Measurement measure = nullptr;
  // Of what Weft takes over what the peer does, or of Weft's own figure.
  Budget budget = {};
  // Smaller pools are left out.
  int least_threads = 1;
  // Why it cannot be measured in this build; empty if it can.
  std::string absent = {};
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

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_COMPARISON_H_
