// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// jobs/job_worker.h
// -----------------------------------------------------------------------------
//
// `JobWorker` does jobs: it takes them from an engine under a lease and has the
// handler of their type run as a task, in the context in which they were
// submitted.
//
// Example:
//
//   weft::jobs::JobWorker worker(engine, executor, propagator,
//                                {.max_in_flight = 8, .lease = 30s});
//   worker.Handle(kCount, [](std::string text) { return CountWords(text); });
//   worker.Handle(kFetch, [&](Url url) -> weft::Task<Page> {
//     co_return co_await client.Get(url);
//   });
//   worker.Start();

#ifndef WEFT_JOBS_JOB_WORKER_H_
#define WEFT_JOBS_JOB_WORKER_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weft/context/duration.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/patterns/retry.h"
#include "weft/executor/shutdown.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job.h"
#include "weft/jobs/job_stats.h"
#include "weft/jobs/job_type.h"
#include "weft/propagation/propagator.h"

namespace weft::jobs {

// The options of a `JobWorker`.
struct JobWorkerOptions {
  // How many jobs it does at a time; at least 1.
  std::size_t max_in_flight = 16;
  // The lease: how long a job stays with this worker unless it is renewed; more
  // than 0. The worker renews it three times in that time.
  Duration lease = std::chrono::seconds(30);
  // How often a job is tried, and the pauses in between. A job whose lease has
  // run out so often is given up too.
  RetryOptions retry = {.first_pause = std::chrono::seconds(1),
                        .longest_pause = std::chrono::minutes(1)};
  // What is taken of a submitter's context.
  Trust trust = Trust::kLink;

  // Throws std::invalid_argument, naming the option, if one is out of range.
  void Validate() const;
};

}  // namespace weft::jobs

namespace weft::jobs_internal {

// A handler, from bytes to bytes. It returns what the coroutine awaits.
using BytesHandler = std::function<Task<std::string>(const jobs::Job&)>;

template <typename Fn, typename In>
struct HandlerResult {
  using Type = std::invoke_result_t<Fn&, In>;
};
template <typename Fn>
struct HandlerResult<Fn, void> {
  using Type = std::invoke_result_t<Fn&>;
};

template <typename T>
inline constexpr bool kIsTask = false;
template <typename T>
inline constexpr bool kIsTask<Task<T>> = true;

// Calls `fn` with what the job has, and returns what it returns.
template <typename In, typename Fn>
auto CallHandler(Fn& fn, const jobs::Job& job) {
  if constexpr (std::is_void_v<In>) {
    return fn();
  } else {
    return fn(jobs::JobCodec<In>::Decode(job.payload));
  }
}

// `fn` and `job` outlive the coroutine.
template <typename In, typename Out, typename Fn>
Task<std::string> RunHandler(Fn& fn, const jobs::Job& job) {
  using Result = typename HandlerResult<Fn, In>::Type;
  if constexpr (kIsTask<Result> && std::is_void_v<Out>) {
    co_await CallHandler<In>(fn, job);
    co_return std::string();
  } else if constexpr (kIsTask<Result>) {
    const Out out = co_await CallHandler<In>(fn, job);
    co_return jobs::JobCodec<Out>::Encode(out);
  } else if constexpr (std::is_void_v<Out>) {
    CallHandler<In>(fn, job);
    co_return std::string();
  } else {
    const Out out = CallHandler<In>(fn, job);
    co_return jobs::JobCodec<Out>::Encode(out);
  }
}

}  // namespace weft::jobs_internal

namespace weft::jobs {

// JobWorker
//
// A handler is a function or a coroutine. It runs as a coroutine of `executor`,
// in a context of its own, in which there is what the job's headers bring:
// trace, baggage, the storages of `propagator`, the deadline. It is cancelled
// when the lease is lost, since another worker may have begun the job then; its
// result changes nothing any more.
//
// A handler that throws has failed, and the job is tried again after a pause,
// up to `retry.max_attempts` times; then, or if it throws NotWorthRetryingError
// or `retry.is_worth_retrying` says no, the job is given up, with the exception
// as the reason. So is a job of a type that has no handler here, and one whose
// result is larger than the engine takes.
//
// A job may be begun more than once, so what a handler does outside should bear
// that: its result is taken once.
//
// Thread-safety: thread-safe, except for destruction. Handlers are called by
//   several threads at once.
// Threads: one of its own, "weft-lease", renews the leases, so handlers may
//   keep those of `executor` busy. In a simulation
//   (executor/simulation/simulated_executor.h) `executor` renews them.
// Lifetime: engine, executor and propagator must outlive it. Handlers live as
//   long as it, and as long as a job of theirs runs.
// Hook events: those of a detached coroutine for each attempt.
class JobWorker {
 public:
  // Throws std::invalid_argument, naming the option, if one is out of range.
  JobWorker(Engine& engine, Executor& executor, const Propagator& propagator,
            const JobWorkerOptions& options = {});
  JobWorker(const JobWorker&) = delete;
  JobWorker& operator=(const JobWorker&) = delete;
  // Does what `Stop()` does.
  ~JobWorker();

  // JobWorker::Handle()
  //
  // Has `fn(in)` called for each job of that type; it returns an `Out`, or a
  // `Task<Out>`. Throws std::logic_error after `Start()`, and
  // std::invalid_argument if the type has a handler.
  template <typename In, typename Out, typename Fn>
  void Handle(const JobType<In, Out>& type, Fn fn) {
    using Result = typename jobs_internal::HandlerResult<Fn, In>::Type;
    static_assert(
        std::is_convertible_v<Result, Out> || std::is_same_v<Result, Task<Out>>,
        "the handler does not return what the job's type says");
    AddHandler(type.name(),
               [fn = std::make_shared<Fn>(std::move(fn))](const Job& job) {
                 return jobs_internal::RunHandler<In, Out>(*fn, job);
               });
  }

  // JobWorker::Start()
  //
  // Begins to take jobs. Throws std::logic_error if called twice.
  void Start();

  // JobWorker::Stop()
  //
  // Takes no more jobs, and waits until none runs. With OnShutdown::kStop it
  // cancels those that run, and gives back those that end so; they do not count
  // as tried. Must not be called by a handler.
  void Stop(OnShutdown how = OnShutdown::kDrain);

  // Returns how many jobs run now.
  std::size_t in_flight() const;

  // Returns what became of the attempts. Takes a lock for a moment.
  JobWorkerStats stats() const;

 private:
  class State;

  void AddHandler(std::string_view type, jobs_internal::BytesHandler handler);

  const std::shared_ptr<State> state_;
  Executor& executor_;
  // Its thread renews the leases, however long handlers keep the executor's.
  // None in a simulation.
  std::optional<BlockingExecutor> renewals_;
};

}  // namespace weft::jobs

#endif  // WEFT_JOBS_JOB_WORKER_H_
