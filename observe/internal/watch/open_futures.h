// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Promises that are not settled, and what waits for a future: each by its id,
// as far as there is room.
//
// Edges:
//   [X12] Put()'s and Take()'s stores of `since`, `link` and `backtrace` <->
//         All()'s loads of them: who reads a word of a later one sees by its
//         second load of `since` that it has changed, and the chain whose
//         number it reads is complete. Breaks if weakened: one is told with the
//         words of another. Test: WatchdogStressTest.ReadsWhileTasksRun (TSan).
//   [X13] Take()'s store of `id` <-> Put()'s exchange of it: the former one's
//         time has gone before the next one's comes. Breaks if weakened: the
//         next one is forgotten. Test: as [X12].

#ifndef WEFT_OBSERVE_INTERNAL_WATCH_OPEN_FUTURES_H_
#define WEFT_OBSERVE_INTERNAL_WATCH_OPEN_FUTURES_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "weft/hooks/async_id.h"
#include "weft/observe/internal/clock.h"

namespace weft::observe_internal {

// Thread-safe; but one is put before another thread can take it.
template <std::size_t kPlaces>
class OpenFutures {
 public:
  struct Open {
    AsyncId id;
    Ticks since;
    std::uint64_t backtrace;  // the number of its chain
    std::uint64_t link;       // what connects it with others
  };

  // Notes it, unless its place is taken: those that last are not forgotten.
  void Put(const Open& open) noexcept {
    Place& place = PlaceOf(open.id);
    AsyncId none = 0;
    // [X13] relaxed on failure: nothing is read then.
    if (!place.id.compare_exchange_strong(none, open.id,
                                          std::memory_order_acq_rel,
                                          std::memory_order_relaxed)) {
      return;
    }
    place.backtrace.store(open.backtrace, std::memory_order_release);  // [X12]
    place.link.store(open.link, std::memory_order_release);            // [X12]
    place.since.store(open.since, std::memory_order_release);          // [X12]
  }
  // Forgets it, if it is there.
  void Take(AsyncId id) noexcept {
    Place& place = PlaceOf(id);
    // relaxed: an id is of one resource; who takes it is ordered after its
    // Put() by other means.
    if (place.id.load(std::memory_order_relaxed) != id) return;
    place.since.store(0, std::memory_order_release);  // [X12]
    place.id.store(0, std::memory_order_release);     // [X13]
  }

  // Calls `visit(open)` with each. Those that come or go meanwhile may be left
  // out.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (const Place& place : places_) {
      const Ticks since = place.since.load(std::memory_order_acquire);  // [X12]
      if (since == 0) continue;
      const Open open{
          place.id.load(std::memory_order_acquire),  // [X12]
          since,
          place.backtrace.load(std::memory_order_acquire),  // [X12]
          place.link.load(std::memory_order_acquire),       // [X12]
      };
      // relaxed: [X12] has ordered it.
      if (place.since.load(std::memory_order_relaxed) != since) continue;
      if (open.id != 0) visit(open);
    }
  }
  std::vector<Open> All() const {
    std::vector<Open> all;
    ForEach([&](const Open& open) { all.push_back(open); });
    return all;
  }

  void Clear() noexcept {
    for (Place& place : places_) {
      // relaxed: one that is put or taken meanwhile may be missed.
      const AsyncId id = place.id.load(std::memory_order_relaxed);
      if (id != 0) Take(id);
    }
  }

 private:
  struct Place {
    std::atomic<AsyncId> id{0};   // 0: free
    std::atomic<Ticks> since{0};  // 0: nothing is there
    std::atomic<std::uint64_t> backtrace{0};
    std::atomic<std::uint64_t> link{0};
  };

  Place& PlaceOf(AsyncId id) noexcept { return places_[id % places_.size()]; }

  std::array<Place, kPlaces> places_{};
};

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_WATCH_OPEN_FUTURES_H_
