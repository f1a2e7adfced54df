// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Random choices, the same from one seed on every platform.

#ifndef WEFT_TESTS_CONFORMANCE_RANDOM_H_
#define WEFT_TESTS_CONFORMANCE_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <random>

namespace weft::conformance {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // 0 to `bound` - 1. The standard's distributions differ between libraries.
  std::size_t Below(std::size_t bound) { return engine_() % bound; }

  bool Chance(std::size_t percent) { return Below(100) < percent; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_RANDOM_H_
