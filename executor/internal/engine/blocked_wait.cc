// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine/blocked_wait.h"

#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/base/threads/fork_generation.h"
#include "weft/executor/errors.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/engine_threads.h"
#include "weft/executor/internal/engine/inline_wait.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/hooks/execution.h"

namespace weft::executor_internal {

using base::AtFork;
using base::Mutex;
using base::MutexLock;

// All threads of the process that sleep inside a task, as long as they do. Its
// lock is a leaf: no user code is called under it.
struct BlockedWait::Registry {
  Mutex mutex;
  BlockedWait* newest ABSL_GUARDED_BY(mutex) = nullptr;
  unsigned long visits ABSL_GUARDED_BY(mutex) = 0;

  // Called in a child made by fork(): the stacks of the other threads are not
  // there.
  static void ForgetAll() noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS {
    GetRegistry().newest = nullptr;
  }
};

BlockedWait::Registry& BlockedWait::GetRegistry() noexcept {
  static constinit Registry registry;
  return registry;
}

namespace {

[[maybe_unused]] const AtFork& waits_known_at_fork = *new AtFork(
    BlockedWait::GetRegistry().mutex, &BlockedWait::Registry::ForgetAll);

std::string Name(const Resource& task) {
  return "task " + std::to_string(task.async_id()) + " of type " +
         std::string(task.type()) + ", submitted at " +
         task.source_location().file_name() + ":" +
         std::to_string(task.source_location().line());
}

// Returns a job of `running` that must end before `completion` can; null if
// there is none.
const RunningJob* FindNeeded(const Completion& completion,
                             const RunningJob* running) noexcept {
  const Engine* engine = nullptr;  // of the job before, which is not awaited
  for (auto* job = running; job != nullptr; job = job->outer) {
    if (job->completes == &completion) return job;
    if (&job->engine == engine) continue;
    engine = &job->engine;
    if (&job->engine.accepted() == &completion) return job;
  }
  return nullptr;
}
bool Needs(const Completion& completion, const RunningJob* running) noexcept {
  return FindNeeded(completion, running) != nullptr;
}

}  // namespace

void ThrowIfWaitsForItself(const Completion& completion) {
  const RunningJob* const needed = FindNeeded(completion, thread_state.running);
  if (needed == nullptr) return;
  const Resource* who = &ExecutionAsyncResource();
  std::string what =
      "a task waits for itself: it must end before its own wait can: " +
      Name(*who);
  for (auto* wait = thread_state.inline_waits; wait != nullptr;
       wait = wait->outer()) {
    if (wait->job() == needed && &wait->resource() != who) {
      what += ", would wait for a task that waits for it: " +
              Name(wait->resource());
    }
  }
  throw DeadlockError(what);
}

BlockedWait::BlockedWait(base::Parker& parker, const WaitFor& what)
    : parker_(parker),
      what_(what),
      host_(thread_state.host),
      running_(thread_state.running),
      resource_(ExecutionAsyncResource()),
      looks_(what.looks_again) {
  if (running_ != nullptr) Enlist();
  EmitWait(resource_, what_.completion);
  if (host_ == nullptr) return;
  parked_.emplace(host_->id());
  host_->BeginWait(*this);
}

BlockedWait::~BlockedWait() {
  if (host_ != nullptr) {
    host_->EndWait(*this);
    parked_.reset();
  }
  EmitWaitEnd(resource_);
  if (running_ != nullptr) Delist();
}

void ThrowWaitRefused() { thread_state.host->threads().ThrowWaitLimit(); }

bool BlockedWait::EndsElsewhere() const noexcept {
  // relaxed: [S4].
  if (looks_.load(std::memory_order_relaxed)) return true;
  if (what_.completion != nullptr && what_.completion->done()) return true;
  if (what_.engine == nullptr) return false;
  const EngineThreads& other = what_.engine->threads();
  return &other != &host_->threads() && other.CanGoOn();
}

const BlockedWait* BlockedWait::FindCircle(
    Registry& registry, const Completion& awaited,
    const RunningJob* running) noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const unsigned long visit = ++registry.visits;
  BlockedWait* to_look_at = nullptr;
  const auto add_those_it_needs =
      [&](const Completion& completion) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        for (auto* wait = registry.newest; wait != nullptr;
             wait = wait->older_) {
          if (wait->visited_ == visit || !Needs(completion, wait->running_)) {
            continue;
          }
          wait->visited_ = visit;
          wait->to_look_at_ = std::exchange(to_look_at, wait);
        }
      };
  add_those_it_needs(awaited);
  while (to_look_at != nullptr) {
    const BlockedWait& wait = *to_look_at;
    to_look_at = wait.to_look_at_;
    // A wait with a deadline ends by itself.
    if (wait.what_.has_deadline || wait.what_.completion == nullptr) continue;
    if (wait.what_.completion->done()) continue;  // it is about to go on
    if (Needs(*wait.what_.completion, running)) return &wait;
    add_those_it_needs(*wait.what_.completion);
  }
  return nullptr;
}

void BlockedWait::Enlist() {
  Registry& registry = GetRegistry();
  const MutexLock lock(registry.mutex);
  const bool may_close_circle =
      may_fail() && !what_.has_deadline && what_.completion != nullptr;
  if (may_close_circle && registry.newest != nullptr) {
    if (const BlockedWait* const last =
            FindCircle(registry, *what_.completion, running_)) {
      throw DeadlockError(
          "a wait that cannot end: " + Name(resource_) +
          " would wait for a task that waits for it: " + Name(last->resource_));
    }
  }
  forks_ = base::ForkGeneration();
  older_ = registry.newest;
  if (older_ != nullptr) older_->newer_ = this;
  registry.newest = this;
}

void BlockedWait::Delist() noexcept {
  Registry& registry = GetRegistry();
  const MutexLock lock(registry.mutex);
  if (forks_ != base::ForkGeneration()) return;
  (newer_ != nullptr ? newer_->older_ : registry.newest) = older_;
  if (older_ != nullptr) older_->newer_ = newer_;
}

void BlockedWait::AskThoseWhoWaitFor(const EngineThreads& other) noexcept {
  Registry& registry = GetRegistry();
  // Waits that are listed, and their threads, stay as long as the lock is held.
  const MutexLock lock(registry.mutex);
  for (auto* wait = registry.newest; wait != nullptr; wait = wait->older_) {
    if (wait->host_ == nullptr || wait->what_.engine == nullptr) continue;
    EngineThreads& own = wait->host_->threads();
    if (&own != &other && &wait->what_.engine->threads() == &other) {
      own.Reconsider();
    }
  }
}

void BlockedWaits::Add(BlockedWait& wait) noexcept {
  wait.next = newest_;
  wait.previous = nullptr;
  if (newest_ != nullptr) newest_->previous = &wait;
  newest_ = &wait;
  wait.listed = true;
}

void BlockedWaits::Remove(BlockedWait& wait) noexcept {
  (wait.previous != nullptr ? wait.previous->next : newest_) = wait.next;
  if (wait.next != nullptr) wait.next->previous = wait.previous;
  wait.listed = false;
}

bool BlockedWaits::AnyEndsElsewhere() const noexcept {
  for (const auto* wait = newest_; wait != nullptr; wait = wait->next) {
    if (wait->EndsElsewhere()) return true;
  }
  return false;
}

BlockedWait* BlockedWaits::TakeOneThatMayFail() noexcept {
  for (auto* wait = newest_; wait != nullptr; wait = wait->next) {
    if (!wait->may_fail()) continue;
    Remove(*wait);
    return wait;
  }
  return nullptr;
}

}  // namespace weft::executor_internal
