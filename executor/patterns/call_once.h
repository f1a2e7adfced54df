// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/patterns/call_once.h
// -----------------------------------------------------------------------------
//
// `CallOnce` has something done once, by the first coroutine that needs it; the
// others wait until it is done.
//
// Example:
//
//   weft::CallOnce connected(executor);
//
//   weft::Task<Rows> Query(std::string sql) {
//     co_await connected.Call([&] { return database.Connect(); });
//     co_return co_await database.Query(sql);
//   }
//
// Counterparts: `std::call_once()`, `tokio::sync::OnceCell`.

#ifndef WEFT_EXECUTOR_PATTERNS_CALL_ONCE_H_
#define WEFT_EXECUTOR_PATTERNS_CALL_ONCE_H_

#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/patterns/internal/task_result.h"
#include "weft/executor/sync/async_event.h"
#include "weft/executor/sync/async_mutex.h"

namespace weft {

// CallOnce
//
// Thread-safety: thread-safe, except for destruction.
// Memory ordering: what the call that succeeded did happens before any `Call()`
//   ends.
// Lifetime: it must outlive the coroutines of its calls.
// Cost: once it is done, a coroutine and a lock.
class CallOnce {
 public:
  // Those that wait go on as tasks of `executor`.
  explicit CallOnce(Executor& executor) : mutex_(executor), done_(executor) {}

  // CallOnce::Call()
  //
  // Returns a coroutine that ends when one call has succeeded. If none has, it
  // calls `fn()` and awaits the coroutine that it returns, one caller at a
  // time, in that one's flow. If it throws, or is cancelled or late with its
  // caller, that caller is told, and the next one tries.
  template <typename Fn>
    requires executor_internal::MakesTask<Fn>
  Task<> Call(Fn fn) {
    if (is_done()) co_return;
    const AsyncMutex::Guard lock = co_await mutex_.Lock();
    if (is_done()) co_return;
    co_await fn();
    done_.Set();
  }

  // True once a call has succeeded.
  bool is_done() const noexcept { return done_.is_set(); }

 private:
  AsyncMutex mutex_;
  AsyncEvent done_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_PATTERNS_CALL_ONCE_H_
