// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine/engine.h"

#include <atomic>
#include <cstdio>
#include <new>
#include <string>
#include <utility>

#include "weft/base/describe_exception.h"
#include "weft/executor/errors.h"
#include "weft/executor/internal/engine/inline_wait.h"
#include "weft/executor/internal/engine/isolate.h"
#include "weft/executor/internal/engine/submission_errors.h"
#include "weft/executor/internal/engine/wait_host.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/internal/task/thread_state.h"
#include "weft/hooks/async_backtrace.h"
#include "weft/hooks/execution.h"

namespace weft::executor_internal {

namespace {

std::uint64_t NextEngineId() noexcept {
  static constinit std::atomic<std::uint64_t> next{1};
  // relaxed: only uniqueness is asked of it.
  return next.fetch_add(1, std::memory_order_relaxed);
}

[[noreturn]] void ThrowShutdown() {
  throw ShutdownError(
      "Executor: submission after Shutdown(); the task was not accepted");
}

}  // namespace

// Shows, to a hook that waits, that the task it is told of is not queued before
// the hook returns.
class Engine::SubmissionScope {
 public:
  explicit SubmissionScope(const Engine& engine) noexcept
      : submission_{engine, thread_state.submits} {
    thread_state.submits = &submission_;
  }
  SubmissionScope(const SubmissionScope&) = delete;
  SubmissionScope& operator=(const SubmissionScope&) = delete;
  ~SubmissionScope() { thread_state.submits = submission_.outer; }

 private:
  const SubmissionUnderWay submission_;
};

// An accepted task that does not run may own the last reference to its
// executor, which then cannot wait for this very task: its destructor runs
// inside.
class Engine::DropScope {
 public:
  DropScope(Engine& engine, const QueuedTask& task) noexcept
      : worker_(
            engine.lowest().IsWorkedForHere() ? thread_state.worker : nullptr,
            nullptr),
        dropped_{engine, engine.id_, task.completes(), nullptr,
                 thread_state.running} {
    thread_state.running = &dropped_;
  }
  ~DropScope() { thread_state.running = dropped_.outer; }

 private:
  const WorkerScope worker_;
  const RunningJob dropped_;
};

Engine::Engine(const ExecutorOptions& options, EngineThreads& threads,
               Forks forks, WaitHelper* helper, PendingTimers* timers)
    : id_(NextEngineId()),
      base_(nullptr),
      lowest_(*this),
      threads_(threads),
      helper_(helper),
      forks_(forks),
      is_serial_(false),
      runs_one_(false),
      on_unhandled_exception_(options.on_unhandled_exception),
      timers_(timers) {
  options.Validate();
}

Engine::Engine(Engine& base, Concurrency concurrency)
    : id_(NextEngineId()),
      base_(&base),
      lowest_(base.lowest_),
      threads_(base.threads_),
      helper_(base.helper_),
      forks_(base.forks_),
      is_serial_(concurrency == Concurrency::kOne),
      runs_one_(is_serial_ || base.runs_one_),
      timers_(base.timers_.own()) {}

void Engine::LeaveAgain(std::size_t count, Admission::Tasks tasks) noexcept {
  if (tasks == Admission::Tasks::kOne) accepted_.CountUndone();
  // It was counted for a moment, in which another thread may have gone to
  // sleep.
  Finish(count);
}

void Engine::RejectStopped() {
  CountRejected();
  ThrowShutdown();
}

void Engine::Submit(QueuedTask& task, QueuePosition position) {
  TaskPtr owned(&task);
  SubmitAccepted(Accept(position), std::move(owned), position);
}

void Engine::SubmitAccepted(Accepted accepted, TaskPtr&& task,
                            QueuePosition position) {
  if (accepted == Accepted::kNo) RejectStopped();
  // From here on the task is known to hooks, and ends with a destroy event.
  {
    const SubmissionScope scope(*this);
    task->EmitInit();
  }
  if (accepted == Accepted::kToRunHere) return RunHere(*task.release());
  // Once the task is queued, other threads may run it, and it may end this
  // engine. Where there are no others, nothing has run before Yield().
  WaitHelper* const yields = forks_ == Forks::kInQueue ? helper_ : nullptr;
  try {
    Enqueue(*task, position);
    static_cast<void>(task.release());
  } catch (...) {
    EmitDrop(*task, hooks_internal::DropReason::kRefused, id_);
    {
      const DropScope scope(*this, *task);
      task.release()->Abandon(QueuedTask::Known::kToHooks);
    }
    TakeBack(position);
    throw;
  }
  if (yields != nullptr) [[unlikely]]
    yields->Yield();
}

void Engine::Requeue(QueuedTask& task) {
  const Accepted accepted = Accept(QueuePosition::kQueued);
  if (accepted == Accepted::kNo) RejectStopped();
  task.set_position(
      QueuePosition::kQueued);  // it may be from another engine's queue
  if (accepted == Accepted::kToRunHere) return RunHere(task);
  try {
    Enqueue(task, QueuePosition::kQueued);
  } catch (...) {
    TakeBack(QueuePosition::kQueued);
    throw;
  }
}

void Engine::AcceptInline() {
  CheckNotLeftBehind();
  if (!EnterHere(1, Admission::Tasks::kNone)) ThrowShutdown();
}

void Engine::AcceptFork() {
  AcceptInline();
  try {
    Reserve();
  } catch (...) {
    ReturnAdmissions(1);
    throw;
  }
}

void Engine::WithdrawFork() noexcept {
  Unreserve();
  ReturnAdmissions(1);
}

void Engine::Announce(QueuedTask& task) {
  if (!AcceptsHere()) ThrowShutdown();
  task.EmitInit();
}

bool Engine::EnqueueAnnounced(QueuedTask& task,
                              QueuePosition position) noexcept {
  task.set_position(
      QueuePosition::kQueued);  // it may be from another engine's queue
  try {
    Enqueue(task, position);
    return true;
  } catch (...) {
    RefuseAccepted(task, std::current_exception());
    return false;
  }
}

void Engine::RefuseAccepted(QueuedTask& task, std::exception_ptr why) noexcept {
  limits_.CountRefused();
  EmitDrop(task, hooks_internal::DropReason::kRefused, id_);
  {
    const DropScope scope(*this, task);
    Refuse(task, std::move(why));
  }
  Ended();
}

void Engine::Refuse(QueuedTask& task, std::exception_ptr why) noexcept {
  // Refusing a task settles its future, which may refuse the tasks that wait
  // for it: a chain of any length, so this must not recurse.
  if (thread_state.refused != nullptr) {
    // Its flow is cancelled or late, which its waiters must be told. It is no
    // link of such a chain.
    if (why == nullptr) return task.Discard(nullptr);
    return thread_state.refused->Push(task);
  }
  TaskQueue chain;
  thread_state.refused = &chain;
  // Nothing of `why` is kept here: the waiter for the task drops it last.
  task.Discard(std::move(why));
  DiscardRefused();
  thread_state.refused = nullptr;
}

void Engine::DiscardRefused() noexcept {
  if (thread_state.refused == nullptr) [[likely]]
    return;
  while (QueuedTask* const next = thread_state.refused->PopOldest()) {
    next->Discard(DroppedError());
  }
}

void Engine::Enqueue(QueuedTask& task, QueuePosition position) {
  const RunningJob* const running = thread_state.running;
  if (position == QueuePosition::kNext && running != nullptr &&
      &running->engine == this && running->deferred != nullptr) {
    ++thread_state.deferred;
    return running->deferred->Push(task);
  }
  // Emitted while no other thread can take the task: start comes after this.
  {
    const SubmissionScope scope(*this);
    EmitEnqueue(task, id_);
  }
  // A hook may have stopped the engine.
  if (accepted_.stopped()) ThrowShutdown();
  Push(task, position);
}

template <Engine::Deferred kDeferred, Engine::Admitted kAdmitted>
bool Engine::RunQueued(Job& job, const Completion* completes) noexcept {
  constexpr bool kEnds = kAdmitted == Admitted::kEnded;
  if (!job.Claim()) [[unlikely]] {
    // Only tasks are run out of turn.
    AsTask(job).Dispose();
    if (kEnds) Ended();
    return true;
  }
  const bool is_counted = job.is_counted();
  RunClaimed<kDeferred>(job, completes, kEnds && is_counted);
  return is_counted;
}

bool Engine::RunForWorker(Job& job, const Completion* completes) noexcept {
  return RunQueued<Deferred::kRun, Admitted::kReturned>(job, completes);
}

bool Engine::RunInWaitForWorker(Job& job,
                                const Completion* completes) noexcept {
  return RunQueued<Deferred::kQueue, Admitted::kReturned>(job, completes);
}

void Engine::Run(Job& job) noexcept {
  RunQueued<Deferred::kRun, Admitted::kEnded>(job, job.completes());
}

void Engine::RunInWait(Job& job) noexcept {
  RunQueued<Deferred::kQueue, Admitted::kEnded>(job, job.completes());
}

void Engine::RunTaken(QueuedTask& task) noexcept {
  const InlineWait wait;
  Isolate([&] { RunClaimed<Deferred::kQueue>(task, task.completes(), false); });
}

void Engine::RunHere(Job& job) noexcept {
  // The thread may be a worker of another engine, not of this one.
  const bool is_worker = forks_ == Forks::kWithWorkers && worker() >= 0;
  const WorkerScope scope(is_worker ? thread_state.worker : nullptr, nullptr);
  Isolate([&] { RunOrDrop(job, [this](Job& one) { Run(one); }); });
  FlushBatched();
}

void Engine::QueueDeferredInWait(TaskQueue& deferred) noexcept {
  const std::size_t count = deferred.size();
  TaskQueue left = std::exchange(deferred, {});
  QueueTogether(left);
  thread_state.deferred -= count - left.size();
  // Out of memory for queueing them.
  if (!left.empty()) RunDeferred(left);
}

template <Engine::Deferred kDeferred>
void Engine::RunClaimed(Job& job, const Completion* completes,
                        bool ends) noexcept {
  TaskQueue deferred;
  RunOne(job, completes,
         job.position() == QueuePosition::kNext ? nullptr : &deferred);
  if (ends) Ended();
  if (!deferred.empty()) [[unlikely]] {
    kDeferred == Deferred::kRun ? EndDeferred(deferred)
                                : EndDeferredInWait(deferred);
  }
}

// Both flush first: the job's waiters wait for it alone, and not for what it
// deferred.
void Engine::EndDeferred(TaskQueue& deferred) noexcept {
  FlushBatched();
  RunDeferred(deferred);
}

void Engine::EndDeferredInWait(TaskQueue& deferred) noexcept {
  FlushBatched();
  QueueDeferredInWait(deferred);
}

void Engine::RunDeferred(TaskQueue& deferred) noexcept {
  while (QueuedTask* const next = deferred.PopOldest()) {
    --thread_state.deferred;
    if (accepted_.stopped()) {
      static_cast<void>(DropAccepted(*next));
    } else {
      RunOne(*next, next->completes(), &deferred);
      Ended();
    }
  }
}

void Engine::RunOne(Job& job, const Completion* completes,
                    TaskQueue* deferred) noexcept {
  const RunningJob self{*this, id_, completes, deferred, thread_state.running};
  thread_state.running = &self;
  if (StartsQuietly() || MayStart(job)) [[likely]]
    job.Run(*this);
  thread_state.running = self.outer;
}

std::uint64_t Engine::CountRan() noexcept {
  struct Counts {
    std::uint64_t accepted;
    std::size_t in_advance;
    std::size_t pending;
    std::uint64_t dropped;

    bool operator==(const Counts&) const = default;
  };
  const auto count = [this] {
    Counts counts{.accepted = CountAccepted(),
                  .in_advance = CountInAdvance(),
                  .pending = accepted_.pending(),
                  .dropped = 0};
    const DroppedTasks dropped = limits_.dropped();
    counts.dropped = dropped.cancelled + dropped.expired + dropped.refused;
    return counts;
  };
  // Where they change while they are read they do not fit each other: then what
  // is admitted in advance, which goes over into what is pending and back,
  // counts as not run. A change that is undone between the two is not seen; it
  // takes some ns.
  const Counts before = count();
  const Counts after = count();
  const std::uint64_t accepted = std::min(before.accepted, after.accepted);
  const std::size_t pending = std::max(before.pending, after.pending);
  const std::size_t in_advance = before == after ? after.in_advance : 0;
  const std::uint64_t unrun = pending - std::min(in_advance, pending) +
                              std::max(before.dropped, after.dropped);
  const std::uint64_t ran = accepted - std::min(unrun, accepted);
  // relaxed: a number for statistics.
  std::uint64_t most = most_ran_.load(std::memory_order_relaxed);
  // relaxed: as above.
  while (most < ran && !most_ran_.compare_exchange_weak(
                           most, ran, std::memory_order_relaxed)) {
  }
  return std::max(most, ran);
}

bool Engine::MayStart(Job& job) noexcept {
  if (LimitsAreUsed() && job.is_task() && limits_.Drop(AsTask(job))) {
    return false;
  }
  TellStart(job);
  return true;
}

void Engine::TellStart(const Job& job) noexcept {
  EmitStart(job, id_, [this] { return worker_id(); });
}

void Engine::QueueDeferred() noexcept {
  if (thread_state.deferred == 0) return;
  for (auto* job = thread_state.running; job != nullptr; job = job->outer) {
    if (job->deferred == nullptr) continue;
    if (job->deferred->empty()) continue;
    const std::size_t count = job->deferred->size();
    job->engine.QueueTogether(*job->deferred);
    // Tasks that are left, for want of memory, run after the job, late.
    thread_state.deferred -= count - job->deferred->size();
  }
}

void Engine::QueueTogether(TaskQueue& tasks) noexcept {
  while (QueuedTask* const task = tasks.PopOldest()) {
    if (accepted_.stopped()) {
      static_cast<void>(DropAccepted(*task));
      continue;
    }
    // Tasks that this one defers in turn come after those that are queued here.
    task->set_position(QueuePosition::kNext);
    try {
      Push(*task, QueuePosition::kNext);
    } catch (...) {
      tasks.PushOldest(*task);
      return;
    }
  }
}

void Engine::CheckWait() const {
  if (MayWait()) return;
  throw DeadlockError(
      "SerialExecutor: a task waits for another task of the same executor, "
      "which cannot run before the one that waits has ended");
}

bool Engine::MayWait() const noexcept {
  return !(is_serial_ && IsInside()) && (base_ == nullptr || base_->MayWait());
}

bool Engine::DropAccepted(QueuedTask& task) noexcept {
  return DropAccepted(task, DroppedError());
}

bool Engine::DropAccepted(QueuedTask& task, std::exception_ptr why) noexcept {
  if (!task.Claim()) {
    // A thread that waited for the task has run it.
    task.Dispose();
    Ended();
    return false;
  }
  RefuseAccepted(task, std::move(why));
  return true;
}

void Engine::Close() noexcept {
  WaitUntilLeft();
  timers_.Leave();
  on_unhandled_exception_ = nullptr;
}

void Engine::Abandon(std::shared_ptr<Engine> self, AbandonedEnd end) noexcept {
  abandoned_ = std::move(self);
  end_abandoned_ = end;
  accepted_.Abandon();
  Finish(1);
}

void Engine::FinishAndWake(std::size_t count) noexcept {
  // The engine may be gone once that has returned, but not the helper: a thread
  // that ends something there is still in a call to it.
  WaitHelper* const helper = helper_;
  if (accepted_.Finish(count)) [[unlikely]]
    EndAbandoned();
  helper->WakeHelpers();
}

void Engine::EndAbandoned() noexcept { end_abandoned_(std::move(abandoned_)); }

bool Engine::IsItsThread() const noexcept {
  return base_ == nullptr && thread_state.host != nullptr &&
         &thread_state.host->threads() == &threads_;
}

std::size_t Engine::CountInside() const noexcept {
  std::size_t count = 0;
  for (auto* job = thread_state.running; job != nullptr; job = job->outer) {
    if (&job->engine == this) ++count;
  }
  for (auto* one = thread_state.submits; one != nullptr; one = one->outer) {
    if (&one->engine == this) ++count;
  }
  return count;
}

void Engine::HandleUnhandled(std::exception_ptr exception) noexcept {
  if (base_ != nullptr) return base_->HandleUnhandled(std::move(exception));
  if (on_unhandled_exception_) {
    return on_unhandled_exception_(std::move(exception));
  }
  std::fprintf(stderr,
               "weft: a task threw %s\n"
               "weft: it was async id %llu, triggered by %llu, of type %s; set "
               "ExecutorOptions::on_unhandled_exception to go on after this\n",
               base::DescribeException(exception).c_str(),
               static_cast<unsigned long long>(ExecutionAsyncId()),
               static_cast<unsigned long long>(TriggerAsyncId()),
               std::string(ExecutionAsyncResource().type()).c_str());
  const AsyncBacktrace backtrace = AsyncBacktrace::Here();
  // Its own site alone tells little, and is no chain.
  if (!backtrace.cause().empty()) {
    std::fprintf(stderr, "weft: it came from\n%s",
                 backtrace.ToString().c_str());
  }
  std::terminate();
}

}  // namespace weft::executor_internal
