// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A part of a fork: a job on the stack of the thread that forks it and waits
// for it. If it is not stolen, it is a call: no allocation, no reference count,
// no shared cache line.

#ifndef WEFT_EXECUTOR_INTERNAL_JOIN_FORKED_JOB_H_
#define WEFT_EXECUTOR_INTERNAL_JOIN_FORKED_JOB_H_

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

  AsyncId trigger_async_id;
  std::source_location where;
};

template <typename Kind, typename Fn>
class ForkedJob final : public Job {
 public:
  using Result = std::invoke_result_t<Fn&>;

  // `fn` outlives the job.
  ForkedJob(ForkSite site, Fn& fn) noexcept
      : Job(Form::kPart),
        origin_(Kind::kType, site.trigger_async_id, site.where),
        fn_(fn) {}
  ~ForkedJob() = default;

  // Emits init, and queues the job, to be stolen.
  void Fork(Worker& worker) noexcept {
    EmitQueued();
    if (!worker.Fork(*this)) [[unlikely]]
      is_unqueued_ = true;
  }

  // Ends the job: by running it here, if it has not been stolen, else by
  // waiting.
  void Join(Worker& worker, const LendingScope& lending) noexcept {
    while (!is_unqueued_) {
      Job* const newest = worker.Reclaim();
      if (newest == this) break;
      if (newest == nullptr) return worker.JoinStolen(done_);
      // A group's task, put there meanwhile; the join does not wait for it.
      worker.SetAside(AsTask(*newest));
    }
    EmitStart(*this, [&worker] { return worker.id(); });
    const LentForkScope scope(origin_, lending);
    result_.Call(fn_);
  }

  // Runs it as a call, never queued. `worker` as in EmitStart().
  template <typename WorkerFn>
  void RunUnforked(const WorkerFn& worker) noexcept {
    origin_.EmitInit();
    EmitStart(*this, worker);
    const ForkScope scope(origin_);
    result_.Call(fn_);
  }

  // Runs the job as one taken from a queue.
  void Run(Engine&) noexcept override {
    {
      const ForkScope scope(origin_);
      result_.Call(fn_);
    }
    done_.Finish();
  }

  const Resource& resource() const noexcept override {
    return origin_.resource();
  }
  const Completion* completes() const noexcept override { return &done_; }

  // For callers that queue it by other means than Fork().
  void EmitQueued() noexcept {
    if (IsQueueingWanted()) [[unlikely]] {
      origin_.EmitInit();
      EmitEnqueue(*this);
    }
  }
  Completion& done() noexcept { return done_; }

  Try<Result>& result() noexcept { return result_; }

 private:
  ForkOrigin origin_;
  Fn& fn_;
  bool is_unqueued_ = false;  // for want of memory
  Completion done_{1};
  Try<Result> result_;
};

// Several forked jobs, joined in order.
template <typename Kind, typename... Fns>
class ForkedJobs {
 public:
  explicit ForkedJobs(ForkSite) noexcept {}
  void Fork(Worker&) noexcept {}
  void Join(Worker&, const LendingScope&) noexcept {}
  template <typename WorkerFn>
  void RunUnforked(const WorkerFn&) noexcept {}
  void Rethrow() const noexcept {}
  std::tuple<> Take() noexcept { return {}; }
};

template <typename Kind, typename Fn, typename... Rest>
class ForkedJobs<Kind, Fn, Rest...> {
 public:
  ForkedJobs(ForkSite site, Fn& fn, Rest&... rest) noexcept
      : job_(site, fn), rest_(site, rest...) {}

  // Forks the last first: the first is reclaimed first.
  void Fork(Worker& worker) noexcept {
    rest_.Fork(worker);
    job_.Fork(worker);
  }
  void Join(Worker& worker, const LendingScope& lending) noexcept {
    job_.Join(worker, lending);
    rest_.Join(worker, lending);
  }
  template <typename WorkerFn>
  void RunUnforked(const WorkerFn& worker) noexcept {
    job_.RunUnforked(worker);
    rest_.RunUnforked(worker);
  }
  // Throws the first exception, in the order of the functions.
  void Rethrow() {
    job_.result().Rethrow();
    rest_.Rethrow();
  }
  auto Take() {
    return std::tuple_cat(std::make_tuple(job_.result().Take()), rest_.Take());
  }

 private:
  ForkedJob<Kind, Fn> job_;
  [[no_unique_address]] ForkedJobs<Kind, Rest...> rest_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_JOIN_FORKED_JOB_H_
