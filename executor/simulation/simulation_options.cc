// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/simulation/simulation_options.h"

#include <stdexcept>
#include <string>

namespace weft {
namespace {

void Require(bool is_in_range, const char* option, const std::string& value) {
  if (is_in_range) return;
  throw std::invalid_argument(std::string("SimulationOptions::") + option +
                              " is " + value + ", which is out of range");
}

}  // namespace

void SimulationOptions::Validate() const {
  Require(workers >= 1 && workers <= ExecutorOptions::kMaxConcurrency,
          "workers", std::to_string(workers));
  Require(depth >= (strategy == ScheduleStrategy::kExhaustive ? 0 : 1), "depth",
          std::to_string(depth));
  Require(length >= 1, "length", std::to_string(length));
  Require(max_steps >= 1, "max_steps", std::to_string(max_steps));
}

}  // namespace weft
