// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/sync/async_event.h
// -----------------------------------------------------------------------------
//
// `AsyncEvent` is a flag that any number of coroutines can wait for. They block
// no thread.
//
// Example:
//
//   weft::AsyncEvent loaded(executor);
//
//   co_await loaded.Wait();   // in any number of coroutines
//   loaded.Set();             // in one place, on any thread
//
// Counterparts: `folly::coro::Baton`, `tokio::sync::Notify` with
// `notify_waiters()`. Node has none; a promise comes near.

#ifndef WEFT_EXECUTOR_SYNC_ASYNC_EVENT_H_
#define WEFT_EXECUTOR_SYNC_ASYNC_EVENT_H_

#include <source_location>

#include "weft/base/ref.h"
#include "weft/executor/executor.h"
#include "weft/executor/sync/value_future.h"

namespace weft {

namespace executor_internal {
class EventCore;
}  // namespace executor_internal

// AsyncEvent
//
// A flag that is set or not; at first it is not. While it is set a wait ends at
// once.
//
// A coroutine that waits goes on as a task of the event's executor, in its own
// context; if it is cancelled or late it goes on at once, and leaves the queue.
// To hooks a wait is a resource of type "PROMISE" that is resolved by `Set()`;
// a wait that ends at once is no resource.
//
// Thread-safety: thread-safe, except for destruction.
// Memory ordering: what was done before `Set()` happens before what is done
//   after a wait that it ends.
// Lifetime: those that still wait when it is destroyed get a
//   BrokenPromiseError.
// Cost: a lock of a mutex; a wait that does not end at once, that of a
//   `Promise`.
class AsyncEvent {
 public:
  // Makes an event that is not set, whose waiters go on as tasks of `executor`.
  explicit AsyncEvent(Executor& executor);
  AsyncEvent(const AsyncEvent&) = delete;
  AsyncEvent& operator=(const AsyncEvent&) = delete;
  ~AsyncEvent();

  // Sets the event, and ends the waits that have begun, in their order, also if
  // it is reset at once. Returns false if it was set.
  bool Set() noexcept;
  // Makes waits that begin from now on wait for the next `Set()`. Returns false
  // if it was not set.
  bool Reset() noexcept;
  bool is_set() const noexcept;

  // Waits until the event is set. Throws std::bad_alloc.
  ValueFuture<void> Wait(
      std::source_location where = std::source_location::current());

 private:
  const base::Ref<executor_internal::EventCore> core_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SYNC_ASYNC_EVENT_H_
