// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// All ways to place ten queens; a task for each board on the way. A search
// whose tasks do some work, and differ in it.

#ifndef WEFT_BENCHMARKS_WORKLOADS_NQUEENS_NQUEENS_H_
#define WEFT_BENCHMARKS_WORKLOADS_NQUEENS_NQUEENS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::nqueens {

constexpr std::size_t kSize = 10;
constexpr std::int64_t kSolutions = 724;
// The boards on which no queen attacks another, the empty one included.
constexpr std::int64_t kTasks = 35'539;

struct Board {
  std::array<signed char, kSize> column = {};
  std::size_t rows = 0;

  // True if no other queen attacks the last one.
  bool IsGood() const {
    const std::size_t last = rows - 1;
    for (std::size_t row = 0; row < last; ++row) {
      const int apart = column[last] - column[row];
      const int down = static_cast<int>(last - row);
      if (apart == 0 || apart == down || apart == -down) return false;
    }
    return true;
  }
};

template <typename Forks>
std::int64_t Solutions(const Board& board) {
  if (board.rows == kSize) return 1;
  std::array<Board, kSize> next;
  int count = 0;
  for (std::size_t column = 0; column < kSize; ++column) {
    Board& candidate = next[static_cast<std::size_t>(count)];
    candidate = board;
    candidate.column[candidate.rows++] = static_cast<signed char>(column);
    if (candidate.IsGood()) ++count;
  }
  return Forks::Sum(count, [&next](int i) {
    return Solutions<Forks>(next[static_cast<std::size_t>(i)]);
  });
}

template <typename Forks>
double Measure(int threads) {
  std::int64_t answer = 0;
  const double ns = NsPerOperation(kTasks, [&] {
    answer = Forks::Run(threads, [] { return Solutions<Forks>(Board()); });
  });
  CheckAnswer(answer, kSolutions);
  return ns;
}

// All: nanoseconds a task.
double Weft(int threads);
double Tbb(int threads);
double SharedPtr(int threads);
double OpenMp(int threads);

// Called, not forked, by one thread: what the search costs by itself.
double NoTasks(int threads);

}  // namespace weft::benchmarks::nqueens

#endif  // WEFT_BENCHMARKS_WORKLOADS_NQUEENS_NQUEENS_H_
