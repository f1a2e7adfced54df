// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/blocking_engine.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "weft/executor/executor_options.h"
#include "weft/executor/internal/isolate.h"
#include "weft/executor/internal/parker.h"
#include "weft/executor/internal/scheduling_events.h"
#include "weft/executor/internal/stack_limit.h"
#include "weft/executor/internal/thread_state.h"

namespace weft::executor_internal {

using context_internal::MutexLock;

namespace {

ExecutorOptions EngineOptions(const BlockingOptions& options) {
  options.Validate();
  return {.concurrency = 1,
          .on_unhandled_exception = options.on_unhandled_exception};
}

}  // namespace

BlockingEngine::BlockingEngine(const BlockingOptions& options)
    : Engine(EngineOptions(options)), options_(options) {}

BlockingEngine::~BlockingEngine() = default;

BlockingCounts BlockingEngine::counts() const noexcept {
  const MutexLock lock(mutex_);
  BlockingCounts counts = counts_;
  counts.waiting_tasks = queue_.size();
  return counts;
}

int BlockingEngine::worker() const noexcept {
  return thread_state.blocking == this ? thread_state.blocking_thread : -1;
}

void BlockingEngine::StartThread() {
  if (counts_.threads == options_.max_threads) return;
  try {
    const auto vacant = std::find(places_.begin(), places_.end(), false);
    const auto index = static_cast<int>(vacant - places_.begin());
    if (vacant == places_.end()) places_.push_back(false);
    threads_.Start([this, index] { Work(index); });
    places_[static_cast<std::size_t>(index)] = true;
  } catch (...) {
    if (counts_.threads == 0) throw;
    return;  // those that there are do its work
  }
  counts_.most_threads = std::max(counts_.most_threads, ++counts_.threads);
  ++counts_.started_threads;
}

void BlockingEngine::Queue(Job& job) {
  const MutexLock lock(mutex_);
  // Those that have been woken have not come yet.
  if (Waiter* const idle = idle_.TakeOne()) {
    idle->parker.Unpark();
    --counts_.idle_threads;
  } else {
    StartThread();
    // If it was not to be had, who waits inside a task may run it.
    if (Waiter* const helper = helpers_.TakeOne()) helper->parker.Unpark();
  }
  queue_.Push(job);
}

void BlockingEngine::Reserve() {
  const MutexLock lock(mutex_);
  if (counts_.threads == 0) StartThread();
}

void BlockingEngine::QueueFork(Job& job) noexcept {
  // What was accepted is pending: the thread that there is does not leave.
  Queue(job);
}

void BlockingEngine::Push(Task& task, Turn) { Queue(task); }

std::size_t BlockingEngine::DropQueued() noexcept {
  JobQueue dropped;
  {
    JobQueue others;
    const MutexLock lock(mutex_);
    while (Job* const job = queue_.PopOldest()) {
      (job->is_task() ? dropped : others).Push(*job);
    }
    queue_ = others;
  }
  const std::size_t count = dropped.size();
  while (Job* const job = dropped.PopOldest()) DropAccepted(AsTask(*job));
  return count;
}

void BlockingEngine::WaitUntilLeft() noexcept {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
    idle_.WakeAll();
    idle_ = {};
    counts_.idle_threads = 0;
  }
  threads_.JoinAll();
}

Job* BlockingEngine::WaitForJob(int place) noexcept {
  Parker& parker = Parker::OfThisThread();
  for (;;) {
    Waiter for_work(parker);
    bool is_closed = false;
    {
      const MutexLock lock(mutex_);
      if (Job* const job = queue_.PopOldest()) return job;
      is_closed = closed_;
      if (is_closed) {
        --counts_.threads;
      } else {
        idle_.Add(for_work);
        ++counts_.idle_threads;
      }
    }
    if (is_closed) {
      EmitWorkerEvent(HookEvent::kWorkerStop, [this] { return worker_id(); });
      return nullptr;
    }
    EmitWorkerEvent(HookEvent::kPark, [this] { return worker_id(); });
    const bool woken = parker.ParkUntil(Parker::Clock::now() + options_.linger);
    EmitWorkerEvent(HookEvent::kUnpark, [this] { return worker_id(); });
    // Before it leaves: then it is no worker any more.
    if (!woken) {
      EmitWorkerEvent(HookEvent::kWorkerStop, [this] { return worker_id(); });
      if (LeaveIfIdle(place, for_work)) return nullptr;
      EmitWorkerEvent(HookEvent::kWorkerStart, [this] { return worker_id(); });
    }
    const MutexLock lock(mutex_);
    if (!for_work.listed) continue;
    idle_.Remove(for_work);
    --counts_.idle_threads;
  }
}

bool BlockingEngine::LeaveIfIdle(int place, Waiter& for_work) noexcept {
  const MutexLock lock(mutex_);
  // The last one stays while a job may be about to be queued.
  if (!for_work.listed || (counts_.threads == 1 && !accepted().done())) {
    return false;
  }
  idle_.Remove(for_work);
  --counts_.idle_threads;
  --counts_.threads;
  places_[static_cast<std::size_t>(place)] = false;
  return true;
}

void BlockingEngine::Work(int place) noexcept {
  std::array<char, 16> name{};  // the kernel's limit
  std::snprintf(name.data(), name.size(), "%s-%d", options_.thread_name.c_str(),
                place);
  pthread_setname_np(pthread_self(), name.data());
  thread_state.stack = BoundsOfThisStack();
  thread_state.blocking = this;
  thread_state.blocking_thread = place;
  EmitWorkerEvent(HookEvent::kWorkerStart, [this] { return worker_id(); });
  while (Job* const job = WaitForJob(place)) Run(*job);
  // Another may stand in its place while its thread_locals are destroyed.
  thread_state.blocking = nullptr;
}

void BlockingEngine::HelpUntil(Completion& completion, Engine*, WaitHelps helps,
                               WaitKind, const WaitDeadline& deadline) {
  Parker& parker = Parker::OfThisThread();
  const auto wanted = [&](const Job& job) {
    return helps == WaitHelps::kAnyTask || job.completes() == &completion;
  };
  while (!completion.done() && !HasPassed(deadline)) {
    if (RunDeferredJob()) continue;
    Waiter for_work(parker);
    Job* job = nullptr;
    {
      const MutexLock lock(mutex_);
      job = queue_.PopOldest(wanted);
      if (job == nullptr) helpers_.Add(for_work);
    }
    if (job != nullptr) {
      // The thread may be a worker of another executor, not of this one.
      const WorkerScope no_worker(nullptr, nullptr);
      Isolate([&] { Run(*job); });
      continue;
    }
    Waiter for_completion(parker);
    if (completion.AddWaiter(for_completion)) {
      EmitWorkerEvent(HookEvent::kPark, [this] { return worker_id(); });
      parker.ParkUntil(deadline);
      EmitWorkerEvent(HookEvent::kUnpark, [this] { return worker_id(); });
      completion.RemoveWaiter(for_completion);
    }
    const MutexLock lock(mutex_);
    if (for_work.listed) {
      helpers_.Remove(for_work);
    } else if (!queue_.empty()) {
      // Woken to run a job that it may now leave: somebody else must.
      if (Waiter* const other = helpers_.TakeOne()) other->parker.Unpark();
    }
  }
}

}  // namespace weft::executor_internal
