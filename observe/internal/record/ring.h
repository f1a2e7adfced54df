// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The last records of one thread: it writes, over the oldest, and never waits;
// any thread may copy them meanwhile, and keeps what was not written over under
// its hands.
//
// Record number n stands in place n modulo the capacity. The low byte of its
// last word is its lap, n divided by the capacity: a file that was damaged
// shows by it.
//
// Edges; the orders are named in RingOrders, so that tests can weaken each:
//   [X1] Put()'s store of `head` <-> Copy()'s first load of it: records below
//        it are there. Breaks if weakened: a record of an earlier lap, or of
//        none, is taken for one.
//   [X2] Put()'s stores of words <-> Copy()'s loads of them: who reads a word
//        of a record sees by its second load of `head` that the one before it
//        had been put, so that the place was about to be written again. Breaks
//        if weakened: a record is read that is half one and half another.
// Tests: tests/model/ring_model.cc.

#ifndef WEFT_OBSERVE_INTERNAL_RECORD_RING_H_
#define WEFT_OBSERVE_INTERNAL_RECORD_RING_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "weft/base/sync/sync.h"

namespace weft::observe_internal {

struct RingOrders {
  // [X1]
  static constexpr std::memory_order kPut = std::memory_order_release;
  // [X1]
  static constexpr std::memory_order kSee = std::memory_order_acquire;
  // [X2]
  static constexpr std::memory_order kWrite = std::memory_order_release;
  // [X2]
  static constexpr std::memory_order kRead = std::memory_order_acquire;
};

inline constexpr std::uint64_t kLapMask = 0xff;

// What a copy has.
struct RingCopy {
  std::uint64_t first;    // the number of the oldest record that it has
  std::uint64_t end;      // one more than that of the newest
  std::uint64_t damaged;  // left out in between, because their lap is wrong
};

// A view of a ring: `head` counts the records put, `words` are the places. Both
// begin as zeros. `capacity` is a power of two.
template <std::size_t kWords, typename Sync = base::StdSync,
          typename Orders = RingOrders>
class Ring {
 public:
  using Word = typename Sync::template Atomic<std::uint64_t>;
  using Record = std::array<std::uint64_t, kWords>;

  Ring(Word& head, Word* words, std::uint64_t capacity) noexcept
      : head_(head),
        words_(words),
        mask_(capacity - 1),
        shift_(std::countr_zero(capacity)) {}

  // Owner-only. The low byte of the last word must be 0.
  void Put(Record record) noexcept {
    // relaxed: this thread's own store.
    const std::uint64_t number = head_.load(std::memory_order_relaxed);
    record.back() |= Lap(number);
    Write(words_ + (number & mask_) * kWords, record,
          std::make_index_sequence<kWords>());
    head_.store(number + 1, Orders::kPut);  // [X1]
  }

  // Calls `take(record)` for each record from number `from` on that is still
  // there, oldest first; thread-safe. Records come into `scratch`, which has
  // room for `capacity` of them, before it is known which are good.
  template <typename Take>
  RingCopy Copy(std::uint64_t from, Record* scratch, const Take& take) const {
    const std::uint64_t end = head_.load(Orders::kSee);  // [X1]
    std::uint64_t first = end > mask_ ? end - mask_ - 1 : 0;
    if (first < from) first = from;
    for (std::uint64_t number = first; number < end; ++number) {
      Record& record = scratch[number & mask_];
      const Word* const place = words_ + (number & mask_) * kWords;
      for (std::size_t i = 0; i < kWords; ++i) {
        record[i] = place[i].load(Orders::kRead);  // [X2]
      }
    }
    // relaxed: [X2] has ordered it.
    const std::uint64_t now = head_.load(std::memory_order_relaxed);
    // Record `now` may be half written, over one a lap before it.
    if (now > mask_ && first < now - mask_) first = now - mask_;
    RingCopy copy{first, end, 0};
    if (first >= end) return {end, end, 0};
    for (std::uint64_t number = first; number < end; ++number) {
      const Record& record = scratch[number & mask_];
      if ((record.back() & kLapMask) == Lap(number)) {
        take(record);
      } else {
        ++copy.damaged;
      }
    }
    return copy;
  }

 private:
  template <std::size_t... kIndexes>
  static void Write(Word* place, const Record& record,
                    std::index_sequence<kIndexes...>) noexcept {
    (place[kIndexes].store(record[kIndexes], Orders::kWrite), ...);  // [X2]
  }

  std::uint64_t Lap(std::uint64_t number) const noexcept {
    return (number >> shift_) & kLapMask;
  }

  Word& head_;
  Word* const words_;
  const std::uint64_t mask_;
  const int shift_;
};

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_RECORD_RING_H_
