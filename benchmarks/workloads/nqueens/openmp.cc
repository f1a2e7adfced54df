// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/nqueens/nqueens.h"
#include "weft/benchmarks/workloads/peers/openmp_pool.h"

namespace weft::benchmarks::nqueens {

double OpenMp(int threads) { return Measure<OpenMpForks>(threads); }

}  // namespace weft::benchmarks::nqueens
