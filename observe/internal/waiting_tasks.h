// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Since when tasks have been queued: of 1 in so many by their ids, as far as
// there is room.
//
// Edges:
//   [X9] Take()'s store of `id` <-> Put()'s exchange of it, and that <->
//        Oldest()'s load of it: the former task's time has gone before the next
//        one is seen. Breaks if weakened: a task is told to have waited since
//        another was queued. Test: TaskCounterTest.TheOldestTaskIsKnown (TSan).

#ifndef WEFT_OBSERVE_INTERNAL_WAITING_TASKS_H_
#define WEFT_OBSERVE_INTERNAL_WAITING_TASKS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "weft/hooks/async_id.h"
#include "weft/observe/internal/clock.h"

namespace weft::observe_internal {

// Thread-safe; but for one task its caller puts it before another can take it.
template <AsyncId kOneIn, std::size_t kPlaces>
class WaitingTasks {
 public:
  static bool IsSample(AsyncId id) noexcept { return id % kOneIn == 0; }

  // Notes that a sample has been queued, unless its place is taken: those who
  // wait longest are not forgotten.
  void Put(AsyncId id, std::uint64_t executor, Ticks now) noexcept {
    Place& place = PlaceOf(id);
    AsyncId none = 0;
    // [X9] relaxed on failure: nothing is read then.
    if (!place.id.compare_exchange_strong(none, id, std::memory_order_acq_rel,
                                          std::memory_order_relaxed)) {
      return;
    }
    // relaxed: numbers. The thread that takes the task is ordered after this by
    // the queue.
    place.executor.store(executor, std::memory_order_relaxed);
    place.since.store(now, std::memory_order_relaxed);
  }
  // Returns since when it has been queued, and forgets it; 0: that is not
  // known.
  Ticks Take(AsyncId id) noexcept {
    Place& place = PlaceOf(id);
    // relaxed: an id is of one task, which this thread has taken.
    if (place.id.load(std::memory_order_relaxed) != id) return 0;
    // relaxed: as in Put().
    const Ticks since = place.since.load(std::memory_order_relaxed);
    place.since.store(0, std::memory_order_relaxed);  // relaxed: [X9] orders it
    place.id.store(0, std::memory_order_release);     // [X9]
    return since;
  }
  // Returns since when the oldest one has been queued that waits for
  // `executor`; 0: none does. Sets `count` to how many there are, if it is not
  // null.
  Ticks Oldest(std::uint64_t executor,
               std::uint64_t* count = nullptr) const noexcept {
    Ticks oldest = 0;
    std::uint64_t found = 0;
    for (const Place& place : places_) {
      if (place.id.load(std::memory_order_acquire) == 0) continue;  // [X9]
      // relaxed: numbers; 0 if it is being put.
      const Ticks since = place.since.load(std::memory_order_relaxed);
      if (since == 0) continue;
      // relaxed: as above.
      if (place.executor.load(std::memory_order_relaxed) != executor) continue;
      ++found;
      if (oldest == 0 || since < oldest) oldest = since;
    }
    if (count != nullptr) *count = found;
    return oldest;
  }
  void Clear() noexcept {
    for (Place& place : places_) {
      // relaxed: a task that is taken or put meanwhile may be missed.
      const AsyncId id = place.id.load(std::memory_order_relaxed);
      if (id != 0) Take(id);
    }
  }

 private:
  struct Place {
    std::atomic<AsyncId> id{0};  // 0: free
    std::atomic<std::uint64_t> executor{0};
    std::atomic<Ticks> since{0};
  };

  Place& PlaceOf(AsyncId id) noexcept {
    return places_[id / kOneIn % places_.size()];
  }

  std::array<Place, kPlaces> places_{};
};

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_WAITING_TASKS_H_
