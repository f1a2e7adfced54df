// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/patterns/task_scope.h
// -----------------------------------------------------------------------------
//
// `WithTaskScope()` runs coroutines that all end before it does: a nursery.
//
// Example:
//
//   weft::Task<Page> Render(weft::Executor& executor, Query query) {
//     co_return co_await weft::WithTaskScope(
//         executor, [&](weft::TaskScope& scope) -> weft::Task<Page> {
//           weft::Future<User> user = scope.Spawn([&] { return Load(query); });
//           scope.Launch([&] { return Count(query); });
//           co_return Page(co_await std::move(user));
//         });  // both have ended, also if one failed or all was cancelled
//   }
//
// Counterparts: Kotlin's `coroutineScope`, Trio's nurseries, Tokio's `JoinSet`.
// Node has none.

#ifndef WEFT_EXECUTOR_PATTERNS_TASK_SCOPE_H_
#define WEFT_EXECUTOR_PATTERNS_TASK_SCOPE_H_

#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/coroutine/coroutine_promise.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/patterns/internal/task_result.h"
#include "weft/executor/sync/async_event.h"
#include "weft/executor/sync/value_future.h"

namespace weft {

namespace executor_internal {

template <typename T>
class ScopedCoroutine;

}  // namespace executor_internal

// TaskScope
//
// What coroutines are spawned into. Only `WithTaskScope()` makes one.
//
// Thread-safety: thread-safe; the coroutines of a scope may spawn further ones
//   into it.
class TaskScope {
 public:
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  // TaskScope::Spawn()
  //
  // Calls `fn()` and starts the coroutine that it returns on the scope's
  // executor, in the context of this call, cancelled by the scope too. Returns
  // the future of its result. `fn` lives as long as the coroutine, so it may be
  // a lambda that is a coroutine itself, with captures. Throws as
  // `weft::Spawn()`, and what copying `fn` throws.
  template <typename Fn>
    requires executor_internal::MakesTask<std::decay_t<Fn>>
  Future<executor_internal::TaskResult<std::decay_t<Fn>>> Spawn(Fn&& fn) {
    using T = executor_internal::TaskResult<std::decay_t<Fn>>;
    const CancellationScope scope(source_.token());
    return Start(Call<T>(std::decay_t<Fn>(std::forward<Fn>(fn))));
  }

  // Does the same for a coroutine whose result is not looked at. Its failure is
  // the scope's all the same.
  template <typename Fn>
    requires executor_internal::MakesTask<std::decay_t<Fn>>
  void Launch(Fn&& fn) {
    static_cast<void>(Spawn(std::forward<Fn>(fn)));
  }

  // Cancels what runs in the scope, and what is spawned into it from now on. It
  // is no failure of the scope.
  void Cancel() noexcept { source_.Cancel(); }

  // Returns the executor on which its coroutines run.
  Executor& executor() const noexcept { return executor_; }

 private:
  template <typename T>
  friend class executor_internal::ScopedCoroutine;
  template <typename Body>
    requires executor_internal::MakesTask<Body, TaskScope&>
  friend Task<executor_internal::TaskResult<Body, TaskScope&>> WithTaskScope(
      Executor& executor, Body body);

  explicit TaskScope(Executor& executor)
      : executor_(executor), all_ended_(executor) {}

  template <typename T, typename Fn>
  static Task<T> Call(Fn fn) {
    co_return co_await fn();
  }
  template <typename T>
  Future<T> Start(Task<T> task);

  // One more runs.
  void Begin() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // One has ended; `failure`, if any, is the scope's if it is the first, and
  // does not say that the scope has cancelled it. After the last the scope may
  // be gone.
  void End(const std::exception_ptr& failure) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns the first failure, once all have ended; null if there is none.
  std::exception_ptr failure() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  Executor& executor_;
  CancellationSource source_;
  AsyncEvent all_ended_;
  base::Mutex mutex_;
  std::size_t running_ ABSL_GUARDED_BY(mutex_) = 1;  // the body
  std::exception_ptr failure_ ABSL_GUARDED_BY(mutex_);
};

namespace executor_internal {

template <typename T>
class ScopedCoroutine final : public SpawnedCoroutine<T> {
 public:
  ScopedCoroutine(Engine& engine, OwnedCoroutine<T> coroutine,
                  weft::TaskScope& scope)
      : SpawnedCoroutine<T>(engine, std::move(coroutine)), scope_(scope) {}

 private:
  void Tell(const std::exception_ptr& failure) noexcept override {
    scope_.End(failure);
  }

  weft::TaskScope& scope_;
};

}  // namespace executor_internal

template <typename T>
Future<T> TaskScope::Start(Task<T> task) {
  using State = executor_internal::ScopedCoroutine<T>;
  auto* const state = new State(executor_internal::EngineOf::Get(executor_),
                                std::move(task.coroutine_), *this);
  const auto owned = executor_internal::FutureStateRef<T>::Adopt(state);
  Begin();
  try {
    state->Start();
  } catch (...) {
    End(nullptr);
    throw;
  }
  return executor_internal::FutureMaker::Make<T>(owned);
}

// WithTaskScope()
//
// Returns a coroutine that calls `body(scope)`, awaits the coroutine that it
// returns, and then all that was spawned into the scope, on `executor`. So what
// the body refers to may be used by all of them.
//
// The first that fails, the body or another, cancels the rest; its exception is
// thrown when all have ended. If the flow of the call is cancelled or late, the
// body and the others are so too, as they inherit that; they are awaited
// nevertheless, however long they take to end. A CancelledError of a spawned
// coroutine is a failure only if the scope has not been cancelled before, by
// another failure or by `TaskScope::Cancel()`. One that the body throws is
// thrown on if nothing else has failed.
//
// Cost: that of a coroutine, and for each that is spawned that of two and a
//   lock.
// Errors: what the first to fail threw; std::bad_alloc.
template <typename Body>
  requires executor_internal::MakesTask<Body, TaskScope&>
Task<executor_internal::TaskResult<Body, TaskScope&>> WithTaskScope(
    Executor& executor, Body body) {
  using T = executor_internal::TaskResult<Body, TaskScope&>;
  // All that may fail for want of memory comes before anything is spawned: from
  // then on it must be awaited.
  TaskScope scope(executor);
  ValueFuture<void> all_ended = scope.all_ended_.Wait();
  const CancellationToken token = CancellationToken::Current();
  const Deadline deadline = Deadline::Current();
  const ShieldScope shield;  // nothing cuts the wait short
  std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>>
      result;
  std::exception_ptr failure;
  {
    const DeadlineScope late(deadline);
    const CancellationScope outside(token);
    const CancellationScope inside(scope.source_.token());
    try {
      if constexpr (std::is_void_v<T>) {
        co_await body(scope);
        result.emplace();
      } else {
        result.emplace(co_await body(scope));
      }
    } catch (...) {
      failure = std::current_exception();
    }
  }
  scope.End(failure);
  co_await all_ended;
  if (std::exception_ptr first = scope.failure()) failure = std::move(first);
  if (failure != nullptr) std::rethrow_exception(std::move(failure));
  if constexpr (!std::is_void_v<T>) co_return *std::move(result);
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_PATTERNS_TASK_SCOPE_H_
