// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/patterns/with_timeout.h
// -----------------------------------------------------------------------------
//
// `WithTimeout()` gives a coroutine, or a wait for a future, so much time.
//
// Example:
//
//   const Rows rows = co_await weft::WithTimeout(
//       200ms, [&] { return database.Query(sql); });
//
// Counterparts: `tokio::time::timeout()`, `folly::coro::timeout()`. Node has
// `AbortSignal.timeout()`, passed by hand.

#ifndef WEFT_EXECUTOR_PATTERNS_WITH_TIMEOUT_H_
#define WEFT_EXECUTOR_PATTERNS_WITH_TIMEOUT_H_

#include <type_traits>
#include <utility>

#include "weft/context/deadline.h"
#include "weft/context/duration.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/future.h"
#include "weft/executor/patterns/internal/task_result.h"

namespace weft {

// WithTimeout()
//
// Returns a coroutine that calls `fn()` and awaits the coroutine that it
// returns, in a flow whose deadline is `time` from the first run of the
// returned one, or the caller's, if that is earlier. When it passes, what runs
// in the flow ends as at any deadline (context/deadline.h): its waits throw
// DeadlineExceededError, and that comes out here unless the coroutine catches
// it. So nothing goes on behind the caller's back. Code that computes and
// awaits nothing is not cut short.
//
// `fn` lives as long as the coroutine, so it may be a lambda that is a
// coroutine itself, with captures.
//
// Thread-safety: that of the returned coroutine, which has one owner.
// Cost: a coroutine and a context with the deadline; a timer for each wait in
//   it.
// Errors: DeadlineExceededError, as above; CancelledError if the caller's flow
//   is cancelled; what the coroutine throws.
template <typename Fn>
  requires executor_internal::MakesTask<Fn>
Task<executor_internal::TaskResult<Fn>> WithTimeout(Duration time, Fn fn) {
  const DeadlineScope scope(Deadline::In(time));
  co_return co_await fn();
}

// Returns a coroutine that waits for `future`, but no longer than `time`, and
// then throws DeadlineExceededError. The future is given up then, as by
// `WhenAny()` (when_any.h): its task goes on.
//
// Cost: a coroutine, a context with the deadline, and a timer.
// Errors: as above; what the future holds.
template <typename T>
Task<T> WithTimeout(Duration time, Future<T> future) {
  const DeadlineScope scope(Deadline::In(time));
  co_return co_await std::move(future);
}

// Does not compile: a coroutine that has been made already has the deadline of
// its call. Pass a function that calls it.
template <typename T>
Task<T> WithTimeout(Duration, Task<T>) {
  static_assert(!std::is_same_v<T, T>,
                "WithTimeout() takes a function that returns the coroutine, as "
                "[&] { return Load(query); }: the deadline must be there when "
                "it is called");
  co_return;
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_PATTERNS_WITH_TIMEOUT_H_
