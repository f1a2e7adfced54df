// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the sink (sink.h) is told of.

#ifndef WEFT_HOOKS_INTERNAL_SIGNAL_H_
#define WEFT_HOOKS_INTERNAL_SIGNAL_H_

#include <cstddef>
#include <cstdint>

#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_event.h"

namespace weft::hooks_internal {

enum class Signal : unsigned char {
  // These are the events of hooks, in the same order. Of a part of a fork
  // they tell steal, and, if another thread has taken it, what comes after.
  kInit = 0,
  kBefore,
  kAfter,
  kDestroy,
  kSettle,  // promise_resolve
  kEnqueue,
  kStart,
  kWorkerStart,
  kWorkerStop,
  kPark,
  kUnpark,
  kSteal,
  // A part of a fork is made, and queued unless it runs as a call. It begins
  // and ends as a call. Forks are many and short, so these are apart.
  kForkInit,
  kForkBefore,
  kForkAfter,
  // A task is queued whose id IsSample(): as kEnqueue, for whoever asks for no
  // more than these.
  kEnqueueSample,
  // A worker finds nothing to run, and searches; park follows, or start.
  kSearch,
  // A thread begins to run tasks one after the other, with nothing of a user's
  // between them; and it has stopped doing so.
  kTurns,
  kTurnsEnd,
  // The function of a task has thrown.
  kThrow,
  // A queued task ends unrun.
  kDrop,
  // A thread goes to sleep inside the running resource, and has woken up.
  kWait,
  kWaitEnd,
  // A coroutine that has been suspended awaits a future.
  kAwait,
  // A message goes to another process, and one of another has come.
  kSend,
  kReceive,
};
inline constexpr std::size_t kSignalCount =
    static_cast<std::size_t>(Signal::kReceive) + 1;

// A sink that wants kEnqueueSample hears of one queued task in kSampleOneIn.
inline constexpr AsyncId kSampleOneIn = 8;
constexpr bool IsSample(AsyncId id) noexcept { return id % kSampleOneIn == 0; }

// Why a task ends unrun.
enum class DropReason : unsigned char {
  kCancelled = 0,
  kExpired = 1,  // its deadline has passed
  kRefused = 2,  // its executor has been stopped, or there is no memory
  kBroken = 3,   // it is no task, but a promise that goes away unsettled
};

constexpr Signal SignalOf(HookEvent event) noexcept {
  return static_cast<Signal>(event);
}
static_assert(SignalOf(HookEvent::kPromiseResolve) == Signal::kSettle);
static_assert(SignalOf(HookEvent::kSteal) == Signal::kSteal);

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_SIGNAL_H_
