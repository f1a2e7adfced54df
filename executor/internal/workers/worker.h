// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A worker: its queues, and how it finds what to run.
//
// It has three queues. What it forks goes to one end of `forked_`; it takes
// from there newest first, so that a tree of forks is walked depth first, while
// thieves take the oldest, the largest parts. What its jobs submit goes to
// `inbox_`. From there, and from the inbox for outside, it moves a batch at a
// time to `taken_`, in reverse, so that taking the newest is taking the oldest;
// and what is there can be stolen as well: no queued job ever has to wait for a
// job that runs long. A job that is submitted while both are empty goes to
// `taken_` at once.
//
// It looks for work in this order: `forked_`, `taken_`, its inbox, the set's
// and what is set aside in turns, then other workers; at every 61st look the
// inboxes come first, so that a chain of forks that never ends starves nobody.
//
// A job that waits runs only what it waits for, wherever that is queued: what
// it has forked itself, which it finds without a look at what lay in the queue
// before it began; and, on a worker that has stolen part of it, what that
// part has forked in turn (D. Wagner, B. Calder, "Leapfrogging: A Portable
// Technique for Implementing Efficient Futures", PPOPP 1993). If there is none
// of that the worker sleeps, and another one goes on in its place
// (blocked_wait.h).

#ifndef WEFT_EXECUTOR_INTERNAL_WORKERS_WORKER_H_
#define WEFT_EXECUTOR_INTERNAL_WORKERS_WORKER_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "weft/base/sync/wait_deadline.h"
#include "weft/context/internal/frame_cache.h"
#include "weft/executor/internal/engine/blocked_wait.h"
#include "weft/executor/internal/engine/wait_host.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/inbox.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/executor/internal/task/thread_state.h"
#include "weft/executor/internal/workers/work_deque.h"
#include "weft/executor/internal/workers/worker_set.h"
#include "weft/hooks/worker_id.h"

namespace weft::executor_internal {

// Owner-only, except HasWork() and the stealing: the owner is the thread that
// stands for the worker at the time.
//
// Edges:
//   [S1] Stores of `serves_` and `batch_of_` <-> StealOwn()'s loads of them:
//        hints where to look. A thief checks what it takes under the deque's
//        lock: whether a part was forked for what the worker serves it learns
//        by loading `serves_` again there: the worker changes it before it
//        pushes what it forks for another waiter, and the thief sees that by
//        [W1]. Breaks if weakened: a wait runs an unrelated part. Test:
//        WaitsTest.RunNoStrangers.
class alignas(64) Worker final : public WorkerSetMember, public WaitHost {
 public:
  // Makes one worker of a set of which `count` run at once. Throws
  // std::bad_alloc.
  Worker(WorkerSet& set, int index, int count);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Returns worker `index` of `set`; null if it never had a thread.
  static Worker* Of(const WorkerSet& set, int index) noexcept {
    return static_cast<Worker*>(set.member(index));
  }

  WorkerSet& set() const noexcept { return workers_; }
  int index() const noexcept { return index_; }
  WorkerId id() const noexcept override { return workers_.id_of(index_); }

  // Queues what is forked, to be stolen or reclaimed. Returns false if there is
  // no memory: then it is not queued.
  [[nodiscard]] bool Fork(Job& job) noexcept {
    if (!forked_.Push(&job)) return false;
    workers_.Notify();
    return true;
  }
  // Takes the newest of what is forked and not stolen; null if there is none.
  [[gnu::always_inline]] inline Job* Reclaim() noexcept {
    return forked_.Pop();
  }
  // True if all that was forked here has been taken. Then other workers look
  // for work.
  bool forked_empty() const noexcept { return forked_.empty(); }

  // Do the same for the worker's own submission, without waking anybody:
  // followed by Notify() of the set. TryFork() returns false also if it would
  // have to make room.
  [[nodiscard]] bool TryFork(Job& job) noexcept {
    return forked_.TryPush(&job);
  }
  void Add(Job& job) noexcept { inbox_.Push(job); }
  // True if nothing is queued here that was submitted before.
  bool submitted_empty() const noexcept {
    return taken_.empty() && inbox_.LooksEmpty();
  }

  // Queues what is submitted. If it is the first, it goes where the owner takes
  // it from, which spares both sides of the inbox their exchanges: not more
  // often than a batch has jobs, until the inboxes have had their turn.
  void Post(Job& job) noexcept;

  // Waits until `completion` is done or `deadline` has passed. Meanwhile it
  // runs what `completion` waits for, and nothing else; it sleeps while nothing
  // of that is queued. Only for the job that runs on this worker. Throws as
  // BlockedWait does, if the wait may fail.
  std::optional<bool> RunOwnUntil(Completion& completion, const WaitFor& what,
                                  const base::WaitDeadline& deadline) override;
  // The same for a part of a fork that has been stolen.
  void JoinStolen(Completion& part) noexcept {
    WaitForOwn(part, {&part, nullptr, WaitFor::MayFail::kNo, false}, {});
  }
  // Makes a task that lies above a part which is to be joined available to
  // others.
  void SetAside(QueuedTask& task) noexcept {
    workers_.set_aside.Add(task);
    workers_.Notify();
  }

  // For tests: how many jobs of others the waits on this worker have had in
  // their hands.
  std::size_t passed_over() const noexcept { return passed_over_; }

  void BeginWait(BlockedWait& wait) noexcept override;
  void EndWait(BlockedWait& wait) noexcept override;
  bool MayWaitForEver() const noexcept override {
    return workers_.gate.MayBlockOneMore();
  }

  // A worker is admitted this many tasks at a time, uses them up, and gets them
  // back as tasks end, without touching the common count. While it runs it may
  // hold more than it will need, so the count is too high, never too low; when
  // it finds nothing to run it returns what it holds.
  static constexpr std::size_t kAdmissions = 64;

  // Takes one of the admissions that it holds. Returns false if it has none to
  // spare: one stays, and counts for the contexts that the worker caches until
  // they are released.
  // What is taken is for a task that is accepted.
  [[nodiscard]] bool TakeAdmission() noexcept {
    const std::uint64_t now = admissions();
    if (Held(now) <= 1) [[unlikely]]
      return false;
    set_admissions(now + kOneTask - 1);
    return true;
  }
  // Adds `count`, and takes one of them.
  void AddAndTakeAdmission(std::size_t count) noexcept {
    set_admissions(admissions() + kOneTask + count - 1);
  }
  // Keeps the admission of a task that has ended.
  void KeepAdmission() noexcept {
    const std::uint64_t now = admissions() + 1;
    set_admissions(now);
    if (Held(now) == kMostAdmissions) [[unlikely]]
      ReturnSurplus();
  }
  // Returns how many tasks TakeAdmission() has been for. For any thread.
  std::uint64_t accepted() const noexcept { return admissions() / kOneTask; }
  // Returns how many are left for it to take. For any thread.
  std::size_t in_advance() const noexcept { return Held(admissions()); }
  // Returns a number that is another when it has accepted or ended a task
  // since; parts of forks, and what runs in lanes, do not count. For any
  // thread.
  std::uint64_t progress() const noexcept { return admissions(); }

  // The body of the thread that stands for it: runs jobs until there have been
  // none for `linger`, or the gate is closed; then leaves the gate.
  void Work(std::chrono::nanoseconds linger) noexcept;

  bool HasWork() const noexcept override {
    return !forked_.LooksEmpty() || !taken_.LooksEmpty() ||
           !inbox_.LooksEmpty();
  }
  // Sets aside tasks that complete something, except those that lie above a job
  // of another kind, which thieves have to take first.
  void Offer() noexcept override;
  Inbox<>& inbox() noexcept { return inbox_; }
  const Inbox<>& inbox() const noexcept { return inbox_; }
  // Takes one job from the other queues; null if they are empty, or another
  // thief is taking.
  Job* StealOne() noexcept;
  // Returns about how many jobs those queues hold, and each of them.
  std::size_t queued() const noexcept { return forked() + taken(); }
  std::size_t forked() const noexcept { return forked_.size(); }
  std::size_t taken() const noexcept { return taken_.size(); }

 private:
  static constexpr std::size_t kBatch = 32;
  static constexpr int kSubmittedFirst = 61;

  static constexpr std::size_t kMostAdmissions = 4 * kAdmissions;

  static constexpr std::uint64_t kOneTask = std::uint64_t{1} << 16;
  static std::uint16_t Held(std::uint64_t admissions) noexcept {
    return static_cast<std::uint16_t>(admissions);
  }
  std::uint64_t admissions() const noexcept {
    // relaxed: only the owner changes it; others read a number for statistics.
    return admissions_.load(std::memory_order_relaxed);
  }
  void set_admissions(std::uint64_t admissions) noexcept {
    // relaxed: see admissions().
    admissions_.store(admissions, std::memory_order_relaxed);
  }
  void ReturnSurplus() noexcept;

  // Each returns a job, or null if there is none. Find() is FindNext(), and
  // inline where that takes what is at hand.
  Job* Find() noexcept;
  Job* FindNext() noexcept;
  Job* FindSubmitted() noexcept;
  Job* FindElsewhere() noexcept;
  Job* TakeBatch(Inbox<>& inbox) noexcept;
  Job* StealFrom(Worker& victim) noexcept;
  bool WaitForOwn(Completion& completion, const WaitFor& what,
                  const base::WaitDeadline& deadline);
  // The places in `forked_` where what `completion` waits for may lie.
  //
  // Each job finds the queue filled up to some place, `base_`, and what it, and
  // what runs in its waits, puts there lies above that. So a wait for a group
  // that its own job has made, as is seen by where on the stack the group lies,
  // need not look further down: what the jobs further up the stack, and those
  // before them, have queued stays where it is, for thieves, and costs nothing.
  // Only a wait for a group that is not in the job's own frames looks at the
  // whole queue. It may take out what lies below the bases of jobs further up,
  // so that these put tasks lower than before; `shifts_` counts that, and their
  // waits then look at the whole queue too.
  struct OwnPlaces {
    const Completion& completion;
    std::int64_t lowest;  // all below is of others
    unsigned shifts;      // when that was so
  };
  OwnPlaces PlacesOf(const Completion& completion) const noexcept;
  // Returns a job that `own` is for, where `newest` of its own queue, or null,
  // has been taken. Sets aside tasks of others that lie there, as they may not
  // run here now: another thread may wait for them.
  Job* FindOwn(Job* newest, OwnPlaces& own) noexcept;
  // The same where `newest` is none of that. `waiter` as in
  // SetAside::TakeOf().
  Job* FindOwnBelow(Job* newest, OwnPlaces& own,
                    SetAside::Waiter* waiter) noexcept;
  // Sets aside all tasks of its own queues that complete something. A worker
  // that sleeps may have some, if as many run as may: others that wait, and
  // hold what those that run want, look for them there.
  void OfferOwn() noexcept;
  // Pushes jobs that were popped, linked by their `next`, in the old order.
  static void PutBack(InboxNode<>* jobs, WorkDeque<Job>& queue) noexcept;
  // Steals a job that `completion` waits for from other workers.
  Job* StealOwn(const Completion& completion) noexcept;
  // Runs `job`, taken from a queue, and then others as long as it finds some.
  // Returns true if it has stopped because more workers run than may.
  bool RunJobs(Job* job) noexcept;
  // What comes before a job that completes that is run.
  void BeforeRun(const Completion* completes) noexcept;
  // Runs a job taken from a queue. `completes` is what its completes()
  // returned.
  void Run(Job& job, const Completion* completes) noexcept;
  // The same on the stack of what waits for it.
  void RunOwn(Job& job, const Completion* completes) noexcept;

  // Looks everywhere, for a while; null if no job comes.
  Job* Search() noexcept;
  // The same for what `completion` waits for, or until that is done.
  Job* SearchOwn(const Completion& completion) noexcept;
  // Sleeps until `completion` is done, which sets `is_done`, or `deadline` has
  // passed, or one of its tasks is set aside; returns that task.
  Job* SleepForOwn(Completion& completion, OwnPlaces& own, const WaitFor& what,
                   const base::WaitDeadline& deadline, bool& is_done);
  // The part of it that sleeps, until it is done, or woken for another reason.
  // If nothing has been accepted and no task has ended for some time it has
  // those set aside that are queued where no wait looks: if all that run want a
  // lock which this thread holds, nobody else comes for one that lies behind a
  // stranger's.
  bool SleepUntilDone(base::Parker& parker, Completion& completion,
                      BlockedWait& blocked,
                      const base::WaitDeadline& deadline) noexcept;
  // Sleeps until there may be work, and is a searcher then; returns false if
  // there was none for `linger`, and it has left the gate. A worker that runs
  // sleeps only if more run than may.
  enum class Sleeper { kSearcher, kRunner };
  bool SleepOrLeave(Sleeper sleeper, std::chrono::nanoseconds linger) noexcept;
  // The part of it in which the gate lists the worker. Returns true if there
  // may be work, false if there was none for `linger`; in both cases the gate
  // counts the worker as a searcher again.
  bool SleepParked(base::Waiter& for_work,
                   std::chrono::nanoseconds linger) noexcept;
  // The part of it after that, if there was no work: returns true if it has
  // left.
  bool TryLeave(base::Waiter& for_work) noexcept;

  void EmitSteals(const Worker& victim, Job* const* jobs,
                  std::size_t count) const noexcept;

  // Releases what it keeps for speed.
  void Flush() noexcept;

  std::uint64_t Random() noexcept;

  WorkerSet& workers_;
  const int index_;
  int looks_left_ = kSubmittedFirst;  // until the inboxes come first
  std::size_t direct_left_ = kBatch;  // see Post()
  unsigned turn_ = 0;                 // of the inboxes and what is set aside
  bool searches_ = false;             // counted so by the gate
  bool left_more_ = false;            // where it last took jobs of others
  std::uint64_t random_;
  // The completion that the end of the job which runs here, taken from another
  // worker, completes; all parts in `forked_` were forked for it. Null: no
  // thief may learn of it. [S1]
  std::atomic<const Completion*> serves_{nullptr};
  // The completion for which all of `taken_` is, if there is one. [S1]
  std::atomic<const Completion*> batch_of_{nullptr};
  // Those that it holds, and, in the bits above, how many tasks it has accepted
  // so far: one store counts both.
  std::atomic<std::uint64_t> admissions_{0};
  // See OwnPlaces.
  class JobsInWait;
  static constexpr std::int64_t kAnyPlace =
      std::numeric_limits<std::int64_t>::min();
  std::int64_t base_ = 0;          // of the job that runs
  std::uintptr_t frames_end_ = 0;  // its frames lie below this address
  unsigned shifts_ = 0;
  std::size_t passed_over_ = 0;
  context_internal::FrameCache frames_{&DestroyAsNobody};
  WorkDeque<Job> forked_;
  WorkDeque<Job> taken_;
  Inbox<> inbox_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_WORKERS_WORKER_H_
