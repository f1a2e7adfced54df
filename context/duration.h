// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/duration.h
// -----------------------------------------------------------------------------
//
// How long, and until when, as Weft's functions take it: any std::chrono
// duration, and any time on the steady clock.
//
// Their own conversion to nanoseconds overflows beyond 292 years: of
// `std::chrono::hours::max()` it makes a negative one. Here what is out of
// range saturates, and so do sums.
//
// Example:
//
//   future.WaitFor(2s);
//   future.WaitFor(std::chrono::hours::max());           // for ever
//   executor.PostAfter(std::chrono::duration<double>(0.5), [] {});

#ifndef WEFT_CONTEXT_DURATION_H_
#define WEFT_CONTEXT_DURATION_H_

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <type_traits>
#include <utility>

#include "weft/base/language.h"

namespace weft {

namespace context_internal {

constexpr std::int64_t ClampedInt(long double value) noexcept {
  using Int = std::numeric_limits<std::int64_t>;
  if (value >= static_cast<long double>(Int::max())) return Int::max();
  if (value <= static_cast<long double>(Int::min())) return Int::min();
  // A value that is not a number (NaN) counts as 0.
  return value == value ? static_cast<std::int64_t>(value) : 0;
}

// Returns `count` times `Ratio`, as near as an int64_t comes.
template <typename Ratio, typename Rep>
constexpr std::int64_t Scaled(Rep count) noexcept {
  using Int = std::numeric_limits<std::int64_t>;
  if constexpr (!std::is_integral_v<Rep> ||
                (Ratio::num != 1 && Ratio::den != 1)) {
    return ClampedInt(static_cast<long double>(count) * Ratio::num /
                      Ratio::den);
  } else {
    const Rep whole = static_cast<Rep>(count / static_cast<Rep>(Ratio::den));
    if (std::cmp_greater(whole, Int::max() / Ratio::num)) {
      return Int::max();
    }
    if (std::cmp_less(whole, Int::min() / Ratio::num)) return Int::min();
    return static_cast<std::int64_t>(whole) * Ratio::num;
  }
}

}  // namespace context_internal

// Duration
//
// A length of time, in nanoseconds. A fraction of a nanosecond is cut off; a
// floating-point NaN counts as 0.
//
// Thread-safety: immutable.
class Duration {
 public:
  // Converts implicitly, so that a function that takes a Duration takes any
  // std::chrono duration.
  template <typename Rep, typename Period>
  constexpr Duration(  // NOLINT(google-explicit-constructor)
      std::chrono::duration<Rep, Period> time) noexcept
      : nanoseconds_(
            context_internal::Scaled<std::ratio_divide<Period, std::nano>>(
                time.count())) {}

  // Returns the same length in nanoseconds. It converts implicitly.
  constexpr operator std::chrono::nanoseconds()  // NOLINT
      const noexcept {
    return nanoseconds_;
  }

 private:
  std::chrono::nanoseconds nanoseconds_;
};

// SteadyTime
//
// A time of the steady clock. The first and the last time that it can hold
// stand for all before and after.
//
// Thread-safety: immutable.
class SteadyTime {
 public:
  // The clock whose times these are.
  using Clock = std::chrono::steady_clock;

  // Makes the time at which the clock begins.
  constexpr SteadyTime() noexcept = default;
  constexpr SteadyTime(Clock::time_point time) noexcept  // NOLINT
      : time_(time) {}
  template <typename AnyDuration>
  constexpr SteadyTime(  // NOLINT(google-explicit-constructor)
      std::chrono::time_point<Clock, AnyDuration> time) noexcept
      : time_(std::chrono::nanoseconds(Duration(time.time_since_epoch()))) {}

  // Returns the same time in the clock's own type. It converts implicitly.
  constexpr operator Clock::time_point() const noexcept {  // NOLINT
    return time_;
  }

 private:
  Clock::time_point time_;
};

namespace context_internal {

// Returns `time` plus `by`, clamped to what the clock can tell.
constexpr SteadyTime::Clock::time_point Later(
    SteadyTime::Clock::time_point time, std::chrono::nanoseconds by) noexcept {
  using TimePoint = SteadyTime::Clock::time_point;
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(time.time_since_epoch().count(), by.count(),
                              &sum)) {
    return TimePoint(std::chrono::nanoseconds(sum));
  }
  return by.count() > 0 ? TimePoint::max() : TimePoint::min();
}

// Returns the time from `begin` to `end`, clamped to what can be told.
constexpr std::chrono::nanoseconds Between(
    SteadyTime::Clock::time_point begin,
    SteadyTime::Clock::time_point end) noexcept {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(end.time_since_epoch().count(),
                              begin.time_since_epoch().count(), &difference)) {
    return std::chrono::nanoseconds(difference);
  }
  return end > begin ? std::chrono::nanoseconds::max()
                     : std::chrono::nanoseconds::min();
}

}  // namespace context_internal

}  // namespace weft

#endif  // WEFT_CONTEXT_DURATION_H_
