// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Where what the runtime tells (hooks/internal/sink.h) comes into this room,
// and from where it goes to the listeners. Each says which signals it wants at
// which level; while nobody wants any, nothing is called.

#ifndef WEFT_OBSERVE_INTERNAL_TAP_H_
#define WEFT_OBSERVE_INTERNAL_TAP_H_

#include <cstddef>
#include <cstdint>

#include "weft/hooks/internal/causes.h"
#include "weft/hooks/internal/signal.h"
#include "weft/hooks/internal/sink.h"
#include "weft/observe/internal/clock.h"
#include "weft/observe/level.h"

namespace weft::observe_internal {

using hooks_internal::DropReason;
using hooks_internal::EventBits;
using hooks_internal::KeepCauses;
using hooks_internal::Signal;
using hooks_internal::SignalBit;
using hooks_internal::Told;

// The moment of a signal. It is asked of the clock when the first listener
// wants it, and then is the same for all. Where a thread ends one task and
// begins the next both have one stamp: a record of a task costs one reading of
// the clock, not two.
class Stamp {
 public:
  // It is `known` already, unless that is 0.
  explicit Stamp(Ticks known) noexcept : ticks_(known) {}
  Stamp(const Stamp&) = delete;
  Stamp& operator=(const Stamp&) = delete;

  Ticks Get() noexcept {
    if (ticks_ == 0) ticks_ = Now();
    return ticks_;
  }
  // 0 if nobody has asked.
  Ticks known() const noexcept { return ticks_; }

 private:
  Ticks ticks_;
};

// It lives for ever. It is told as a sink is.
class Listener {
 public:
  // Is told the level of the process, when that is set and when it begins to
  // listen; one call at a time. Returns the signals that it wants now, as
  // SignalBit() of each.
  virtual EventBits SetLevel(observe::Level level) noexcept = 0;
  // It is told of these, but of others too while the level changes.
  virtual void Hear(const Told& told, Stamp& stamp) noexcept = 0;
  // Is told instead of what begins and of what ends: kBefore and kAfter, and
  // those of a fork.
  virtual void HearBegin(const Told& told, Stamp& stamp) noexcept {
    Hear(told, stamp);
  }
  virtual void HearEnd(const Told& told, Stamp& stamp) noexcept {
    Hear(told, stamp);
  }

 protected:
  ~Listener() = default;
};

// The listeners, in the order in which they are told.
enum class Seat : unsigned char {
  kBoard = 0,
  kRecorder = 1,
  kCauses = 2,
  kWatch = 3,
  kHolders = 4,
  kProfiler = 5
};
inline constexpr std::size_t kSeats = 6;

// Makes `listener` the one that is told in `seat`, now and later.
void Listen(Seat seat, Listener& listener) noexcept;

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_TAP_H_
