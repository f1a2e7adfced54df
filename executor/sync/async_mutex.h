// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/sync/async_mutex.h
// -----------------------------------------------------------------------------
//
// `AsyncMutex` is a lock that may be held across `co_await`. Coroutines that
// wait for it block no thread.
//
// Example:
//
//   weft::AsyncMutex mutex(executor);
//
//   weft::Task<> Append(Record record) {
//     const auto lock = co_await mutex.Lock();
//     co_await file.Write(record);       // one at a time
//   }
//
// Counterparts: `tokio::sync::Mutex`, `folly::coro::Mutex`. Node has none.

#ifndef WEFT_EXECUTOR_SYNC_ASYNC_MUTEX_H_
#define WEFT_EXECUTOR_SYNC_ASYNC_MUTEX_H_

#include <optional>
#include <source_location>
#include <utility>

#include "weft/executor/executor.h"
#include "weft/executor/sync/async_semaphore.h"
#include "weft/executor/sync/value_future.h"

namespace weft {

// AsyncMutex
//
// A semaphore of one permit (async_semaphore.h), and in all else as that:
// waiters get the lock in the order of their calls, in their own contexts, on
// the mutex's executor; the lock is an object that gives itself back.
//
// It is for what must be done with nothing between, and takes long: input and
// output, requests. For a few lines that await nothing a std::mutex is cheaper.
//
// Differs from std::mutex: any thread may unlock. It does not recurse: a flow
//   that locks twice waits for ever, unless it has a deadline.
class AsyncMutex {
 public:
  // Holds the lock, and gives it back when it is destroyed or `{}` is assigned
  // to it. One made by default holds nothing.
  using Guard = AsyncSemaphore::Permits;

  // Makes a mutex whose waiters go on as tasks of `executor`.
  explicit AsyncMutex(Executor& executor) : permit_(executor, 1) {}

  // Returns the lock when it is the caller's turn.
  ValueFuture<Guard> Lock(
      std::source_location where = std::source_location::current()) {
    return permit_.Acquire(1, where);
  }

  // Returns the lock, or nothing if another holds it or waits for it.
  std::optional<Guard> TryLock() {
    Guard guard = permit_.TryAcquire(1);
    if (guard.count() == 0) return std::nullopt;
    return guard;
  }

 private:
  AsyncSemaphore permit_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SYNC_ASYNC_MUTEX_H_
