// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/nqueens/nqueens.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks::nqueens {

double Tbb(int threads) { return Measure<TbbForks>(threads); }

}  // namespace weft::benchmarks::nqueens
