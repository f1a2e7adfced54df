// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/sleep.h
// -----------------------------------------------------------------------------
//
// `co_await Sleep(executor, duration)` has a coroutine go on later, and blocks
// no thread meanwhile.
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
// In a coroutine, goes on as a task of `executor` when `duration` has passed on
// that one's clock: at once, but by way of its queue, if it is not positive.
// The coroutine keeps its context and its id. To hooks the pause is a resource
// of type "TIMEOUT", as a timer is, with the coroutine as its trigger.
//
// Cancelling the coroutine, or its deadline, cuts the pause short: `co_await`
// throws CancelledError or DeadlineExceededError, as a task of `executor`. So
// does shutting that down, with ShutdownError, on the thread that does so.
// Cost: as of `Executor::PostAfter()`.
inline executor_internal::SleepOperation Sleep(
    Executor& executor, Duration duration,
    std::source_location where = std::source_location::current()) noexcept {
  return {executor_internal::EngineOf::Get(executor), duration, where};
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_SLEEP_H_
