// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The queue of the jobs that a worker has forked: the owner pushes and pops at
// one end, newest first; thieves take from the other, oldest first, several at
// a time.
//
// The two ends and the growing circular array are those of D. Chase and Y. Lev,
// "Dynamic Circular Work-Stealing Deque", SPAA 2005. There a thief takes one
// item by a compare-exchange; several at a time would race with an owner that
// pops towards them unseen. So thieves follow the protocol of Cilk (M. Frigo,
// C. Leiserson, K. Randall, "The Implementation of the Cilk-5 Multithreaded
// Language", PLDI 1998): one thief at a time, by a lock that others only try,
// announces by `top_` up to where it takes, then looks whether the owner has
// got there first, and draws back if so. The owner announces by `bottom_` what
// it pops, then looks at `top_`. Only where the two meet does the owner take
// the lock. So the owner's own path is a Chase-Lev pop without its
// compare-exchange for the last item, and stealing half costs what stealing one
// does (D. Hendler, N. Shavit, "Non-Blocking Steal-Half Work Queues", PODC
// 2002, for why half).
//
// Announcing takes a full barrier, which is a third of the price of a fork. So
// the owner does without while there is no theft, as in D. Dice, H. Huang, M.
// Yang, "Asymmetric Dekker Synchronization", 2001: the first thief to come sets
// `watch_` and makes the barrier on the owner's behalf, by HeavyFence(); from
// then on the owner makes its own, until so many of its pops have seen no
// theft. Where that number is what one HeavyFence() is worth, the two together
// cost at most twice what the better choice would have, apart from the time for
// which an owner that meets the thief waits for its fence.
//
// Edges; the orders are named in WorkDequeOrders, so that tests can weaken
// each:
//   [W1] Push()'s store of `bottom_` <-> Steal()'s loads of it. What was pushed
//        is complete when a thief sees it. Breaks if weakened: a thief reads a
//        slot, or a job, half written.
//   [W2] Pop() exchanges `bottom_`, then loads `top_`; Steal() exchanges
//        `top_`, then loads `bottom_`: all four seq_cst, so of an owner and a
//        thief that go for one item at least one sees the other. Breaks if
//        weakened: both take it.
//   [W3] `lock_`: taken with acquire, released with release. Orders thieves
//        among each other and with the owner's slow paths: a slot is not
//        written again, and the array not replaced, before the thief has read
//        it. Breaks if weakened: a thief takes what is not there any more.
//   [W4] The asymmetric fence in the place of [W2] where the owner does not
//        exchange: Pop() stores `bottom_`, makes a light fence, then loads
//        `watch_`; Steal() stores `watch_`, makes a heavy fence, then exchanges
//        `top_` and loads `bottom_`. Either the thief sees the new `bottom_`,
//        or the owner sees that it is watched, and [W2] holds. `watch_` becomes
//        zero under the lock only, so each thief knows whether it is. Breaks
//        without the heavy fence, or if the owner looks before it stores: both
//        take one item.
//   [W5] Steal()'s stores that lower `top_` <-> Pop()'s load of it. A thief is
//        done with what it looked at and did not take, before the owner pops
//        that and writes into its slot again. The later of two thieves' stores
//        will do, as [W3] orders them. Breaks if weakened: a thief reads a
//        slot, or a job, that is being written. Tests: WorkDequeTest (TSan),
//        tests/model/work_deque_model.cc (tiny cases, and that each weaker
//        order is caught; except kLook, which kCheck makes stronger than
//        needed).

#ifndef WEFT_EXECUTOR_INTERNAL_WORKERS_WORK_DEQUE_H_
#define WEFT_EXECUTOR_INTERNAL_WORKERS_WORK_DEQUE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "weft/base/sync/sync.h"
#include "weft/executor/internal/memory/prefetch.h"

namespace weft::executor_internal {

struct WorkDequeOrders {
  // [W1]
  static constexpr std::memory_order kPush = std::memory_order_release;
  // [W1]
  static constexpr std::memory_order kRetreat = std::memory_order_release;
  // [W1]
  static constexpr std::memory_order kLook = std::memory_order_acquire;
  // [W2]
  static constexpr std::memory_order kAnnounce = std::memory_order_seq_cst;
  // [W2]
  static constexpr std::memory_order kCheck = std::memory_order_seq_cst;
  // [W5]
  static constexpr std::memory_order kDrawBack = std::memory_order_release;
  // [W3]
  static constexpr std::memory_order kLock = std::memory_order_acquire;
  // [W3]
  static constexpr std::memory_order kUnlock = std::memory_order_release;
};

// Only the owner calls empty(), IsEmpty(), next_place() and the functions that
// push and pop; all else is thread-safe.
template <typename T, typename Sync = base::StdSync,
          typename Orders = WorkDequeOrders>
class WorkDeque {
 public:
  // `capacity` is a power of two. After `watch` pops without a theft, at least
  // one, the owner is not watched any more. Throws std::bad_alloc.
  WorkDeque(std::size_t capacity, int watch)
      : watch_most_(watch),
        watch_(watch),
        limit_(static_cast<std::int64_t>(capacity)),
        mask_(capacity - 1),
        slots_(std::make_unique_for_overwrite<Slot[]>(capacity)) {}
  WorkDeque(const WorkDeque&) = delete;
  WorkDeque& operator=(const WorkDeque&) = delete;

  // Amortised constant time. Returns false, without adding, if there is no
  // memory.
  [[nodiscard]] bool Push(T* item) noexcept {
    return TryPush(item) || (MakeRoom() && TryPush(item));
  }

  // The same, but without adding also if there is no room yet. Calls nothing.
  [[nodiscard]] bool TryPush(T* item) noexcept {
    // relaxed: the owner's own.
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
    if (bottom == limit_) [[unlikely]]
      return false;
    SlotAt(bottom) = item;
    bottom_.store(bottom + 1, Orders::kPush);  // [W1]
    return true;
  }

  // Returns the newest item, null if there is none.
  [[gnu::always_inline]] inline T* Pop() noexcept {
    // relaxed: the owner's own.
    return PopAt(bottom_.load(std::memory_order_relaxed) - 1);
  }

  // The same where there may well be none, which it finds out first; sets
  // `left` to how many there are besides, at most, and `place` to that of the
  // item.
  [[gnu::always_inline]] inline T* PopIfAny(std::int64_t& left,
                                            std::int64_t& place) noexcept {
    // relaxed: the owner's own; an old `top_` only hides a theft.
    place = bottom_.load(std::memory_order_relaxed) - 1;
    left = place - top_.load(std::memory_order_relaxed);
    return left < 0 ? nullptr : PopAt(place);
  }
  // The same, and fetches the item that will be popped next but one, unless it
  // is stolen. Sets `place` only where there may be an item.
  [[gnu::always_inline]] inline T* PopAndFetch(std::int64_t& place) noexcept {
    // relaxed: see above.
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
    const std::int64_t left = bottom - top_.load(std::memory_order_relaxed);
    if (left < 0) return nullptr;
    place = bottom;
    if (left >= 2) PrefetchTask(static_cast<const T*>(SlotAt(bottom - 2)));
    return PopAt(bottom);
  }

  // Pushes the items that `item(0)` to `item(count - 1)` return, in this order,
  // as one push. Returns false, with nothing added, if there is no room yet.
  template <typename Item>
  [[nodiscard]] bool TryPushAll(std::size_t count, const Item& item) noexcept {
    // relaxed: the owner's own.
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
    const auto end = bottom + static_cast<std::int64_t>(count);
    if (end > limit_) [[unlikely]]
      return false;
    for (std::size_t i = 0; i < count; ++i) {
      SlotAt(bottom + static_cast<std::int64_t>(i)) = item(i);
    }
    bottom_.store(end, Orders::kPush);  // [W1]
    return true;
  }

  // Returns the place of the item that is pushed next. The place of an item is
  // its number in the order of the queue; it changes only where items below it
  // are popped and others pushed.
  std::int64_t next_place() const noexcept {
    // relaxed: the owner's own.
    return bottom_.load(std::memory_order_relaxed);
  }

  // A hint while a thief is here.
  bool empty() const noexcept {
    // relaxed: `bottom_` is the owner's own, an old `top_` only hides a theft.
    return bottom_.load(std::memory_order_relaxed) <=
           top_.load(std::memory_order_relaxed);
  }

  // The same, but exact: waits for a thief that may leave what it looks at.
  bool IsEmpty() noexcept {
    // relaxed: the owner's own.
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
    // An owner that reads what a thief announces sees that it is watched, too.
    if (top_.load(Orders::kCheck) < bottom) return false;  // [W2]
    // relaxed: ordered by the load before.
    if (watch_.load(std::memory_order_relaxed) == 0) return true;
    Lock();
    // relaxed: `top_` changes under the lock only.
    const bool is_empty = top_.load(std::memory_order_relaxed) >= bottom;
    Unlock();
    return is_empty;
  }

  // Takes up to `max` of the oldest items, but at most half of them, rounded
  // up; returns how many. Returns 0 also if another thief is here.
  std::size_t Steal(T** out, std::size_t max) noexcept {
    return Steal(out, max, [](const T&, const T&) { return true; });
  }
  // The same, but stops before the first item for which `wanted(oldest, item)`
  // is false. Items that are looked at, and not taken, seem to be gone
  // meanwhile.
  template <typename Wanted>
  std::size_t Steal(T** out, std::size_t max, const Wanted& wanted) noexcept {
    if (LooksEmpty() || !TryLock()) return 0;
    // relaxed: `top_` changes under the lock only.
    const std::int64_t top = top_.load(std::memory_order_relaxed);
    // [W1]
    const std::int64_t seen = bottom_.load(Orders::kLook) - top;
    std::int64_t count = 0;
    if (seen > 0) {
      Watch();
      count = std::min(static_cast<std::int64_t>(max), (seen + 1) / 2);
      top_.exchange(top + count, Orders::kAnnounce);  // [W2]
      // [W2], and [W1] for items pushed since.
      const std::int64_t left = bottom_.load(Orders::kCheck) - top;
      if (left < count) {
        count = std::max<std::int64_t>(left, 0);
        // An owner that reads the announced value waits for the lock instead,
        // [W3].
        top_.store(top + count, Orders::kDrawBack);  // [W5]
      }
      std::int64_t taken = 0;
      for (; taken < count; ++taken) {
        T* const item = SlotAt(top + taken);
        out[taken] = item;
        if (!wanted(*out[0], *item)) break;
      }
      if (taken < count) top_.store(top + taken, Orders::kDrawBack);  // [W5]
      count = taken;
    }
    Unlock();
    return static_cast<std::size_t>(count);
  }

  // These are hints, except for a caller that has made sure by other means that
  // it sees the push.
  bool LooksEmpty() const noexcept { return empty(); }
  std::size_t size() const noexcept {
    // relaxed: see above.
    const std::int64_t size = bottom_.load(std::memory_order_relaxed) -
                              top_.load(std::memory_order_relaxed);
    return static_cast<std::size_t>(std::max<std::int64_t>(size, 0));
  }

 private:
  using Slot = typename Sync::template Plain<T*>;

  Slot& SlotAt(std::int64_t index) noexcept {
    return slots_[static_cast<std::size_t>(index) & mask_];
  }

  // Pops the item at `bottom`, one below the owner's end.
  [[gnu::always_inline]] inline T* PopAt(std::int64_t bottom) noexcept {
    bottom_.store(bottom, Orders::kRetreat);  // [W1]
    Sync::LightFence();                       // [W4]
    // relaxed: ordered by the fence.
    if (watch_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      Announce(bottom);
    const std::int64_t top = top_.load(Orders::kCheck);  // [W2]
    if (top <= bottom) [[likely]]
      return SlotAt(bottom);
    return PopContended(bottom);
  }

  bool TryLock() noexcept {
    // relaxed: spares the exchange where another thief is at work.
    return !lock_.load(std::memory_order_relaxed) &&
           !lock_.exchange(true, Orders::kLock);  // [W3]
  }
  void Lock() noexcept {
    while (!TryLock()) Sync::Yield();
  }
  void Unlock() noexcept { lock_.store(false, Orders::kUnlock); }  // [W3]

  // Called by a thief: makes the owner announce what it pops.
  void Watch() noexcept {
    // relaxed: ordered by the lock, and by the fence.
    const bool was_watched = watch_.load(std::memory_order_relaxed) != 0;
    watch_.store(watch_most_, std::memory_order_relaxed);
    if (!was_watched) Sync::HeavyFence();  // [W4]
  }
  // Called by the owner while it is watched.
  [[gnu::noinline]] void Announce(std::int64_t bottom) noexcept {
    bottom_.exchange(bottom, Orders::kAnnounce);  // [W2]
    // relaxed: a value that a thief has written meanwhile may be lost.
    const int left = watch_.load(std::memory_order_relaxed) - 1;
    if (left > 0) {
      watch_.store(left, std::memory_order_relaxed);
    } else if (Sync::LightFenceIsFree() && TryLock()) {
      watch_.store(0, std::memory_order_relaxed);
      Unlock();
    }
  }

  // The owner and a thief have met, or the deque was empty.
  [[gnu::noinline]] T* PopContended(std::int64_t bottom) noexcept {
    Lock();
    // relaxed: `top_` changes under the lock only.
    const bool ours = top_.load(std::memory_order_relaxed) <= bottom;
    T* const item = ours ? static_cast<T*>(SlotAt(bottom)) : nullptr;
    // relaxed: no item is published.
    if (!ours) bottom_.store(bottom + 1, std::memory_order_relaxed);
    Unlock();
    return item;
  }

  // Moves `limit_`, and makes a new array if necessary.
  [[gnu::noinline]] bool MakeRoom() noexcept {
    Lock();
    // relaxed: the owner's own.
    const std::int64_t bottom = bottom_.load(std::memory_order_relaxed);
    // relaxed: `top_` changes under the lock only.
    const std::int64_t top = top_.load(std::memory_order_relaxed);
    std::size_t capacity = mask_ + 1;
    bool grown = true;
    if (bottom - top > static_cast<std::int64_t>(capacity / 2)) {
      grown = Grow(top, bottom, capacity * 2);
      if (grown) capacity *= 2;
    }
    limit_ = top + static_cast<std::int64_t>(capacity);
    Unlock();
    return grown || bottom < limit_;
  }

  bool Grow(std::int64_t top, std::int64_t bottom,
            std::size_t capacity) noexcept try {
    auto slots = std::make_unique_for_overwrite<Slot[]>(capacity);
    for (std::int64_t i = top; i < bottom; ++i) {
      slots[static_cast<std::size_t>(i) & (capacity - 1)] =
          static_cast<T*>(SlotAt(i));
    }
    slots_ = std::move(slots);
    mask_ = capacity - 1;
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }

  // The owner's cache line. `bottom_` is one past the newest item.
  alignas(64) typename Sync::template Atomic<std::int64_t> bottom_{0};
  const int watch_most_;
  // How many more pops the owner announces; 0: none.
  typename Sync::template Atomic<int> watch_;
  std::int64_t limit_;  // the owner's: `bottom_` may not pass it
  // The owner reads it, and thieves under the lock; the owner changes it under
  // the lock.
  std::size_t mask_;
  std::unique_ptr<Slot[]> slots_;
  // The thieves' cache line. `top_` is the oldest item not taken.
  alignas(64) typename Sync::template Atomic<std::int64_t> top_{0};
  typename Sync::template Atomic<bool> lock_{false};
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_WORKERS_WORK_DEQUE_H_
