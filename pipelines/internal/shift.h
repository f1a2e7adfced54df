// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How long a task of a pipeline takes further items.

#ifndef WEFT_PIPELINES_INTERNAL_SHIFT_H_
#define WEFT_PIPELINES_INTERNAL_SHIFT_H_

#include <chrono>

#include "weft/base/steady_now.h"

namespace weft::pipelines_internal {

// A task that took one item would cost as much as the item's stages; one that
// took all would keep the executor's other tasks waiting. So a shift is over
// after some items or some time, whichever is first. A look at the clock is as
// dear as a stage that does little: it is taken after the first item, the
// second, the fourth, and so on. Of items that are alike a shift takes no
// longer than one item or twice the time. In simulated time, which stands still
// while tasks run, it takes the most items.
//
// Owner-only.
class Shift {
 public:
  static constexpr int kMostItems = 32;
  static constexpr std::chrono::microseconds kTime{20};

  // Counts an item that has come to its end, or waits; returns true if the
  // shift is over.
  bool IsOverAfterAnother() noexcept {
    ++items_;
    if ((items_ & (items_ - 1)) != 0) return false;
    return items_ == kMostItems || base::SteadyNow() - began_ >= kTime;
  }

 private:
  int items_ = 0;
  const std::chrono::steady_clock::time_point began_ = base::SteadyNow();
};

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_SHIFT_H_
