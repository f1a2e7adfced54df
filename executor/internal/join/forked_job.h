// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A part of a fork: a job on the stack of the thread that forks it and waits
// for it. If it is not stolen, it is a call: no allocation, no reference count,
// no shared cache line, and its result is where the caller wants it. What only
// a thief needs is written by the thief.

#ifndef WEFT_EXECUTOR_INTERNAL_JOIN_FORKED_JOB_H_
#define WEFT_EXECUTOR_INTERNAL_JOIN_FORKED_JOB_H_

#include <cstdint>
#include <exception>
#include <source_location>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/executor/internal/task/try.h"
#include "weft/executor/internal/workers/worker.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {

// Names the kind of fork for hooks, and the function that forks.
struct JoinKind {
  static constexpr const char* kFunction = "Join";
  static constexpr std::string_view kType = ProviderName(Provider::kForkTask);
};

// Says where a fork is made, and in which flow.
struct ForkSite {
  static ForkSite Here(std::source_location where) noexcept {
    return {ForkOrigin::Trigger(), where};
  }

  hooks_internal::LastingTrigger trigger;
  std::source_location where;
};

// Make a worker of `engine` run a job that is not a task, in three steps: the
// first throws ShutdownError or std::bad_alloc, with nothing done; the second
// queues it; the third waits until it is `done`.
void AcceptFork(Engine& engine);
void QueueFork(Engine& engine, Job& job) noexcept;
void AwaitFork(Engine& engine, Completion& done);

// The same for a part of a fork that is made inside `engine`, which has no
// workers with queues for it. The first returns false, with nothing done, if it
// is to run on the calling thread.
bool AcceptPart(Engine& engine) noexcept;
void QueuePart(Engine& engine, Job& part) noexcept;
void AwaitPart(Engine& engine, Completion& done) noexcept;

// Called where `newest`, and not `part`, has been reclaimed. Returns true if
// `part` is still to be run; else it has been stolen, and is done now.
bool ReclaimBelow(Worker& worker, Job* newest, const Job& part,
                  Completion& done) noexcept;

// Emits start and before for a part that runs where it was forked.
void EmitPartBegin(Worker& worker, const Job& part,
                   ForkOrigin& origin) noexcept;

template <typename Kind, typename Fn>
class ForkedJob final : public Job {
 public:
  using Result = std::invoke_result_t<Fn&>;

  // `fn` outlives the job. Its maker calls End() when it has ended.
  ForkedJob(ForkSite site, Fn& fn) noexcept
      : Job(Form::kPart),
        origin_(Kind::kType, site.trigger, site.where),
        fn_(fn) {}
  ~ForkedJob() {}
  [[gnu::always_inline]] inline void End() noexcept { origin_.~ForkOrigin(); }

  // Emits init, and queues the job, to be stolen.
  void Fork(Worker& worker) noexcept {
    EmitQueued();
    if (!worker.Fork(*this)) [[unlikely]]
      set_position(QueuePosition::kNowhere);
  }

  // Ends the job: by running it here, if it has not been stolen, else by
  // waiting. This and the others return true if `result` is a value.
  [[gnu::always_inline]] inline bool Join(Worker& worker,
                                          const LendingScope& lending,
                                          Try<Result>& result) noexcept {
    if (Job* const newest = worker.Reclaim();
        newest != this && !ReclaimBelow(worker, newest, *this, done_))
        [[unlikely]] {
      return TakeResult(result);
    }
    if (LentForkScope::IsBeginWanted()) [[unlikely]]
      EmitPartBegin(worker, *this, origin_);
    const LentForkScope scope(origin_, lending);
    return result.Call(fn_);
  }

  // Queues it, to be run by any worker, unless it is to run on the calling
  // thread.
  void QueueIn(Engine& engine) noexcept {
    if (!AcceptPart(engine)) return set_position(QueuePosition::kNowhere);
    EmitQueued();
    QueuePart(engine, *this);
  }
  // Ends it after QueueIn().
  template <typename WorkerFn>
  bool RunOrAwait(Engine& engine, const WorkerFn& worker,
                  Try<Result>& result) noexcept {
    if (position() == QueuePosition::kNowhere) {
      return RunUnforked(worker, result);
    }
    AwaitPart(engine, done_);
    return TakeResult(result);
  }

  // Runs it as a call, never queued. `worker` as in EmitStart().
  template <typename WorkerFn>
  bool RunUnforked(const WorkerFn& worker, Try<Result>& result) noexcept {
    origin_.EmitInit();
    EmitStart(*this, 0, worker, ForkBits(HookEvent::kStart));
    const CalledForkScope scope(origin_);
    return result.Call(fn_);
  }

  // Runs the job as one taken from a queue.
  void Run(Engine&) noexcept override {
    {
      const ForkScope scope(origin_);
      is_value_ = result_.Call(fn_);
    }
    done_.Finish();
  }
  // Takes the result of Run(), once, when that is done.
  [[gnu::noinline]] bool TakeResult(Try<Result>& result) noexcept {
    return result.Adopt(result_, is_value_);
  }

  const Resource& resource() const noexcept override {
    return origin_.resource();
  }
  const Completion* completes() const noexcept override { return &done_; }

  // For callers that queue it by other means than Fork().
  void EmitQueued() noexcept {
    if (IsForkQueueingWanted()) [[unlikely]] {
      origin_.EmitInit();
      EmitEnqueue(*this, 0, ForkBits(HookEvent::kEnqueue));
    }
  }
  Completion& done() noexcept { return done_; }

 private:
  // A union, so that the destructor of this class, which has virtual functions,
  // writes nothing.
  union {
    ForkOrigin origin_;
  };
  Fn& fn_;
  Completion done_{1};
  Try<Result> result_;  // of Run(), as the next
  bool is_value_;
};

// Which of several functions have thrown: bit 0 is the first function's.
using FailedBits = std::uint32_t;

// The results of several functions, in their order.
template <typename... Results>
class JoinedResults {
 public:
  std::tuple<> Take() noexcept { return {}; }
  void Drop() noexcept {}
  std::exception_ptr TakeFirst(FailedBits) noexcept { return nullptr; }
};

template <typename Result, typename... Rest>
class JoinedResults<Result, Rest...> {
 public:
  static_assert(sizeof...(Rest) < 32, "Join() joins up to 32 functions");

  Try<Result>& first() noexcept { return first_; }
  JoinedResults<Rest...>& rest() noexcept { return rest_; }

  // Takes the results where none has failed.
  auto Take() {
    DropUnlessTaken untaken{&rest_};
    std::tuple<typename Try<Result>::Value> first(first_.Take());
    untaken.results = nullptr;
    return std::tuple_cat(std::move(first), rest_.Take());
  }
  // Drops the results where none has failed.
  void Drop() noexcept {
    first_.Drop(true);
    rest_.Drop();
  }
  // Takes the first exception where some have failed, and drops all else.
  std::exception_ptr TakeFirst(FailedBits failed) noexcept {
    if ((failed & 1) == 0) {
      first_.Drop(true);
      return rest_.TakeFirst(failed >> 1);
    }
    std::exception_ptr first = first_.TakeException();
    static_cast<void>(rest_.TakeFirst(failed >> 1));
    return first;
  }

 private:
  // In case moving the first one's value throws.
  struct DropUnlessTaken {
    ~DropUnlessTaken() {
      if (results != nullptr) results->Drop();
    }
    JoinedResults<Rest...>* results;
  };

  Try<Result> first_;
  [[no_unique_address]] JoinedResults<Rest...> rest_;
};

// Several forked jobs, joined in order.
template <typename Kind, typename... Fns>
class ForkedJobs {
 public:
  using Results = JoinedResults<>;

  explicit ForkedJobs(ForkSite) noexcept {}
  void Fork(Worker&) noexcept {}
  FailedBits Join(Worker&, const LendingScope&, Results&) noexcept { return 0; }
  void QueueIn(Engine&) noexcept {}
  template <typename WorkerFn>
  FailedBits RunOrAwait(Engine&, const WorkerFn&, Results&) noexcept {
    return 0;
  }
};

template <typename Kind, typename Fn, typename... Rest>
class ForkedJobs<Kind, Fn, Rest...> {
 public:
  using Results =
      JoinedResults<std::invoke_result_t<Fn&>, std::invoke_result_t<Rest&>...>;

  ForkedJobs(ForkSite site, Fn& fn, Rest&... rest) noexcept
      : job_(site, fn), rest_(site, rest...) {}
  ForkedJobs(const ForkedJobs&) = delete;
  ForkedJobs& operator=(const ForkedJobs&) = delete;
  ~ForkedJobs() { job_.End(); }

  // Forks the last first: the first is reclaimed first.
  void Fork(Worker& worker) noexcept {
    rest_.Fork(worker);
    job_.Fork(worker);
  }
  [[gnu::always_inline]] inline FailedBits Join(Worker& worker,
                                                const LendingScope& lending,
                                                Results& results) noexcept {
    const FailedBits first =
        job_.Join(worker, lending, results.first()) ? 0 : 1;
    return first | rest_.Join(worker, lending, results.rest()) << 1;
  }
  void QueueIn(Engine& engine) noexcept {
    job_.QueueIn(engine);
    rest_.QueueIn(engine);
  }
  template <typename WorkerFn>
  FailedBits RunOrAwait(Engine& engine, const WorkerFn& worker,
                        Results& results) noexcept {
    const FailedBits first =
        job_.RunOrAwait(engine, worker, results.first()) ? 0 : 1;
    return first | rest_.RunOrAwait(engine, worker, results.rest()) << 1;
  }
  // For a caller that queues, or runs, the first, and only, one by other means.
  ForkedJob<Kind, Fn>& job() noexcept { return job_; }

 private:
  ForkedJob<Kind, Fn> job_;
  [[no_unique_address]] ForkedJobs<Kind, Rest...> rest_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_JOIN_FORKED_JOB_H_
