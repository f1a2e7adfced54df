// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/sleep.h
// -----------------------------------------------------------------------------
//
// `co_await Sleep(executor, duration)` makes a coroutine go on later, and
// blocks no thread meanwhile.
//
// Example:
//
//   weft::Task<Reply> Ask(weft::Executor& executor, Query query) {
//     for (auto pause = 10ms;; pause *= 2) {
//       if (std::optional<Reply> reply = TryAsk(query)) co_return *reply;
//       co_await weft::Sleep(executor, pause);
//     }
//   }
//
// Node counterpart: `setTimeout()` of `node:timers/promises`.

#ifndef WEFT_EXECUTOR_SLEEP_H_
#define WEFT_EXECUTOR_SLEEP_H_

#include <source_location>

#include "weft/context/duration.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/internal/coroutine/sleep_timer.h"
#include "weft/executor/timer.h"

namespace weft {

// Sleep
//
// Returns an awaitable: a coroutine that awaits it goes on as a task of
// `executor` when `duration` has passed on that executor's clock. If `duration`
// is not positive it goes on at once, but by way of the queue. The coroutine
// keeps its context and its id. To hooks the pause is a resource of type
// "TIMEOUT", as a timer is, with the coroutine as its trigger.
//
// Cancelling the coroutine, or its deadline, cuts the pause short: `co_await`
// throws CancelledError or DeadlineExceededError, as a task of `executor`.
// Shutting the executor down does so too: `co_await` throws ShutdownError, on
// the thread that shuts it down.
// Cost: that of `Executor::PostAfter()`.
inline executor_internal::SleepOperation Sleep(
    Executor& executor, Duration duration,
    std::source_location where = std::source_location::current()) noexcept {
  return {executor_internal::EngineOf::Get(executor), duration, where};
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_SLEEP_H_
