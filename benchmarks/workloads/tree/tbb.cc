// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/tbb_pool.h"
#include "weft/benchmarks/workloads/tree/tree.h"

namespace weft::benchmarks::tree {

double Tbb(int threads) { return Measure<TbbForks>(threads); }

}  // namespace weft::benchmarks::tree
