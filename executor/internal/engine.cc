// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine.h"

#include <atomic>
#include <cstdio>
#include <string>
#include <utility>

#include "tbb/task_arena.h"
#include "weft/executor/errors.h"
#include "weft/executor/internal/parker.h"
#include "weft/executor/internal/scheduling_events.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/internal/describe_exception.h"

namespace weft::executor_internal {

using context_internal::MutexLock;

namespace {

// The tasks on the calling thread's stack, innermost first.
struct RunningTask {
  Engine& engine;
  const Completion* completes;
  // To be run next on this thread, by no other; null: the engine has them.
  TaskQueue* deferred;
  const RunningTask* outer;
};

constinit thread_local const RunningTask* running_task = nullptr;

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
  {
    const MutexLock lock(mutex_);
    if (!Accepts()) ThrowShutdown();
    accepted_.Add();
  }
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

void Engine::Announce(Task& task) {
  {
    const MutexLock lock(mutex_);
    if (!Accepts()) ThrowShutdown();
  }
  task.EmitInit();
}

bool Engine::AcceptAnnounced() {
  const MutexLock lock(mutex_);
  if (state_ == State::kStopped) return false;
  accepted_.Add();
  return true;
}

void Engine::EnqueueAnnounced(Task& task) noexcept {
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
  task.Discard(why);
  while (Task* const next = chain.PopOldest()) next->Discard(why);
  refused = nullptr;
}

void Engine::Enqueue(Task& task, Turn turn) {
  if (turn == Turn::kNext && running_task != nullptr &&
      &running_task->engine == this && running_task->deferred != nullptr) {
    return running_task->deferred->Push(task);
  }
  // While nobody else can have it: start comes after this.
  EmitEnqueue(task);
  const MutexLock lock(mutex_);
  if (state_ == State::kStopped) ThrowShutdown();
  Wake();
  Push(task, turn);
  sleepers_.WakeOne();
}

bool Engine::Accepts() const {
  // While draining, a task may submit what it needs in order to end.
  return state_ == State::kOpen || (state_ == State::kDraining && IsInside());
}

bool Engine::IsStopped() {
  const MutexLock lock(mutex_);
  return state_ == State::kStopped;
}

void Engine::Run(Task& task) noexcept {
  if (task.turn() == Turn::kNext) return RunOne(task, nullptr);
  TaskQueue deferred;
  RunOne(task, &deferred);
  while (Task* const next = deferred.PopOldest()) {
    IsStopped() ? DiscardAccepted(*next) : RunOne(*next, &deferred);
  }
}

void Engine::RunOne(Task& task, TaskQueue* deferred) noexcept {
  const RunningTask self{*this, task.completes(), deferred, running_task};
  running_task = &self;
  EmitStart(task, [this] { return worker_id(); });
  // So that a task that waits in an algorithm of oneTBB's runs no other task's
  // part of one: that would run in this one's context.
  tbb::this_task_arena::isolate([&] { task.Run(*this); });
  running_task = self.outer;
  Ended();
}

void Engine::DiscardAccepted(Task& task) noexcept {
  Refuse(task, DroppedError());
  Ended();
}

void Engine::Ended() noexcept {
  accepted_.Finish();
  if (outside_helper() == nullptr) return;
  // Who waits for a manual executor must see if nothing is left.
  const MutexLock lock(mutex_);
  sleepers_.WakeAll();
}

void Engine::Drain() { Await(accepted_, outside_helper()); }

std::size_t Engine::Shutdown(OnShutdown how) {
  TaskQueue dropped;
  {
    const MutexLock lock(mutex_);
    if (how == OnShutdown::kStop) {
      state_ = State::kStopped;
      while (Task* const task = TakeOldest()) dropped.Push(*task);
    } else if (state_ == State::kOpen) {
      state_ = State::kDraining;
    }
  }
  const std::size_t count = dropped.size();
  while (Task* task = dropped.PopOldest()) DiscardAccepted(*task);
  if (IsInside()) return count;
  for (;;) {
    Drain();
    const MutexLock lock(mutex_);
    // A promise may have been settled since, and its continuation accepted.
    if (!accepted_.done()) continue;
    state_ = State::kStopped;
    return count;
  }
}

bool Engine::IsInside() const noexcept { return CountInside() > 0; }

std::size_t Engine::CountInside() const noexcept {
  std::size_t count = 0;
  for (auto* task = running_task; task != nullptr; task = task->outer) {
    if (&task->engine == this) ++count;
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

// A task that waits must not hold back what is to run after it.
bool Engine::RunDeferredTask() noexcept {
  for (auto* task = running_task; task != nullptr; task = task->outer) {
    if (task->deferred == nullptr) continue;
    if (Task* const deferred = task->deferred->PopOldest()) {
      Engine& engine = task->engine;
      engine.IsStopped() ? engine.DiscardAccepted(*deferred)
                         : engine.RunOne(*deferred, task->deferred);
      return true;
    }
  }
  return false;
}

void Engine::HelpUntil(Completion& completion, bool alone) {
  Parker parker;
  Waiter for_completion(parker);
  Waiter for_work(parker);
  while (!completion.done()) {
    if (RunDeferredTask()) continue;
    Task* task = nullptr;
    bool stuck = false;
    {
      const MutexLock lock(mutex_);
      task = TakeToHelp();
      // Of what was accepted, is all on this very stack?
      stuck = task == nullptr && alone && accepted_.pending() == CountInside();
      if (task == nullptr && !stuck) sleepers_.Add(for_work);
    }
    if (task != nullptr) {
      Run(*task);
      continue;
    }
    if (stuck) {
      throw DeadlockError(
          "ManualExecutor: a wait that cannot end: nothing is left to run, and "
          "what is waited for has not happened");
    }
    if (completion.AddWaiter(for_completion)) {
      EmitWorkerEvent(HookEvent::kPark, [this] { return worker_id(); });
      parker.Park();
      EmitWorkerEvent(HookEvent::kUnpark, [this] { return worker_id(); });
      completion.RemoveWaiter(for_completion);
    }
    const MutexLock lock(mutex_);
    // Woken to run a task that we may now leave: somebody else must.
    if (!sleepers_.Remove(for_work) && !queue_.empty()) sleepers_.WakeOne();
  }
}

void Await(Completion& completion, Engine* outside_helper) {
  if (completion.done()) return;  // and the helper may be gone
  for (auto* task = running_task; task != nullptr; task = task->outer) {
    if (task->completes == &completion ||
        &task->engine.accepted_ == &completion) {
      throw DeadlockError(
          "a task waits for itself: it is among those that must end before the "
          "wait does");
    }
  }
  // Who waits for a manual executor runs its tasks, wherever that is.
  Engine* const helper = outside_helper != nullptr ? outside_helper
                         : running_task != nullptr ? &running_task->engine
                                                   : nullptr;
  if (helper != nullptr) {
    return helper->HelpUntil(completion, helper == outside_helper);
  }
  Parker parker;
  Waiter waiter(parker);
  if (completion.AddWaiter(waiter)) {
    parker.Park();
    completion.RemoveWaiter(waiter);
  }
}

}  // namespace weft::executor_internal
