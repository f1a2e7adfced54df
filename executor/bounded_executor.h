// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/bounded_executor.h
// -----------------------------------------------------------------------------
//
// `BoundedExecutor` runs its tasks on the workers of another executor, but lets
// only so many wait. Beyond that it rejects a task, makes the submitter wait,
// or runs the task on the submitting thread.
//
// Example:
//
//   weft::BoundedExecutor requests(executor, {.capacity = 100});
//   if (!requests.TryPost([request] { Serve(request); })) {
//     request.Reply(503);
//   }
//   const auto deadline = std::chrono::steady_clock::now() + 50ms;
//   requests.PostBefore(deadline, [request] { Refresh(request); });

#ifndef WEFT_EXECUTOR_BOUNDED_EXECUTOR_H_
#define WEFT_EXECUTOR_BOUNDED_EXECUTOR_H_

#include <chrono>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/context/duration.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/future/detached_task.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/internal/future/future_task.h"
#include "weft/executor/internal/lanes/expiring_task.h"
#include "weft/executor/internal/task/callable.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/hooks/providers.h"

namespace weft {

// BoundedExecutor
//
// An executor that has all that `Executor` has. `Post()`, `Submit()` and
// `TaskGroup::Run()` take a place, until the task starts; when there is none
// they do what `when_full` says. Deferred tasks, continuations and forks belong
// to tasks that were accepted already, and are not turned away.
//
// Order: tasks start in the order of their acceptance.
// Events: a task that is turned away is never made: no init. A task that
//   expires after it was accepted gets init and destroy. A task that its
//   submitter runs is not reported as enqueued; if the submitter is no worker
//   of the base, its start event names worker -1.
// Thread-safety: thread-safe, except for destruction.
// Lifetime: that of a `SerialExecutor`. Submitters that wait when it is shut
//   down get a ShutdownError.
// Cost: a task takes two locks more than one of the base.
//
// Differs from peers: in folly a producer inside the pool that blocks on a full
// queue may deadlock it; here another thread goes on in its place.
class BoundedExecutor : public Executor {
 public:
  // Throws std::invalid_argument, naming the option, if one is out of range.
  explicit BoundedExecutor(Executor& base, const BoundedOptions& options = {});

  // BoundedExecutor::TryPost()
  //
  // Posts `fn`, as `Post()` does, and returns true if there is a place now;
  // else returns false. Throws ShutdownError after `Shutdown()`.
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>>
  [[nodiscard]] bool TryPost(
      Fn&& fn, std::source_location where = std::source_location::current()) {
    static_assert(!executor_internal::kIsToBeSpawned<std::decay_t<Fn>>,
                  "fn returns a coroutine, which only Spawn() runs");
    using Task = executor_internal::DetachedTask<std::decay_t<Fn>>;
    return executor_internal::TrySubmit(
        engine(),
        executor_internal::TaskPtr(
            new Task(std::forward<Fn>(fn), Provider::kTask, where)),
        /*may_wait=*/false, nullptr);
  }

  // BoundedExecutor::TrySubmit()
  //
  // Submits `fn` and returns its future, as `Submit()` does, if there is a
  // place now; else returns nothing. Throws what `TryPost()` throws.
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>>
  [[nodiscard]] auto TrySubmit(
      Fn&& fn, std::source_location where = std::source_location::current())
      -> std::optional<Future<std::invoke_result_t<std::decay_t<Fn>>>> {
    using T = std::invoke_result_t<std::decay_t<Fn>>;
    using Task = executor_internal::FutureTask<std::decay_t<Fn>, T>;
    auto* const task = new Task(engine(), std::forward<Fn>(fn), where);
    executor_internal::TaskPtr owned(task);
    auto future = executor_internal::FutureMaker::Make(
        executor_internal::FutureStateRef<T>::Share(task));
    if (!executor_internal::TrySubmit(engine(), std::move(owned),
                                      /*may_wait=*/false, nullptr)) {
      return std::nullopt;
    }
    return future;
  }

  // BoundedExecutor::PostBefore()
  //
  // Posts `fn`, as `Post()` does, but `fn` does not run if it has not started
  // by `deadline`. Returns false if `fn` was turned away: the executor is full
  // and rejects, or there was no place in time. Throws what `TryPost()` throws.
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>>
  bool PostBefore(
      SteadyTime deadline, Fn&& fn,
      std::source_location where = std::source_location::current()) {
    static_assert(!executor_internal::kIsToBeSpawned<std::decay_t<Fn>>,
                  "fn returns a coroutine, which only Spawn() runs");
    using Task = executor_internal::ExpiringTask<std::decay_t<Fn>>;
    const SteadyTime::Clock::time_point time = deadline;
    return executor_internal::TrySubmit(
        engine(),
        executor_internal::TaskPtr(
            new Task(engine(), time, std::forward<Fn>(fn), where)),
        /*may_wait=*/true, &time);
  }

  // Returns the counts, all of one moment. Throws std::logic_error in a child
  // after fork().
  BoundedCounts counts() const;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_BOUNDED_EXECUTOR_H_
