// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Forking and joining, wherever the call is made: on a worker, inside a task of
// an executor without workers, or outside.

#ifndef WEFT_EXECUTOR_INTERNAL_JOIN_FORK_JOIN_H_
#define WEFT_EXECUTOR_INTERNAL_JOIN_FORK_JOIN_H_

#include <exception>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/join/forked_job.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/executor/internal/task/thread_state.h"
#include "weft/executor/internal/task/try.h"
#include "weft/executor/internal/workers/worker.h"
#include "weft/hooks/providers.h"
#include "weft/hooks/worker_id.h"

namespace weft::executor_internal {

class Engine;

// Returns the engine of the innermost job on this thread; throws
// std::logic_error, naming `function`, if there is none.
Engine& EngineHere(const char* function);
// Returns the worker of `engine` that the calling thread stands for, as its
// innermost job; null if it stands for none here.
Worker* WorkerHere(Engine& engine) noexcept;
// True if `engine` has no workers with queues for forks, and the calling thread
// is to fork.
bool ForksWithoutWorker(Engine& engine) noexcept;
// True if those run on the calling thread, one after the other.
bool RunsInline(Engine& engine) noexcept;
WorkerId WorkerIdHere(Engine& engine) noexcept;

// Makes the calling thread run a job of `engine`, which has no workers, unless
// it does already, so that code called here may fork as well. Throws
// ShutdownError.
class InlineRun {
 public:
  explicit InlineRun(Engine& engine);
  InlineRun(const InlineRun&) = delete;
  InlineRun& operator=(const InlineRun&) = delete;
  ~InlineRun();

 private:
  const RunningJob self_;
  const bool is_outermost_;
};

// The result of joining functions with these results.
template <typename... Results>
using Joined = std::conditional_t<(std::is_void_v<Results> && ...), void,
                                  std::tuple<typename Try<Results>::Value...>>;

template <typename F, typename... Gs>
using JoinedOf = Joined<std::invoke_result_t<F&>, std::invoke_result_t<Gs&>...>;

template <typename F, typename... Gs>
using ResultsOf =
    JoinedResults<std::invoke_result_t<F&>, std::invoke_result_t<Gs&>...>;

// Makes a worker of `engine` call `fn`, as a part of a fork, and waits for it.
// Returns true if `result` is a value. Throws as AcceptFork().
template <typename Kind, typename Fn>
bool RunQueued(Engine& engine, ForkSite site, Fn& fn,
               Try<std::invoke_result_t<Fn&>>& result) {
  ForkedJobs<Kind, Fn> fork(site, fn);
  ForkedJob<Kind, Fn>& job = fork.job();
  AcceptFork(engine);
  job.EmitQueued();
  QueueFork(engine, job);
  AwaitFork(engine, job.done());
  return job.TakeResult(result);
}

// Calls `f`, forks the others.
template <typename Kind, typename F, typename... Gs>
[[gnu::always_inline]] inline JoinedOf<F, Gs...> JoinOn(Worker& worker,
                                                        ForkSite site, F& f,
                                                        Gs&... gs) {
  if (StackIsShort()) [[unlikely]]
    ThrowStackLimit(Kind::kFunction);
  ResultsOf<F, Gs...> results;
  FailedBits failed = 0;
  {
    ForkedJobs<Kind, Gs...> forked(site, gs...);
    const LendingScope lending;
    forked.Fork(worker);
    failed = results.first().Call(f) ? 0 : 1;
    lending.Reset();
    failed |= forked.Join(worker, lending, results.rest()) << 1;
  }
  if (failed != 0) [[unlikely]]
    std::rethrow_exception(results.TakeFirst(failed));
  if constexpr (!std::is_void_v<JoinedOf<F, Gs...>>) return results.Take();
}

// The same on any thread, for `engine`.
template <typename Kind, typename F, typename... Gs>
JoinedOf<F, Gs...> JoinIn(Engine& engine, ForkSite site, F& f, Gs&... gs) {
  if (Worker* const worker = WorkerHere(engine)) {
    return JoinOn<Kind>(*worker, site, f, gs...);
  }
  if (ForksWithoutWorker(engine)) {
    CheckStack(Kind::kFunction);
    const InlineRun run(engine);
    ResultsOf<F, Gs...> results;
    FailedBits failed = 0;
    {
      ForkedJobs<Kind, Gs...> others(site, gs...);
      const LendingScope lending;
      others.QueueIn(engine);
      failed = results.first().Call(f) ? 0 : 1;
      lending.Reset();
      failed |= others.RunOrAwait(
                    engine, [&engine] { return WorkerIdHere(engine); },
                    results.rest())
                << 1;
    }
    if (failed != 0) std::rethrow_exception(results.TakeFirst(failed));
    if constexpr (!std::is_void_v<JoinedOf<F, Gs...>>) return results.Take();
  } else {
    auto root = [&] {
      return JoinIn<Kind>(engine, ForkSite::Here(site.where), f, gs...);
    };
    using Result = std::invoke_result_t<decltype(root)&>;
    Try<Result> result;
    if (!RunQueued<Kind>(engine, site, root, result)) {
      std::rethrow_exception(result.TakeException());
    }
    if constexpr (!std::is_void_v<Result>) return result.Take();
  }
}

// The same for the engine of the innermost job on this thread.
template <typename Kind, typename F, typename... Gs>
[[gnu::always_inline]] inline JoinedOf<F, Gs...> JoinHere(
    std::source_location where, F& f, Gs&... gs) {
  const ForkSite site = ForkSite::Here(where);
  if (Worker* const worker = thread_state.worker) [[likely]] {
    return JoinOn<Kind>(*worker, site, f, gs...);
  }
  return JoinIn<Kind>(EngineHere(Kind::kFunction), site, f, gs...);
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_JOIN_FORK_JOIN_H_
