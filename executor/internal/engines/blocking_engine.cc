// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engines/blocking_engine.h"

#include <algorithm>
#include <string>

#include "weft/base/sync/parker.h"
#include "weft/base/threads/thread_name.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

using base::MutexLock;

namespace {

ExecutorOptions EngineOptions(const BlockingOptions& options) {
  options.Validate();
  return {.concurrency = 1,
          .on_unhandled_exception = options.on_unhandled_exception};
}

}  // namespace

BlockingEngine::BlockingEngine(const BlockingOptions& options)
    : Engine(EngineOptions(options), *this, Forks::kInline),
      options_(options) {}

BlockingEngine::~BlockingEngine() = default;

BlockingCounts BlockingEngine::counts() const noexcept {
  const MutexLock lock(mutex_);
  BlockingCounts counts = counts_;
  counts.waiting_tasks = queue_.size();
  return counts;
}

namespace {

// The engine that the calling thread belongs to, and its number there.
struct Membership {
  const BlockingEngine* engine;
  int thread;
};
constinit thread_local Membership membership{nullptr, -1};

}  // namespace

int BlockingEngine::worker() const noexcept {
  return membership.engine == this ? membership.thread : -1;
}

// A thread of the engine, as long as it works for it.
class BlockingEngine::Host final : public WaitHost {
 public:
  explicit Host(BlockingEngine& engine) noexcept
      : WaitHost(engine), engine_(engine) {}

  void BeginWait(BlockedWait& wait) noexcept override {
    engine_.BeginWait(wait);
    if (!engine_.CanGoOn()) BlockedWait::AskThoseWhoWaitFor(threads());
  }
  void EndWait(BlockedWait& wait) noexcept override { engine_.EndWait(wait); }
  bool MayWaitForEver() const noexcept override { return engine_.CanGoOn(); }
  WorkerId id() const noexcept override { return engine_.worker_id(); }

 private:
  BlockingEngine& engine_;
};

void BlockingEngine::BeginWait(BlockedWait& wait) noexcept {
  const MutexLock lock(mutex_);
  blocked_.Add(wait);
  waits_.most_blocked = std::max(waits_.most_blocked, ++waits_.blocked);
  // relaxed: see CanGoOn().
  blocked_count_.store(waits_.blocked, std::memory_order_relaxed);
  if (!queue_.empty()) CallThread();
}

void BlockingEngine::EndWait(BlockedWait& wait) noexcept {
  const MutexLock lock(mutex_);
  if (!wait.listed) return;  // refused: it counts as running since then
  blocked_.Remove(wait);
  CountOneBlockedLess();
}

void BlockingEngine::CountOneBlockedLess() noexcept {
  --waits_.blocked;
  // relaxed: see CanGoOn().
  blocked_count_.store(waits_.blocked, std::memory_order_relaxed);
}

void BlockingEngine::Reconsider() noexcept {
  const MutexLock lock(mutex_);
  if (!queue_.empty()) CallThread();
}

bool BlockingEngine::RunOwnQueued(const Completion& completion) noexcept {
  if (!IsWorkedForHere()) return false;
  Job* job = nullptr;
  {
    const MutexLock lock(mutex_);
    job = queue_.PopOldest(
        [&](const Job& one) { return one.completes() == &completion; });
  }
  if (job == nullptr) return false;
  RunInWait(*job);
  return true;
}

bool BlockingEngine::CanGoOn() const noexcept {
  // relaxed: it may change at any time; BlockedWait::AskThoseWhoWaitFor() tells
  // the threads that have asked when it becomes false.
  return blocked_count_.load(std::memory_order_relaxed) <
         options_.max_threads + options_.max_spare_threads;
}

void BlockingEngine::ThrowWaitLimit() const {
  throw WaitLimitError(
      "BlockingExecutor: a wait inside a task was ended: all threads of the "
      "executor wait, " +
      std::to_string(options_.max_threads) + " and " +
      std::to_string(options_.max_spare_threads) +
      " spare ones, while tasks are queued; BlockingOptions::max_spare_threads "
      "allows for more");
}

ThreadStats BlockingEngine::stats() const noexcept {
  const MutexLock lock(mutex_);
  ThreadStats stats = waits_;
  stats.running = running();
  stats.idle = counts_.idle_threads;
  stats.spare_threads = std::max(counts_.threads - options_.max_threads, 0);
  stats.most_spare_threads =
      std::max(counts_.most_threads - options_.max_threads, 0);
  return stats;
}

QueuedTasks BlockingEngine::CountQueued() const noexcept {
  const MutexLock lock(mutex_);
  return {.submitted = queue_.size()};
}

void BlockingEngine::CallThread() noexcept {
  if (running() >= options_.max_threads) return;
  // Threads that have been woken may not have arrived yet.
  if (base::Waiter* const idle = idle_.TakeOne()) {
    idle->parker->Unpark();
    --counts_.idle_threads;
    return;
  }
  try {
    if (counts_.threads < options_.max_threads + options_.max_spare_threads) {
      return StartThread();
    }
  } catch (...) {
    // Goes on as if there were as many threads as may be.
  }
  // Where a wait ends elsewhere, its thread comes for the job.
  if (running() > 0 || blocked_.AnyEndsElsewhere()) return;
  if (BlockedWait* const wait = blocked_.TakeOneThatMayFail()) {
    ++waits_.refused_waits;
    CountOneBlockedLess();
    wait->Refuse();
    return;
  }
  // All threads wait, and none of the waits may fail.
  try {
    StartThread();
  } catch (...) {
    // Nothing more can be done.
  }
}

void BlockingEngine::StartThread() {
  try {
    const auto vacant = std::find(places_.begin(), places_.end(), false);
    const auto index = static_cast<int>(vacant - places_.begin());
    if (vacant == places_.end()) places_.push_back(false);
    threads_.Start([this, index] { Work(index); });
    places_[static_cast<std::size_t>(index)] = true;
  } catch (...) {
    // The threads that run do its work.
    if (running() == 0) throw;
    return;
  }
  counts_.most_threads = std::max(counts_.most_threads, ++counts_.threads);
  ++counts_.started_threads;
}

void BlockingEngine::Queue(Job& job) {
  const MutexLock lock(mutex_);
  const bool is_first = counts_.threads == 0;
  if (is_first) StartThread();
  queue_.Push(job);
  if (!is_first) CallThread();
}

void BlockingEngine::Reserve() {
  const MutexLock lock(mutex_);
  if (counts_.threads == 0) StartThread();
}

void BlockingEngine::QueueFork(Job& job) noexcept {
  // The accepted job is pending: the last thread does not leave.
  Queue(job);
}

void BlockingEngine::Push(QueuedTask& task, QueuePosition) { Queue(task); }

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
  std::size_t count = 0;
  while (Job* const job = dropped.PopOldest()) {
    if (DropAccepted(AsTask(*job))) ++count;
  }
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
  base::Parker& parker = base::Parker::OfThisThread();
  for (;;) {
    base::Waiter for_work(parker);
    bool is_closed = false;
    {
      const MutexLock lock(mutex_);
      // More threads may run than should: those that have waited go on at once.
      if (running() <= options_.max_threads) {
        if (Job* const job = queue_.PopOldest()) return job;
      }
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
    bool woken = false;
    {
      const ParkScope scope(worker_id());
      woken = parker.ParkUntil(base::Parker::Clock::now() + options_.linger);
    }
    // Before the thread leaves: after that it is no worker any more.
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

bool BlockingEngine::LeaveIfIdle(int place, base::Waiter& for_work) noexcept {
  const MutexLock lock(mutex_);
  // The last thread stays while a job may be about to be queued.
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
  const base::ThreadNameScope name(options_.thread_name.c_str(), place);
  membership = {this, place};
  Host host(*this);
  thread_state.host = &host;
  EmitWorkerEvent(HookEvent::kWorkerStart, [this] { return worker_id(); });
  while (Job* const job = WaitForJob(place)) Run(*job);
  thread_state.host = nullptr;
  // Another thread may take its place while its thread_locals are destroyed.
  membership = {nullptr, -1};
}

}  // namespace weft::executor_internal
