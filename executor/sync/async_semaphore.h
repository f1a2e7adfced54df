// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/sync/async_semaphore.h
// -----------------------------------------------------------------------------
//
// `AsyncSemaphore` limits how many coroutines do something at once. Those that
// wait for a permit block no thread.
//
// Example:
//
//   weft::AsyncSemaphore connections(executor, 10);
//
//   weft::Task<Rows> Query(std::string sql) {
//     const auto permit = co_await connections.Acquire();
//     co_return co_await pool.Any().Query(sql);
//   }
//
// Counterparts: `tokio::sync::Semaphore`, `folly::coro` semaphores. Node has
// none.

#ifndef WEFT_EXECUTOR_SYNC_ASYNC_SEMAPHORE_H_
#define WEFT_EXECUTOR_SYNC_ASYNC_SEMAPHORE_H_

#include <cstddef>
#include <source_location>

#include "weft/base/ref.h"
#include "weft/executor/executor.h"
#include "weft/executor/sync/internal/semaphore_core.h"
#include "weft/executor/sync/value_future.h"

namespace weft {

// AsyncSemaphore
//
// A number of permits. `Acquire()` takes some, in the order of the calls: a
// call for many that are not there yet is not overtaken by one for few. Permits
// are objects: they go back when they die, wherever that is, so also if the
// coroutine that got them was cancelled at that moment, or threw, or its
// executor has been shut down.
//
// A coroutine that waits goes on as a task of the semaphore's executor, in its
// own context; if it is cancelled or late it goes on at once, and leaves the
// queue. To hooks a wait is a resource of type "PROMISE" that is made where
// `Acquire()` is called, and resolved where a permit is given back. An
// `Acquire()` that need not wait is no resource.
//
// Thread-safety: thread-safe, except for destruction. A permit may be given
//   back on another thread than it was acquired on.
// Memory ordering: what was done before a permit was given back happens before
//   what is done by the one that gets it next.
// Lifetime: permits may outlive the semaphore. Those that still wait when it is
//   destroyed get a BrokenPromiseError.
// Cost: without waiting, one short lock of a mutex, under which no code of the
//   program runs; else that of a `Promise`.
// Differs from std::counting_semaphore: permits are objects, there are never
//   more than at the start, and waiters come first, first out.
class AsyncSemaphore {
 public:
  // Holds permits, and gives them back when it is destroyed or `{}` is assigned
  // to it. One made by default holds none.
  using Permits = executor_internal::SemaphoreCore::Permits;

  // Makes a semaphore of `permits`, whose waiters go on as tasks of `executor`.
  // Throws std::invalid_argument if that is 0.
  AsyncSemaphore(Executor& executor, std::size_t permits);
  AsyncSemaphore(const AsyncSemaphore&) = delete;
  AsyncSemaphore& operator=(const AsyncSemaphore&) = delete;
  ~AsyncSemaphore();

  // Returns `count` permits when there are so many. Throws
  // std::invalid_argument if that is 0, or more than the semaphore has:
  // the wait would never end.
  ValueFuture<Permits> Acquire(
      std::size_t count = 1,
      std::source_location where = std::source_location::current());

  // Returns `count` permits, or a `Permits` of none if there are not so many
  // now, or others wait. Throws as `Acquire()`.
  Permits TryAcquire(std::size_t count = 1);

  // Returns how many there are, and how many of them are free now.
  std::size_t permits() const noexcept { return core_.get()->permits(); }
  std::size_t available() const noexcept { return core_.get()->available(); }

 private:
  const base::Ref<executor_internal::SemaphoreCore> core_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SYNC_ASYNC_SEMAPHORE_H_
