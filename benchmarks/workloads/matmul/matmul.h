// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The product of two matrices, in blocks, each of which is a task.

#ifndef WEFT_BENCHMARKS_WORKLOADS_MATMUL_MATMUL_H_
#define WEFT_BENCHMARKS_WORKLOADS_MATMUL_MATMUL_H_

#include <cstddef>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::matmul {

constexpr std::size_t kSize = 512;
constexpr std::size_t kBlock = 64;
constexpr std::size_t kBlocks = (kSize / kBlock) * (kSize / kBlock);

// Sets the product to zero.
void Start();
// Computes a block of the product.
void Multiply(std::size_t block);
// Throws WrongAnswer if the product is wrong.
void CheckProduct();

// Calls `loop(body)` and it body(i) for each i below kBlocks. Returns
// nanoseconds a block.
template <typename Loop>
double Measure(const Loop& loop) {
  Start();
  const double ns = NsPerOperation(kBlocks, [&] { loop(&Multiply); });
  CheckProduct();
  return ns;
}

double Weft(int threads);
double Tbb(int threads);
double OpenMp(int threads);

}  // namespace weft::benchmarks::matmul

#endif  // WEFT_BENCHMARKS_WORKLOADS_MATMUL_MATMUL_H_
