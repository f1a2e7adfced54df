// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/collect.h"

#include <stdexcept>
#include <string>

namespace weft::executor_internal {

void CheckCollected(std::size_t wanted, std::size_t futures) {
  if (wanted >= 1 && wanted <= futures) return;
  throw std::invalid_argument(
      "Collect: count is " + std::to_string(wanted) +
      "; it must be from 1 to the number of futures, which is " +
      std::to_string(futures));
}

}  // namespace weft::executor_internal
