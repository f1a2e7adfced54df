// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Lets one item at a time through, in the order of their numbers.
//
// Each number has a place in a ring. Two come to it: the item with that number,
// and the turn, which the item before it brings when it leaves. Whoever comes
// second goes on with the item.
//
// Edges:
//   [Q1] the exchanges at a place, by the item and by who brings the turn, and
//        the load by which the item sees the turn: the second sees the first,
//        and all that was done before it came: the item, and what was done
//        inside by those before. Breaks if weakened: an item is read half
//        written, or two calls of a stage race. Test:
//        TurnsTest.EveryItemGetsItsTurn (TSan).
//
// A place is used again when the item of one ring later comes. By then this
// item has left: no more items are under way than there are places, and all
// that are under way between the two have to come later.

#ifndef WEFT_PIPELINES_INTERNAL_TURNS_H_
#define WEFT_PIPELINES_INTERNAL_TURNS_H_

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "weft/base/language.h"

namespace weft::pipelines_internal {

// Thread-safe.
template <typename Item>
class Turns {
 public:
  // `most` is the most items that are under way at a time.
  explicit Turns(std::size_t most)
      : places_(std::bit_ceil(most)), mask_(places_.size() - 1) {
    // relaxed: no other thread knows it yet.
    places_[0].store(kTurn, std::memory_order_relaxed);
  }

  // Returns a number, for items that come in the order of arrival.
  std::size_t TakeNumber() noexcept {
    // relaxed: hands nothing over.
    return numbers_.fetch_add(1, std::memory_order_relaxed);
  }

  // Returns true if it is the turn of `number`: then the caller is inside,
  // until Leave().
  bool TryEnter(std::size_t number) noexcept {
    std::atomic<std::uintptr_t>& place = At(number);
    // [Q1]
    if (place.load(std::memory_order_acquire) != kTurn) return false;
    // relaxed: nobody else comes to this place before this item has left.
    place.store(kNobody, std::memory_order_relaxed);
    return true;
  }

  // The same; if it is not its turn, takes `item`, which the caller does not
  // touch any more: whoever brings the turn goes on with it.
  bool Enter(std::size_t number, Item& item) noexcept {
    std::atomic<std::uintptr_t>& place = At(number);
    // [Q1]
    if (place.exchange(reinterpret_cast<std::uintptr_t>(&item),
                       std::memory_order_acq_rel) != kTurn) {
      return false;
    }
    // relaxed: as above.
    place.store(kNobody, std::memory_order_relaxed);
    return true;
  }

  // Ends the turn of `number`. Returns the item that is inside now, for the
  // caller to go on with; null if it has not come yet.
  Item* Leave(std::size_t number) noexcept {
    std::atomic<std::uintptr_t>& place = At(number + 1);
    // [Q1]
    const std::uintptr_t next =
        place.exchange(kTurn, std::memory_order_acq_rel);
    if (next == kNobody) return nullptr;
    // relaxed: as above.
    place.store(kNobody, std::memory_order_relaxed);
    return reinterpret_cast<Item*>(next);
  }

 private:
  // What is at a place, if it is not an item.
  static constexpr std::uintptr_t kNobody = 0;
  static constexpr std::uintptr_t kTurn = 1;

  std::atomic<std::uintptr_t>& At(std::size_t number) noexcept {
    return places_[number & mask_];
  }

  std::vector<std::atomic<std::uintptr_t>> places_;
  const std::size_t mask_;
  // Apart from what every item reads.
  alignas(64) std::atomic<std::size_t> numbers_{0};
};

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_TURNS_H_
