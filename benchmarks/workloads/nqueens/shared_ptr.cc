// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/nqueens/nqueens.h"
#include "weft/benchmarks/workloads/peers/shared_ptr_context.h"

namespace weft::benchmarks::nqueens {

double SharedPtr(int threads) {
  return SharedPtrContext::Run(
      [&] { return Measure<SharedPtrForks>(threads); });
}

}  // namespace weft::benchmarks::nqueens
