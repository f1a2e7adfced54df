// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/openmp_pool.h"
#include "weft/benchmarks/workloads/tree/tree.h"

namespace weft::benchmarks::tree {

double OpenMp(int threads) { return Measure<OpenMpForks>(threads); }

}  // namespace weft::benchmarks::tree
