// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/tap.h"

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/hooks/internal/wanted_events.h"

namespace weft {
namespace observe_internal {
namespace {

using base::MutexLock;
using observe::Level;

// What the stamps of one thread share.
struct ThreadStamps {
  // The stamp that the next resource begins with; 0: there is none.
  Ticks boundary;
  // How many resources run on the thread, one inside the other.
  unsigned depth;
  unsigned epoch;  // of the level
  // A bit for each depth at which tasks run one after the other, and nothing
  // between them.
  std::uint64_t turns;

  static constexpr unsigned kMostTurns = 64;
  bool InTurn() const noexcept {
    return depth < kMostTurns && (turns >> depth & 1) != 0;
  }
};

constinit thread_local ThreadStamps stamps{};

// The signals by which the shared stamps are kept right. They are rare.
constexpr EventBits kKeepsStamps =
    SignalBit(Signal::kSearch) | SignalBit(Signal::kPark) |
    SignalBit(Signal::kUnpark) | SignalBit(Signal::kWorkerStart) |
    SignalBit(Signal::kWorkerStop) | SignalBit(Signal::kWait) |
    SignalBit(Signal::kWaitEnd) | SignalBit(Signal::kTurns) |
    SignalBit(Signal::kTurnsEnd);
// Whoever wants these wants stamps that are shared.
constexpr EventBits kShareStamps =
    SignalBit(Signal::kBefore) | SignalBit(Signal::kAfter) |
    SignalBit(Signal::kForkBefore) | SignalBit(Signal::kForkAfter);

// Edges:
//   [J2] The stores of a listener, and of `seats_of_` <-> ForEach()'s loads of
//        them: who is told is complete. Breaks if weakened: a listener is told
//        before it is made. Test: TapStressTest.LevelsChangeWhileTasksRun.
class Tap final : public hooks_internal::Sink {
 public:
  base::Mutex& mutex() noexcept ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  void Listen(Seat seat, Listener& listener) noexcept {
    const MutexLock lock(mutex_);
    // [J2]
    listeners_[static_cast<std::size_t>(seat)].store(&listener,
                                                     std::memory_order_release);
    Apply();
  }

  void SetLevel(Level level) noexcept {
    const MutexLock lock(mutex_);
    // relaxed: written under the lock only; others read a number.
    level_.store(level, std::memory_order_relaxed);
    Apply();
  }
  Level level() const noexcept {
    // relaxed: a number.
    return level_.load(std::memory_order_relaxed);
  }

  void Tell(const Told& told) noexcept override {
    ThreadStamps& here = Stamps();
    if ((kKeepsStamps & SignalBit(told.signal)) != 0) Keep(here, told.signal);
    // What comes between start and before is the executor's.
    const bool starts = told.signal == Signal::kStart;
    Stamp stamp(starts ? here.boundary : 0);
    ForEach(told.signal,
            [&](Listener& listener) { listener.Hear(told, stamp); });
    if (starts) here.boundary = stamp.known();
  }
  void TellBegin(const Told& told) noexcept override {
    ThreadStamps& here = Stamps();
    ++here.depth;
    Stamp stamp(std::exchange(here.boundary, 0));
    ForEach(told.signal,
            [&](Listener& listener) { listener.HearBegin(told, stamp); });
  }
  void TellEnd(const Told& told) noexcept override {
    ThreadStamps& here = Stamps();
    if (here.depth > 0) --here.depth;
    Stamp stamp(0);
    ForEach(told.signal,
            [&](Listener& listener) { listener.HearEnd(told, stamp); });
    if (here.InTurn()) here.boundary = stamp.known();
  }

 private:
  // A set of seats: one bit for each.
  using Seats = unsigned;

  // Calls `tell(listener)` for each that wants `signal`.
  template <typename TellOne>
  [[gnu::always_inline]] inline void ForEach(Signal signal,
                                             const TellOne& tell) noexcept {
    // [J2]
    Seats seats = seats_of_[static_cast<std::size_t>(signal)].load(
        std::memory_order_acquire);
    for (; seats != 0; seats &= seats - 1) {
      const int seat = std::countr_zero(seats);
      // [J2]
      tell(*listeners_[static_cast<std::size_t>(seat)].load(
          std::memory_order_acquire));
    }
  }

  // Returns the calling thread's.
  ThreadStamps& Stamps() noexcept {
    ThreadStamps& here = stamps;
    // relaxed: a thread that sees the change late mixes no stamps: what it has
    // is true.
    const unsigned epoch = epoch_.load(std::memory_order_relaxed);
    if (here.epoch != epoch) [[unlikely]]
      here = {.boundary = 0, .depth = 0, .epoch = epoch, .turns = 0};
    return here;
  }

  // Updates the stamps for a signal of kKeepsStamps, which is rare.
  static void Keep(ThreadStamps& here, Signal signal) noexcept {
    const std::uint64_t turn = here.depth < ThreadStamps::kMostTurns
                                   ? std::uint64_t{1} << here.depth
                                   : 0;
    switch (signal) {
      case Signal::kTurns:
        here.turns |= turn;
        break;
      case Signal::kTurnsEnd:
        here.turns &= ~turn;
        break;
      case Signal::kWorkerStart:
      case Signal::kSearch:
        here.turns = 0;
        here.depth = 0;
        break;
      default:
        break;
    }
    here.boundary = 0;
  }

  // Makes the seats want what they want at the level.
  void Apply() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::array<Seats, hooks_internal::kSignalCount> seats_of{};
    EventBits all = 0;
    for (std::size_t seat = 0; seat < kSeats; ++seat) {
      // relaxed: written under the lock only.
      Listener* const listener =
          listeners_[seat].load(std::memory_order_relaxed);
      const EventBits bits =
          listener != nullptr ? listener->SetLevel(level()) : 0;
      all |= bits;
      for (std::size_t signal = 0; signal < seats_of.size(); ++signal) {
        if ((bits & SignalBit(static_cast<Signal>(signal))) != 0) {
          seats_of[signal] |= Seats{1} << seat;
        }
      }
    }
    for (std::size_t signal = 0; signal < seats_of.size(); ++signal) {
      // [J2]
      seats_of_[signal].store(seats_of[signal], std::memory_order_release);
    }
    // relaxed: see Stamps().
    epoch_.fetch_add(1, std::memory_order_relaxed);
    if (all != 0) hooks_internal::SetSink(*this);
    hooks_internal::SetWantedSignals(
        (all & kShareStamps) != 0 ? all | kKeepsStamps : all);
  }

  base::Mutex mutex_;
  std::atomic<Level> level_{Level::kOff};
  std::atomic<unsigned> epoch_{1};
  std::array<std::atomic<Listener*>, kSeats> listeners_{};
  // Who sits where a signal is wanted.
  std::array<std::atomic<Seats>, hooks_internal::kSignalCount> seats_of_{};
};

// Never destroyed: threads may be told of after static destruction.
union ImmortalTap {
  constexpr ImmortalTap() : tap() {}
  ~ImmortalTap() {}
  Tap tap;
};
constinit ImmortalTap the_tap;

[[maybe_unused]] const base::AtFork& tap_known_at_fork =
    *new base::AtFork(the_tap.tap.mutex());

}  // namespace

void Listen(Seat seat, Listener& listener) noexcept {
  the_tap.tap.Listen(seat, listener);
}

}  // namespace observe_internal

namespace observe {

void SetLevel(Level level) noexcept {
  observe_internal::the_tap.tap.SetLevel(level);
}

Level CurrentLevel() noexcept { return observe_internal::the_tap.tap.level(); }

}  // namespace observe
}  // namespace weft
