// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/rayon/rayon_pool.h"

#include <cstddef>

// In lib.rs.
extern "C" std::int64_t weft_rayon_fib(std::size_t threads, std::int32_t n);

namespace weft::benchmarks {

std::string WhyNoRayon() { return ""; }

std::int64_t RayonFib(int threads, int n) {
  return weft_rayon_fib(static_cast<std::size_t>(threads), n);
}

}  // namespace weft::benchmarks
