// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/openmp_pool.h"
#include "weft/benchmarks/workloads/skynet/skynet.h"

namespace weft::benchmarks::skynet {

double OpenMp(int threads) { return Measure<OpenMpForks>(threads); }

}  // namespace weft::benchmarks::skynet
