// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/benchmarks/workloads/skynet/skynet.h"

namespace weft::benchmarks::skynet {

double Weft(int threads) { return Measure<WeftForks>(threads); }

}  // namespace weft::benchmarks::skynet
