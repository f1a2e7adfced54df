// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/support/counted.h"

#include <utility>

namespace weft::tests {

Counted::Counted(Tally& tally, int value) noexcept
    : tally_(&tally), value_(value) {
  tally_->Add(1);
}

Counted::Counted(Counted&& other) noexcept
    : tally_(std::exchange(other.tally_, nullptr)), value_(other.value_) {}

Counted::~Counted() {
  if (tally_ != nullptr) tally_->Add(-1);
}

}  // namespace weft::tests
