// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the machine at hand takes for what is on the price list.

#ifndef WEFT_BENCHMARKS_SCALE_PRICES_MEASURE_H_
#define WEFT_BENCHMARKS_SCALE_PRICES_MEASURE_H_

#include <string>
#include <utility>
#include <vector>

namespace weft::scale {

// Measures, for some seconds, all prices that can be measured; returns their
// names with nanoseconds. Takes two processors; throws std::runtime_error where
// the process may use one only.
std::vector<std::pair<std::string, double>> MeasurePrices();

}  // namespace weft::scale

#endif  // WEFT_BENCHMARKS_SCALE_PRICES_MEASURE_H_
