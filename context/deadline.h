// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/deadline.h
// -----------------------------------------------------------------------------
//
// `Deadline` is the time until which a flow of work is worth doing. A
// `DeadlineScope` sets it; all work that is submitted in it inherits it, on
// whatever thread; a task whose deadline passes while it is queued does not run
// (executor/errors.h, DeadlineExceededError).
//
// Example:
//
//   const weft::DeadlineScope scope(weft::Deadline::In(200ms));
//   weft::Future<Rows> rows = executor.Submit([&] {
//     return database.Query(sql, weft::Deadline::Current().remaining());
//   });
//
// Node counterpart: none; `AbortSignal.timeout()` comes near, passed by hand.

#ifndef WEFT_CONTEXT_DEADLINE_H_
#define WEFT_CONTEXT_DEADLINE_H_

#include <algorithm>
#include <chrono>
#include <optional>

#include "weft/base/steady_now.h"
#include "weft/context/duration.h"
#include "weft/context/internal/bound_store.h"
#include "weft/context/internal/limits.h"

namespace weft {

// Deadline
//
// A value that is a time on the steady clock, or never.
//
// Thread-safety: immutable.
// Cost: `Current()` reads two pointers; the rest reads the clock, if the
//   deadline is not never.
class Deadline {
 public:
  // The clock that deadlines go by.
  using Clock = std::chrono::steady_clock;

  // Makes the deadline that never passes.
  constexpr Deadline() = default;
  static constexpr Deadline Never() noexcept { return Deadline(); }
  // Returns the deadline at that time.
  static constexpr Deadline At(SteadyTime time) noexcept {
    return Deadline(time);
  }
  // Returns the deadline `time` from now, which has passed already if `time` is
  // not more than 0. Returns never if that is beyond the clock's range.
  static Deadline In(Duration time) noexcept {
    return Deadline(context_internal::Later(base::SteadyNow(), time));
  }

  // Returns the calling flow's deadline; never if none is set.
  static Deadline Current() noexcept {
    const auto* const time = context_internal::CurrentLimits().deadline;
    return time == nullptr ? Deadline() : Deadline(*time);
  }

  // Returns the time; Clock::time_point::max() if it is never.
  constexpr Clock::time_point time() const noexcept { return time_; }
  constexpr bool is_never() const noexcept {
    return time_ == Clock::time_point::max();
  }

  // Returns the time that is left: 0 if the deadline has passed,
  // Clock::duration::max() if it is never.
  Clock::duration remaining() const noexcept {
    return is_never() ? Clock::duration::max() : remaining(base::SteadyNow());
  }
  // Returns the time that is left at `now`, a time of another clock, as that of
  // a `ManualExecutor`.
  constexpr Clock::duration remaining(Clock::time_point now) const noexcept {
    if (is_never()) return Clock::duration::max();
    return time_ > now ? context_internal::Between(now, time_)
                       : Clock::duration(0);
  }
  bool has_passed() const noexcept { return remaining() == Clock::duration(0); }

  friend constexpr bool operator==(Deadline, Deadline) = default;
  friend constexpr auto operator<=>(Deadline, Deadline) = default;

 private:
  explicit constexpr Deadline(Clock::time_point time) noexcept : time_(time) {}

  Clock::time_point time_ = Clock::time_point::max();
};

// DeadlineScope
//
// A scope in which the calling flow's deadline is `deadline`, or the one that
// the flow has already, if that is earlier: a caller decides how long its
// callee may take, and the callee can only ask for less. `ShieldScope` is for
// work that must be done nevertheless.
//
// Thread-safety, cost and errors: those of `StorageScope` (storage_scope.h). It
//   allocates nothing.
class [[nodiscard]] DeadlineScope {
 public:
  // Throws std::bad_alloc, with nothing changed.
  explicit DeadlineScope(Deadline deadline)
      : store_(context_internal::UseLimits().deadline,
               std::optional(std::min(deadline, Deadline::Current()).time())),
        scope_(store_) {}
  DeadlineScope(const DeadlineScope&) = delete;
  DeadlineScope& operator=(const DeadlineScope&) = delete;

 private:
  context_internal::BoundStore store_;
  const context_internal::BoundStoreScope scope_;
};

}  // namespace weft

#endif  // WEFT_CONTEXT_DEADLINE_H_
