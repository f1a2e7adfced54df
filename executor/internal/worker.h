// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A worker: its queues, and how it finds what to run.
//
// It has three queues. What it forks goes to one end of `forked_`; it takes
// from there newest first, so that a tree of forks is walked depth first, while
// thieves take the oldest, the largest parts. What its jobs submit goes to
// `inbox_`. From there, and from the inbox for outside, it moves a batch at a
// time to `taken_`, in reverse, so that taking the newest is taking the oldest;
// and what lies there can be stolen as well: nothing that is queued is ever
// hostage of a job that runs long.
//
// It looks for work in this order: `forked_`, `taken_`, its inbox and the
// crew's, what is set aside, then other workers; at every 61st look the inboxes
// come first, so that a chain of forks that never ends starves nobody.

#ifndef WEFT_EXECUTOR_INTERNAL_WORKER_H_
#define WEFT_EXECUTOR_INTERNAL_WORKER_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "weft/context/internal/frame_cache.h"
#include "weft/executor/internal/completion.h"
#include "weft/executor/internal/crew.h"
#include "weft/executor/internal/inbox.h"
#include "weft/executor/internal/job.h"
#include "weft/executor/internal/submission.h"
#include "weft/executor/internal/thread_state.h"
#include "weft/executor/internal/work_deque.h"
#include "weft/executor/wait_helps.h"
#include "weft/hooks/worker_id.h"

namespace weft::executor_internal {

// Owner-only, but for HasWork() and the stealing: the owner is the thread that
// stands for the worker at the time.
class alignas(64) Worker {
 public:
  // One of `count`. Throws std::bad_alloc.
  Worker(Crew& crew, int index, int count);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  Crew& crew() const noexcept { return crew_; }
  WorkerId id() const noexcept { return crew_.id_of(index_); }

  // Queues what is forked, to be stolen or reclaimed. False if there is no
  // memory: then it is not queued.
  [[nodiscard]] bool Fork(Job& job) noexcept {
    if (!forked_.Push(&job)) return false;
    crew_.Notify();
    return true;
  }
  // The newest of what is forked and not stolen; null if there is none.
  Job* Reclaim() noexcept { return forked_.Pop(); }
  // Has all that was forked here been taken? So others are hungry.
  bool forked_empty() const noexcept { return forked_.empty(); }

  // Queues what is submitted.
  void Post(Job& job) noexcept {
    inbox_.Push(job);
    crew_.Notify();
  }

  // Runs a job taken from a queue.
  void Run(Job& job) noexcept;

  // Runs jobs until `completion` is done or `deadline` has passed, and sleeps
  // while there are none. For the job that runs on this worker.
  void HelpUntil(Completion& completion, WaitHelps helps, WaitKind kind,
                 const WaitDeadline& deadline = {}) noexcept;

  // `completion` has one pending less; may say so later: before this worker
  // runs a job of another completion, looks for work elsewhere, or sleeps.
  void FinishLater(Completion& completion) noexcept {
    if (finished_ != &completion || finished_count_ == kBatch) {
      FlushFinished();
      finished_ = &completion;
    }
    ++finished_count_;
  }

  // Says now what it was told to say later.
  void FlushFinished() noexcept {
    if (finished_ == nullptr) return;
    Completion* const completion = std::exchange(finished_, nullptr);
    completion->Finish(std::exchange(finished_count_, 0));
  }

  // The admissions that it holds in advance, see arena_engine.cc.
  std::size_t& admissions() noexcept { return admissions_; }

  // As the thread that stands for it: runs jobs until there have been none for
  // `linger`, or the gate is closed; then leaves the gate.
  void Work(std::chrono::nanoseconds linger) noexcept;

  // For other threads: is there something to steal?
  bool HasWork() const noexcept {
    return !forked_.LooksEmpty() || !taken_.LooksEmpty() ||
           !inbox_.LooksEmpty();
  }
  Inbox<>& inbox() noexcept { return inbox_; }
  // Takes what is in the other queues, one by one; null if nothing is, or
  // another thief is at it.
  Job* StealOne() noexcept;
  // About how much that is.
  std::size_t queued() const noexcept { return forked_.size() + taken_.size(); }

 private:
  static constexpr std::size_t kBatch = 32;
  static constexpr int kSubmittedFirst = 61;

  // Where to look.
  enum class Scope {
    kEverywhere,
    kForks,  // only what is forked, here and elsewhere
  };

  // Each: a job, if there is one; null if not.
  Job* Find(Scope scope) noexcept;
  Job* FindForked() noexcept;
  Job* FindSubmitted() noexcept;
  Job* FindElsewhere(Scope scope) noexcept;
  Job* TakeBatch(Inbox<>& inbox) noexcept;
  Job* StealFrom(Worker& victim, Scope scope) noexcept;
  // One that `completion` waits for. Tasks of others that lie above it are set
  // aside, as they may not run here now. `waiter` as in SetAside::Take().
  Job* FindOwn(const Completion& completion, Waiter* waiter) noexcept;

  // Looks everywhere, for a while; null if nothing comes, or if `completion`,
  // if there is one, is done first.
  Job* Search(const Completion* completion) noexcept;
  // A searcher sleeps until there may be work, or until `completion` is done;
  // a searcher again afterwards.
  void Sleep(Completion& completion, const WaitDeadline& deadline) noexcept;
  // The same for a thread that leaves if there is none for `linger`: false if
  // it has left the gate.
  bool SleepOrLeave(std::chrono::nanoseconds linger) noexcept;
  // Sleeps until `completion` is done or `deadline` has passed, or is woken
  // otherwise.
  void SleepUntil(Completion& completion,
                  const WaitDeadline& deadline) noexcept;
  // Sleeps until `completion` is done or one of its tasks is set aside; returns
  // that.
  Job* SleepForOwn(Completion& completion,
                   const WaitDeadline& deadline) noexcept;

  void EmitSteals(const Worker& victim, Job* const* jobs,
                  std::size_t count) const noexcept;

  // Lets go of what it keeps for speed.
  void Flush() noexcept;

  std::uint64_t Random() noexcept;

  Crew& crew_;
  const int index_;
  int looks_left_ = kSubmittedFirst;  // until the inboxes come first
  bool own_first_ = false;            // of the inboxes, the last time
  std::uint64_t random_;
  Completion* finished_ = nullptr;  // null: nothing is to be flushed
  std::size_t finished_count_ = 0;
  std::size_t admissions_ = 0;
  context_internal::FrameCache frames_;
  WorkDeque<Job> forked_;
  WorkDeque<Job> taken_;
  Inbox<> inbox_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_WORKER_H_
