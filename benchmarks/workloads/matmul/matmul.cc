// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/matmul/matmul.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::benchmarks::matmul {

namespace {

struct Matrices {
  using Matrix = std::vector<float>;
  Matrix left = Matrix(kSize * kSize);
  Matrix right = Matrix(kSize * kSize);
  Matrix product = Matrix(kSize * kSize);
};

// Small whole numbers, so that sums are exact in any order.
Matrices* NewMatrices() {
  auto* const matrices = new Matrices;
  for (std::size_t i = 0; i < kSize * kSize; ++i) {
    matrices->left[i] = static_cast<float>(i % 7);
    matrices->right[i] = static_cast<float>(i % 5);
  }
  return matrices;
}

Matrices& All() {
  static Matrices& matrices = *NewMatrices();
  return matrices;
}

// The matrix times the vector.
std::vector<float> Times(const std::vector<float>& matrix,
                         const std::vector<float>& vector) {
  std::vector<float> result(kSize);
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j < kSize; ++j) {
      result[i] += matrix[i * kSize + j] * vector[j];
    }
  }
  return result;
}

}  // namespace

void Start() { std::fill(All().product.begin(), All().product.end(), 0.0F); }

void Multiply(std::size_t block) {
  constexpr std::size_t kInRow = kSize / kBlock;
  const std::size_t row = block / kInRow * kBlock;
  const std::size_t column = block % kInRow * kBlock;
  Matrices& all = All();
  for (std::size_t i = row; i < row + kBlock; ++i) {
    // A local sum: the compiler need not ask whether it is part of a factor.
    std::array<float, kBlock> sum = {};
    for (std::size_t k = 0; k < kSize; ++k) {
      const float left = all.left[i * kSize + k];
      const float* const right = &all.right[k * kSize + column];
      for (std::size_t j = 0; j < kBlock; ++j) sum[j] += left * right[j];
    }
    std::copy(sum.begin(), sum.end(), &all.product[i * kSize + column]);
  }
}

// By vectors of zeros and ones: the product times one must be the left matrix
// times the right one times it.
void CheckProduct() {
  constexpr std::size_t kVectors = 4;
  const Matrices& all = All();
  std::int64_t wrong = 0;
  for (std::size_t residue = 0; residue < kVectors; ++residue) {
    std::vector<float> vector(kSize);
    for (std::size_t i = residue; i < kSize; i += kVectors) vector[i] = 1;
    wrong +=
        Times(all.product, vector) != Times(all.left, Times(all.right, vector));
  }
  CheckAnswer(wrong, 0);
}

}  // namespace weft::benchmarks::matmul
