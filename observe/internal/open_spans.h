// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What runs on one thread, one inside the other, for other threads to read.
//
// Edges; the orders are named in OpenSpanOrders, so that tests can weaken each:
//   [X3] Push()'s store of `pushed`, and its stores of words <-> Copy()'s loads
//        of them: who reads a word of a span sees by the second load of
//        `pushed` that it was being written. Breaks if weakened: a span is read
//        that is half one and half another.
//   [X4] the stores of `depth` <-> Copy()'s load of it: spans below it are
//        there. Breaks if weakened: a span is read that is not written yet.
// Tests: tests/model/ring_model.cc.

#ifndef WEFT_OBSERVE_INTERNAL_OPEN_SPANS_H_
#define WEFT_OBSERVE_INTERNAL_OPEN_SPANS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "weft/base/sync/sync.h"

namespace weft::observe_internal {

struct OpenSpanOrders {
  // [X3]
  static constexpr std::memory_order kAnnounce = std::memory_order_release;
  // [X3]
  static constexpr std::memory_order kSeeAnnounced = std::memory_order_acquire;
  // [X3]
  static constexpr std::memory_order kWrite = std::memory_order_release;
  // [X3]
  static constexpr std::memory_order kRead = std::memory_order_acquire;
  // [X4]
  static constexpr std::memory_order kSetDepth = std::memory_order_release;
  // [X4]
  static constexpr std::memory_order kSeeDepth = std::memory_order_acquire;
};

// Begins as zeros.
template <std::size_t kMaxDepth, std::size_t kWords,
          typename Sync = base::StdSync, typename Orders = OpenSpanOrders>
class OpenSpans {
 public:
  using Span = std::array<std::uint64_t, kWords>;

  // These four are owner-only.

  std::size_t depth() const noexcept {
    // relaxed: this thread's own store.
    return depth_.load(std::memory_order_relaxed);
  }
  // False if there are too many.
  bool Push(const Span& span) noexcept {
    const std::size_t depth = this->depth();
    if (depth == kMaxDepth) return false;
    // relaxed: this thread's own store.
    pushed_.store(pushed_.load(std::memory_order_relaxed) + 1,
                  Orders::kAnnounce);  // [X3]
    Write(spans_[depth], span, kAllWords);
    depth_.store(depth + 1, Orders::kSetDepth);  // [X4]
    return true;
  }
  // Leaves the outermost `depth`.
  void Cut(std::size_t depth) noexcept {
    depth_.store(depth, Orders::kSetDepth);  // [X4]
  }
  Span Get(std::size_t index) const noexcept {
    return Read(spans_[index], kAllWords);
  }

  // Copies them, outermost first, and returns how many there are; -1 if the
  // owner began one meanwhile. Thread-safe.
  int Copy(std::array<Span, kMaxDepth>& out) const noexcept {
    const std::uint64_t pushed = pushed_.load(Orders::kSeeAnnounced);  // [X3]
    std::uint64_t depth = depth_.load(Orders::kSeeDepth);              // [X4]
    if (depth > kMaxDepth) depth = kMaxDepth;  // of a damaged file
    for (std::size_t i = 0; i < depth; ++i) {
      for (std::size_t word = 0; word < kWords; ++word) {
        out[i][word] = spans_[i][word].load(Orders::kRead);  // [X3]
      }
    }
    // relaxed: [X3] has ordered it.
    if (pushed_.load(std::memory_order_relaxed) != pushed) return -1;
    return static_cast<int>(depth);
  }

 private:
  using Atomic = typename Sync::template Atomic<std::uint64_t>;
  using Words = std::array<Atomic, kWords>;
  static constexpr std::make_index_sequence<kWords> kAllWords{};

  template <std::size_t... kIndexes>
  static void Write(Words& words, const Span& span,
                    std::index_sequence<kIndexes...>) noexcept {
    (words[kIndexes].store(span[kIndexes], Orders::kWrite), ...);  // [X3]
  }
  template <std::size_t... kIndexes>
  static Span Read(const Words& words,
                   std::index_sequence<kIndexes...>) noexcept {
    // relaxed: this thread's own stores.
    return {words[kIndexes].load(std::memory_order_relaxed)...};
  }

  Atomic pushed_{0};
  Atomic depth_{0};
  std::array<Words, kMaxDepth> spans_{};
};

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_OPEN_SPANS_H_
