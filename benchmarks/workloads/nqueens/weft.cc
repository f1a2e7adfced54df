// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/nqueens/nqueens.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"

namespace weft::benchmarks::nqueens {

double Weft(int threads) { return Measure<WeftForks>(threads); }

}  // namespace weft::benchmarks::nqueens
