// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// OpenMP's tasks; its threads belong to the compiler's library.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PEERS_OPENMP_POOL_H_
#define WEFT_BENCHMARKS_WORKLOADS_PEERS_OPENMP_POOL_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace weft::benchmarks {

struct OpenMpForks {
  template <typename Fn>
  static std::int64_t Run(int threads, const Fn& fn) {
    std::int64_t result = 0;
#pragma omp parallel num_threads(threads) default(shared)
#pragma omp single
    result = fn();
    return result;
  }

  // Returns the sum of fn(i) for i below `n`, which is at most kMost, each a
  // task but one.
  static constexpr std::size_t kMost = 16;
  template <typename Fn>
  static std::int64_t Sum(int n, const Fn& fn) {
    if (n == 0) return 0;
    std::array<std::int64_t, kMost> parts;
    for (int i = 1; i < n; ++i) {
      std::int64_t* const part = &parts[static_cast<std::size_t>(i)];
#pragma omp task default(none) shared(fn) firstprivate(part, i)
      *part = fn(i);
    }
    std::int64_t sum = fn(0);
#pragma omp taskwait
    for (int i = 1; i < n; ++i) sum += parts[static_cast<std::size_t>(i)];
    return sum;
  }
};

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_PEERS_OPENMP_POOL_H_
