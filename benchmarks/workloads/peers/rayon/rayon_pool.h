// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Rayon, where it is built: see BUILD.bazel.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PEERS_RAYON_RAYON_POOL_H_
#define WEFT_BENCHMARKS_WORKLOADS_PEERS_RAYON_RAYON_POOL_H_

#include <cstdint>
#include <string>

namespace weft::benchmarks {

// Why it is not built; empty if it is.
std::string WhyNoRayon();

// The n-th Fibonacci number, by recursion that forks at each call but leaves.
// Throws std::logic_error if Rayon is not built.
std::int64_t RayonFib(int threads, int n);

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_PEERS_RAYON_RAYON_POOL_H_
