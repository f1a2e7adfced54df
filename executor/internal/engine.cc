// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine.h"

#include <atomic>
#include <cstdio>
#include <new>
#include <string>
#include <utility>

#include "weft/executor/errors.h"
#include "weft/executor/internal/isolate.h"
#include "weft/executor/internal/parker.h"
#include "weft/executor/internal/scheduling_events.h"
#include "weft/executor/internal/thread_state.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/internal/describe_exception.h"

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

Engine::Engine(const ExecutorOptions& options)
    : id_(NextEngineId()),
      on_unhandled_exception_(options.on_unhandled_exception) {
  options.Validate();
}

void Engine::Submit(TaskPtr task, Turn turn) {
  if (!Accept()) ThrowShutdown();
  // From here on the task is known to hooks, and ends with a destroy event.
  task->EmitInit();
  try {
    Enqueue(*task, turn);
    static_cast<void>(task.release());
  } catch (...) {
    task.release()->Abandon();
    Ended();
    throw;
  }
}

void Engine::Requeue(Task& task) {
  if (!Accept()) ThrowShutdown();
  task.set_turn(Turn::kQueued);  // it may be from another engine's queue
  try {
    Enqueue(task, Turn::kQueued);
  } catch (...) {
    Ended();
    throw;
  }
}

void Engine::AcceptFork() {
  if (!accepted_.Enter(1, CallerHere())) ThrowShutdown();
  if (EnsureThread()) return;
  ReturnAdmissions(1);
  throw std::bad_alloc();
}

void Engine::Announce(Task& task) {
  if (!accepted_.Accepts(CallerHere())) ThrowShutdown();
  task.EmitInit();
}

void Engine::EnqueueAnnounced(Task& task) noexcept {
  task.set_turn(Turn::kQueued);  // it may be from another engine's queue
  try {
    Enqueue(task, Turn::kNext);
  } catch (...) {
    Refuse(task, std::current_exception());
    Ended();
  }
}

void Engine::Refuse(Task& task, std::exception_ptr why) noexcept {
  // Refusing a task settles its future, which may refuse the tasks that wait
  // for that: a chain of any length, so not by recursion.
  static constinit thread_local TaskQueue* refused = nullptr;
  if (refused != nullptr) return refused->Push(task);
  TaskQueue chain;
  refused = &chain;
  // Nothing of `why` is kept here: who waits for the task drops it last.
  task.Discard(std::move(why));
  while (Task* const next = chain.PopOldest()) next->Discard(DroppedError());
  refused = nullptr;
}

void Engine::Enqueue(Task& task, Turn turn) {
  const RunningJob* const running = thread_state.running;
  if (turn == Turn::kNext && running != nullptr && &running->engine == this &&
      running->deferred != nullptr) {
    ++thread_state.deferred;
    return running->deferred->Push(task);
  }
  // While nobody else can have it: start comes after this.
  EmitEnqueue(task);
  // A hook may have stopped the engine.
  if (accepted_.stopped()) ThrowShutdown();
  Push(task, turn);
}

void Engine::Run(Job& job) noexcept {
  if (!job.Claim()) {
    // Only tasks are run out of turn.
    AsTask(job).Dispose();
    return Ended();
  }
  const Counted counted = job.is_task() ? Counted::kYes : Counted::kNo;
  if (job.turn() == Turn::kNext) return RunOne(job, nullptr, counted);
  RunWithDeferred(job, counted);
}

void Engine::RunTaken(Task& task) noexcept {
  Isolate([&] { RunWithDeferred(task, Counted::kNo); });
}

void Engine::RunWithDeferred(Job& job, Counted counted) noexcept {
  TaskQueue deferred;
  RunOne(job, &deferred, counted);
  while (Task* const next = deferred.PopOldest()) {
    --thread_state.deferred;
    accepted_.stopped() ? DropAccepted(*next)
                        : RunOne(*next, &deferred, Counted::kYes);
  }
}

void Engine::RunOne(Job& job, TaskQueue* deferred, Counted counted) noexcept {
  const RunningJob self{*this, job.completes(), deferred, thread_state.running};
  thread_state.running = &self;
  EmitStart(job, [this] { return worker_id(); });
  job.Run(*this);
  thread_state.running = self.outer;
  if (counted == Counted::kYes) Ended();
}

bool Engine::RunDeferredJob() noexcept {
  if (thread_state.deferred == 0) return false;
  for (auto* job = thread_state.running; job != nullptr; job = job->outer) {
    if (job->deferred == nullptr) continue;
    if (Task* const deferred = job->deferred->PopOldest()) {
      --thread_state.deferred;
      Engine& engine = job->engine;
      engine.accepted_.stopped()
          ? engine.DropAccepted(*deferred)
          : engine.RunOne(*deferred, job->deferred, Counted::kYes);
      return true;
    }
  }
  return false;
}

void Engine::DropAccepted(Task& task) noexcept {
  Refuse(task, DroppedError());
  Ended();
}

void Engine::Drain() { Await(accepted_, outside_helper()); }

std::size_t Engine::Shutdown(OnShutdown how) {
  std::size_t dropped = 0;
  if (how == OnShutdown::kStop) {
    accepted_.Stop();
    dropped = DropQueued();
  } else {
    accepted_.CloseForDraining();
  }
  if (IsInside()) return dropped;
  do {
    Drain();
    // Until then a promise may be settled, and its continuation accepted.
  } while (!accepted_.StopIfDone());
  return dropped;
}

std::size_t Engine::CountInside() const noexcept {
  std::size_t count = 0;
  for (auto* job = thread_state.running; job != nullptr; job = job->outer) {
    if (&job->engine == this) ++count;
  }
  return count;
}

void Engine::HandleUnhandled(std::exception_ptr exception) noexcept {
  if (on_unhandled_exception_) {
    return on_unhandled_exception_(std::move(exception));
  }
  std::fprintf(stderr,
               "weft: a task threw %s\n"
               "weft: it was async id %llu, triggered by %llu, of type %s; set "
               "ExecutorOptions::on_unhandled_exception to go on after this\n",
               hooks_internal::DescribeException(exception).c_str(),
               static_cast<unsigned long long>(ExecutionAsyncId()),
               static_cast<unsigned long long>(TriggerAsyncId()),
               std::string(ExecutionAsyncResource().type()).c_str());
  std::terminate();
}

bool Await(Completion& completion, Engine* outside_helper, WaitHelps helps,
           WaitKind kind, const WaitDeadline& deadline) {
  if (completion.done()) return true;  // and the helper may be gone
  const RunningJob* const running = thread_state.running;
  for (auto* job = running; job != nullptr; job = job->outer) {
    if (job->completes == &completion ||
        &job->engine.accepted() == &completion) {
      throw DeadlockError(
          "a task waits for itself: it is among those that must end before the "
          "wait does");
    }
  }
  // Who waits for a manual executor runs its tasks, wherever that is.
  Engine* const helper = outside_helper != nullptr ? outside_helper
                         : running != nullptr      ? &running->engine
                                                   : nullptr;
  if (helper != nullptr) {
    helper->HelpUntil(completion,
                      helper == outside_helper ? Engine::Awaited::kOfThisEngine
                                               : Engine::Awaited::kOfAnother,
                      helps, kind, deadline);
    return !deadline.has_value() || completion.done();
  }
  Parker& parker = Parker::OfThisThread();
  Waiter waiter(parker);
  while (!HasPassed(deadline) && completion.AddWaiter(waiter)) {
    parker.ParkUntil(deadline);
    completion.RemoveWaiter(waiter);
  }
  return !deadline.has_value() || completion.done();
}

}  // namespace weft::executor_internal
