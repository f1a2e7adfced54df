// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/internal/source_gate.h"

#include "weft/base/sync/pause.h"

namespace weft::pipelines_internal {
namespace {

// The longest pause between two looks; all together take some microseconds.
// That is less than it takes to have the task called again.
constexpr int kMostPauses = 32;

}  // namespace

bool SourceGate::Enter(Token token) noexcept {
  const std::uint64_t held = PartOf(token);
  int pauses = 1;
  // relaxed: the exchanges below are what orders.
  std::uint64_t word = word_.load(std::memory_order_relaxed);
  while (true) {
    const std::uint64_t others = word - held;
    const bool may_enter = (word & kEnded) == 0 && HasFree(others);
    if (may_enter && (word & kAsked) != 0 && pauses <= kMostPauses) {
      for (int i = 0; i < pauses; ++i) base::Pause();
      pauses *= 2;
      // relaxed: as above.
      word = word_.load(std::memory_order_relaxed);
      continue;
    }
    const bool enters = may_enter && (word & kAsked) == 0;
    // [Q2] relaxed: nothing is handed over if it fails.
    if (word_.compare_exchange_weak(
            word, enters ? others + kOne + kAsked : others,
            std::memory_order_acq_rel, std::memory_order_relaxed)) {
      return enters;
    }
  }
}

template <typename Next>
bool SourceGate::Change(std::uint64_t part, const Next& next) noexcept {
  // relaxed: the exchange below is what orders.
  std::uint64_t word = word_.load(std::memory_order_relaxed);
  // [Q2] relaxed: nothing is handed over if it fails.
  while (!word_.compare_exchange_weak(word, next(word - part),
                                      std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
  }
  return (~(word - part) & next(word - part) & kCalled) != 0;
}

bool SourceGate::LeaveWithItem() noexcept {
  return Change(kAsked, [this](std::uint64_t word) { return Calling(word); });
}

void SourceGate::LeaveWithNothing() noexcept {
  Change(kAsked + kOne, [](std::uint64_t word) { return word; });
}

void SourceGate::LeaveAtEnd() noexcept {
  Change(kAsked + kOne, [](std::uint64_t word) { return word | kEnded; });
}

bool SourceGate::Free(Token token) noexcept {
  return Change(PartOf(token),
                [this](std::uint64_t word) { return Calling(word); });
}

}  // namespace weft::pipelines_internal
