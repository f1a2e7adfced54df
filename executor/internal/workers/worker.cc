// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/workers/worker.h"

#include <algorithm>
#include <memory>

#include "weft/base/sync/asymmetric_fence.h"
#include "weft/base/sync/parker.h"
#include "weft/base/sync/pause.h"
#include "weft/base/threads/stack_limit.h"
#include "weft/executor/internal/engine/inline_wait.h"
#include "weft/executor/internal/engine/isolate.h"
#include "weft/executor/internal/engine/worker_delegate.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/internal/task/task_scope.h"

namespace weft::executor_internal {
namespace {

constexpr std::size_t kCapacity = 256;  // of `forked_`, at first
// How long a worker searches before it sleeps: about 20 us, the price of two
// wake-ups.
constexpr int kSearchRounds = 64;
constexpr int kPausesPerRound = 16;

// After so many pops for each worker without a theft a deque's owner leaves out
// its barrier: about 10 us, as much as the heavy fence of the next thief, which
// interrupts all of them, costs each of them.
constexpr int kWatch = 2048;

// The shortest time for which a worker leaves to others what it may not run.
constexpr std::chrono::milliseconds kOneRound{1};

// `taken_` and a stolen batch fit without growing.
constexpr std::size_t kTakenCapacity = 64;

Job* FromNode(InboxNode<>* node) noexcept { return &static_cast<Job&>(*node); }

// How long a wait sleeps before it looks whether tasks still end.
constexpr std::chrono::milliseconds kFirstPatience(10);
constexpr std::chrono::milliseconds kMostPatience(1000);

// True for a task that a wait may look for.
bool IsAwaited(const Job& job) noexcept {
  return job.is_task() && job.completes() != nullptr;
}

}  // namespace

Worker::Worker(WorkerSet& set, int index, int count)
    : WaitHost(set.delegate().threads()),
      workers_(set),
      index_(index),
      random_(static_cast<std::uint64_t>(index) * 2 + 1),
      forked_(kCapacity, kWatch * count),
      taken_(kTakenCapacity, kWatch * count) {}

std::uint64_t Worker::Random() noexcept {
  // G. Marsaglia, "Xorshift RNGs", 2003.
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_;
}

void Worker::ReturnSurplus() noexcept {
  set_admissions(admissions() - (kMostAdmissions - kAdmissions));
  workers_.delegate().ReturnAdmissions(kMostAdmissions - kAdmissions);
}

void Worker::Post(Job& job) noexcept {
  // relaxed: the owner's own. See FindSubmitted() for a batch.
  if (direct_left_ != 0 && submitted_empty() &&
      batch_of_.load(std::memory_order_relaxed) == nullptr) {
    --direct_left_;
    if (taken_.Push(&job)) return workers_.Notify();
  }
  inbox_.Push(job);
  workers_.Notify();
}

[[gnu::always_inline]] inline void Worker::BeforeRun(
    const Completion* completes) noexcept {
  thread_state.finishes.FlushOthers(completes);
  // relaxed: the owner's own.
  if (const Completion* const served = serves_.load(std::memory_order_relaxed);
      served != nullptr && served != completes) [[unlikely]] {
    serves_.store(nullptr, std::memory_order_release);  // [S1]
  }
}

[[gnu::noinline]] void Worker::Run(Job& job,
                                   const Completion* completes) noexcept {
  BeforeRun(completes);
  if (workers_.delegate().Run(job, completes)) KeepAdmission();
}

// Detached tasks, and those of groups, are run without another call where no
// limit is to be asked.
bool Worker::RunJobs(Job* job) noexcept {
  TasksInTurn tasks(workers_.delegate());
  const auto run = [&](const Completion* completes)
                       __attribute__((always_inline)) {
                         BeforeRun(completes);
                         tasks.Run(*job, completes);
                         KeepAdmission();
                       };
  do {
    if (TasksInTurn::MayRun(*job, Job::Form::kDetached)) [[likely]] {
      run(nullptr);
    } else if (TasksInTurn::MayRun(*job, Job::Form::kGroup)) {
      run(&AsTaskOfGroup(*job).group());
    } else {
      Run(*job, job->completes());
    }
    CheckIdle();
    if (workers_.gate.IsOvercommitted()) [[unlikely]]
      return true;
    job = Find();
  } while (job != nullptr);
  return false;
}

Job* Worker::FindSubmitted() noexcept {
  std::int64_t place = 0;
  if (Job* const job = taken_.PopAndFetch(place)) return job;
  // relaxed: the owner's own.
  if (batch_of_.load(std::memory_order_relaxed) != nullptr) {
    // A thief that looks for such jobs hides one for a moment, and may leave
    // it. If the mark went meanwhile, those who wait for the job would not find
    // it.
    if (Job* const job = taken_.Pop()) return job;
    // [S1]
    batch_of_.store(nullptr, std::memory_order_release);
  }
  direct_left_ = kBatch;
  // They take turns, so that none of the three starves the others.
  for (int i = 0; i < 3; ++i) {
    Job* job = nullptr;
    switch (turn_++ % 3) {
      case 0:
        job = TakeBatch(inbox_);
        break;
      case 1:
        job = TakeBatch(workers_.inbox);
        break;
      case 2:
        if (!workers_.set_aside.LooksEmpty()) {
          job = workers_.set_aside.Take();
          left_more_ = !workers_.set_aside.LooksEmpty();
        }
        break;
    }
    if (job != nullptr) return job;
  }
  return nullptr;
}

Job* Worker::FindElsewhere() noexcept {
  const int count = workers_.used();
  auto victim = static_cast<int>(Random() % static_cast<unsigned>(count));
  for (int i = 0; i < count; ++i) {
    Worker* const worker = Of(workers_, victim);
    if (worker != this && worker != nullptr && worker->HasWork()) {
      if (Job* const job = StealFrom(*worker)) return job;
    }
    if (++victim == count) victim = 0;
  }
  return nullptr;
}

[[gnu::always_inline]] inline Job* Worker::Find() noexcept {
  if (--looks_left_ != 0) [[likely]] {
    if (Job* const job = forked_.PopAndFetch(base_)) return job;
    std::int64_t place = 0;
    if (Job* const job = taken_.PopAndFetch(place)) return job;
  }
  return FindNext();
}

Job* Worker::FindNext() noexcept {
  if (looks_left_ == 0) {
    looks_left_ = kSubmittedFirst;
    if (Job* const job = FindSubmitted()) return job;
  }
  if (Job* const job = forked_.PopAndFetch(base_)) return job;
  if (Job* const job = FindSubmitted()) return job;
  thread_state.finishes.Flush();
  return FindElsewhere();
}

Job* Worker::TakeBatch(Inbox<>& inbox) noexcept {
  std::array<InboxNode<>*, kBatch> batch;
  std::size_t count = inbox.Take(batch.data(), batch.size());
  if (count == 0) return nullptr;
  left_more_ = count > 1 || !inbox.LooksEmpty();
  if (count == 1) return FromNode(batch[0]);
  // There is room: `taken_` is empty here, and marked for nobody.
  if (!taken_.TryPushAll(count - 1, [&](std::size_t i) {
        return FromNode(batch[count - 1 - i]);
      })) [[unlikely]] {
    while (--count > 0) static_cast<void>(taken_.Push(FromNode(batch[count])));
  }
  // On their way they were in no queue: a worker that went to sleep missed
  // them, [G1].
  workers_.Notify();
  return FromNode(batch[0]);
}

Job* Worker::StealFrom(Worker& victim) noexcept {
  std::array<Job*, kBatch> batch;
  // Parts of forks are likely to be large, and are taken one by one; tasks of a
  // group are likely to be many and small, and are taken together, but never
  // with tasks of another group: what is stolen here must not wait behind an
  // unrelated task.
  const auto together = [](const Job& first, const Job& job) {
    return &job == &first ||
           (first.is_task() && job.completes() == first.completes());
  };
  std::size_t count =
      victim.forked_.Steal(batch.data(), batch.size(), together);
  if (count > 0) {
    // [S1]
    const Completion* const waited_by = batch[0]->completes();
    batch_of_.store(waited_by, std::memory_order_release);
    serves_.store(waited_by, std::memory_order_release);
  } else {
    count = victim.taken_.Steal(batch.data(), batch.size());
    if (count == 0) {
      Job* const job = TakeBatch(victim.inbox_);
      if (job != nullptr) EmitSteals(victim, &job, 1);
      return job;
    }
    // The newest there is the oldest here.
    std::reverse(batch.begin(), batch.begin() + count);
    // [S1] relaxed: a hint to a thread that may find nothing there any more.
    batch_of_.store(victim.batch_of_.load(std::memory_order_relaxed),
                    std::memory_order_release);
  }
  EmitSteals(victim, batch.data(), count);
  // There is room: `taken_` is empty here, or, within a wait, one is taken.
  for (std::size_t i = count; i > 1; --i) {
    static_cast<void>(taken_.Push(batch[i - 1]));
  }
  // See TakeBatch(); the same goes for jobs that were looked at and left there.
  left_more_ = count > 1 || victim.HasWork();
  if (left_more_) workers_.Notify();
  return batch[0];
}

void Worker::EmitSteals(const Worker& victim, Job* const* jobs,
                        std::size_t count) const noexcept {
  if (!IsStealWanted()) [[likely]]
    return;
  for (std::size_t i = 0; i < count; ++i) {
    EmitSteal(*jobs[i], victim.id(), id());
  }
}

Job* Worker::StealOne() noexcept {
  Job* job = nullptr;
  return taken_.Steal(&job, 1) == 1 || forked_.Steal(&job, 1) == 1 ? job
                                                                   : nullptr;
}

Worker::OwnPlaces Worker::PlacesOf(
    const Completion& completion) const noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(&completion);
  const std::uintptr_t here = base::StackPosition();
  // On a fiber's stack the job's frames lie elsewhere.
  const bool is_local =
      address > here && address < frames_end_ && here >= thread_state.stack.end;
  return {completion, is_local ? base_ : kAnyPlace, shifts_};
}

[[gnu::always_inline]] inline Job* Worker::FindOwn(Job* newest,
                                                   OwnPlaces& own) noexcept {
  if (newest != nullptr && newest->completes() == &own.completion) [[likely]]
    return newest;
  return FindOwnBelow(newest, own, nullptr);
}

Job* Worker::FindOwnBelow(Job* newest, OwnPlaces& own,
                          SetAside::Waiter* waiter) noexcept {
  if (own.shifts != shifts_) [[unlikely]] {
    own.shifts = ++shifts_;
    own.lowest = kAnyPlace;
  }
  // A thief hides what it looks at for a moment, and may leave it. Pop() waits
  // until the thief has decided, so no task of this wait is passed over.
  const auto pop = [&] {
    return forked_.next_place() > own.lowest ? forked_.Pop() : nullptr;
  };
  if (newest == nullptr) newest = pop();
  Job* found = nullptr;
  // Linked by their `next`, which is unused meanwhile, and put back: parts of
  // forks further up this stack, whose turn is not now, and what lies below.
  InboxNode<>* others = nullptr;
  while (newest != nullptr) {
    if (newest->completes() == &own.completion) {
      found = newest;
      break;
    }
    ++passed_over_;
    if (newest->is_task() && forked_.next_place() >= own.lowest) {
      SetAside(AsTask(*newest));
    } else {
      // relaxed: the owner's own.
      newest->next.store(others, std::memory_order_relaxed);
      others = newest;
    }
    newest = pop();
  }
  const bool puts_back = others != nullptr;
  PutBack(others, forked_);
  if (puts_back) workers_.Notify();  // see TakeBatch()
  // For what hooks run before the next job.
  base_ = forked_.next_place();
  if (found != nullptr) return found;
  own.lowest = forked_.next_place();
  if (waiter == nullptr && workers_.set_aside.LooksEmpty()) return nullptr;
  return workers_.set_aside.TakeOf(own.completion, waiter);
}

void Worker::Offer() noexcept {
  const auto is_awaited = [](const Job&, const Job& job) {
    return IsAwaited(job);
  };
  std::array<Job*, kBatch> batch;
  for (WorkDeque<Job>* const queue : {&forked_, &taken_}) {
    while (const std::size_t count =
               queue->Steal(batch.data(), batch.size(), is_awaited)) {
      for (std::size_t i = 0; i < count; ++i) {
        workers_.set_aside.Add(AsTask(*batch[i]));
      }
    }
  }
}

void Worker::OfferOwn() noexcept {
  for (WorkDeque<Job>* const queue : {&forked_, &taken_}) {
    InboxNode<>* others = nullptr;
    while (Job* const job = queue->Pop()) {
      if (IsAwaited(*job)) {
        workers_.set_aside.Add(AsTask(*job));
      } else {
        // relaxed: the owner's own.
        job->next.store(others, std::memory_order_relaxed);
        others = job;
      }
    }
    PutBack(others, *queue);
  }
}

void Worker::PutBack(InboxNode<>* jobs, WorkDeque<Job>& queue) noexcept {
  while (jobs != nullptr) {
    Job* const job = FromNode(jobs);
    // relaxed: the owner's own.
    jobs = jobs->next.load(std::memory_order_relaxed);
    static_cast<void>(queue.Push(job));  // was here before: has room
  }
}

Job* Worker::StealOwn(const Completion& completion) noexcept {
  for (int i = 0, end = workers_.used(); i < end; ++i) {
    Worker* const other = Of(workers_, i);
    if (other == nullptr) continue;
    // [S1]
    const bool has_batch =
        other->batch_of_.load(std::memory_order_acquire) == &completion;
    const bool serves =
        other != this &&
        other->serves_.load(std::memory_order_acquire) == &completion;
    Job* job = nullptr;
    std::size_t count = 0;
    if (has_batch) {
      count = other->taken_.Steal(&job, 1, [&](const Job&, const Job& one) {
        return one.completes() == &completion;
      });
    }
    if (count == 0 && serves) {
      count = other->forked_.Steal(&job, 1, [&](const Job&, const Job& one) {
        if (one.is_task()) return one.completes() == &completion;
        // [S1]
        return other->serves_.load(std::memory_order_acquire) == &completion &&
               !completion.done();
      });
    }
    if (count == 0) {
      if (has_batch || serves) workers_.Notify();  // see StealFrom()
      continue;
    }
    if (other != this) EmitSteals(*other, &job, 1);
    if (other->HasWork()) workers_.Notify();  // see StealFrom()
    return job;
  }
  return nullptr;
}

Job* Worker::Search() noexcept {
  for (int round = 0; round < kSearchRounds; ++round) {
    // A worker too many leaves the work to others.
    if (workers_.gate.IsOvercommitted()) return nullptr;
    if (Job* const job = Find()) return job;
    for (int i = 0; i < kPausesPerRound; ++i) base::Pause();
  }
  return nullptr;
}

Job* Worker::SearchOwn(const Completion& completion) noexcept {
  for (int round = 0; round < kSearchRounds; ++round) {
    if (completion.done()) return nullptr;
    if (Job* const job = StealOwn(completion)) return job;
    for (int i = 0; i < kPausesPerRound; ++i) base::Pause();
  }
  return nullptr;
}

void Worker::Flush() noexcept {
  thread_state.finishes.Flush();
  // The frames first: destructors of values may submit, which is allowed as
  // long as something is pending.
  frames_.Flush();
  if (const std::size_t held = Held(admissions()); held > 0) {
    set_admissions(admissions() - held);
    workers_.delegate().ReturnAdmissions(held);
  }
}

void Worker::BeginWait(BlockedWait& wait) noexcept {
  Flush();
  if (searches_ && workers_.gate.EndSearch()) workers_.WakeOne();
  workers_.gate.Block(wait);
  // [G1], [S4]
  base::HeavyFence();
  if (workers_.HasWork()) workers_.WakeOne();
  if (!workers_.gate.CanGoOn()) BlockedWait::AskThoseWhoWaitFor(threads());
}

void Worker::EndWait(BlockedWait& wait) noexcept {
  const bool refused = workers_.gate.Unblock(wait);
  if (searches_) {
    if (!refused) workers_.gate.BeginSearch();
  } else if (refused) {
    if (workers_.gate.EndSearch()) workers_.WakeOne();
  }
}

[[gnu::always_inline]] inline void Worker::RunOwn(
    Job& job, const Completion* completes) noexcept {
  const bool shows = forked_.IsEmpty();
  // relaxed: the owner's own.
  const Completion* const served = serves_.load(std::memory_order_relaxed);
  // [S1] All that is forked from here on is for what waits for the job.
  if (shows) serves_.store(completes, std::memory_order_release);
  thread_state.finishes.FlushOthers(completes);
  base_ = forked_.next_place();
  if (workers_.delegate().RunInWait(job, completes)) KeepAdmission();
  // [S1]
  if (shows) serves_.store(served, std::memory_order_release);
}

std::optional<bool> Worker::RunOwnUntil(Completion& completion,
                                        const WaitFor& what,
                                        const base::WaitDeadline& deadline) {
  if (thread_state.worker != this) return std::nullopt;
  bool is_done = false;
  Isolate([&] { is_done = WaitForOwn(completion, what, deadline); });
  return is_done;
}

// Jobs run on the stack of a wait, each with a base of its own; the job that
// waits has its own again afterwards.
class Worker::JobsInWait {
 public:
  explicit JobsInWait(Worker& worker) noexcept
      : worker_(worker),
        base_(worker.base_),
        frames_end_(std::exchange(worker.frames_end_, base::StackPosition())),
        shifts_(worker.shifts_) {}
  JobsInWait(const JobsInWait&) = delete;
  JobsInWait& operator=(const JobsInWait&) = delete;
  ~JobsInWait() {
    worker_.base_ = worker_.shifts_ == shifts_ ? base_ : kAnyPlace;
    worker_.frames_end_ = frames_end_;
  }

 private:
  Worker& worker_;
  const std::int64_t base_;
  const std::uintptr_t frames_end_;
  const unsigned shifts_;
};

bool Worker::WaitForOwn(Completion& completion, const WaitFor& what,
                        const base::WaitDeadline& deadline) {
  const InlineWait wait;
  OwnPlaces own = PlacesOf(completion);
  const JobsInWait jobs(*this);
  if (own.lowest == kAnyPlace) [[unlikely]]
    own.shifts = ++shifts_;
  TasksInTurn tasks(workers_.delegate());
  while (!completion.done()) {
    if (base::HasPassed(deadline)) return false;
    std::int64_t left = 0;
    std::int64_t place = 0;
    Job* job = forked_.PopIfAny(left, place);
    // While others lie below it no thief is shown what it serves.
    if (job != nullptr && left > 0 &&
        TasksInTurn::MayRun(*job, Job::Form::kGroup) &&
        &AsTaskOfGroup(*job).group() == &completion) [[likely]] {
      thread_state.finishes.FlushOthers(&completion);
      base_ = place;
      tasks.RunInWait(*job, &completion);
      KeepAdmission();
      continue;
    }
    job = FindOwn(job, own);
    const Completion* completes = &completion;
    if (job == nullptr) [[unlikely]] {
      thread_state.finishes.Flush();
      job = SearchOwn(completion);
      TasksInTurn::Pause();
      if (job == nullptr && !completion.done()) {
        bool is_done = false;
        job = SleepForOwn(completion, own, what, deadline, is_done);
        if (is_done) break;
      }
      if (job == nullptr) continue;
      completes = job->completes();
    }
    RunOwn(*job, completes);
  }
  return true;
}

Job* Worker::SleepForOwn(Completion& completion, OwnPlaces& own,
                         const WaitFor& what,
                         const base::WaitDeadline& deadline, bool& is_done) {
  base::Parker& parker = base::Parker::OfThisThread();
  bool is_refused = false;
  WaitFor looks_again = what;
  looks_again.looks_again = true;
  {
    BlockedWait blocked(parker, looks_again);
    SetAside::Waiter for_own{parker, completion, blocked.looks()};
    // What is known to be of others is not taken out, not even for a moment:
    // the last worker that blocks would miss it.
    Job* const job = FindOwnBelow(nullptr, own, &for_own);
    if (job != nullptr) return job;
    // [S4] Others have refused no wait as long as this thread looked.
    base::LightFence();
    if (workers_.gate.NobodyRuns()) {
      base::HeavyFence();
      if (workers_.HasWork()) workers_.WakeOne();
    }
    is_done = SleepUntilDone(parker, completion, blocked, deadline);
    workers_.set_aside.Forget(for_own);
    is_refused = blocked.refused();
  }
  if (is_refused && !is_done && !completion.done()) ThrowWaitRefused();
  return nullptr;
}

bool Worker::SleepUntilDone(base::Parker& parker, Completion& completion,
                            BlockedWait& blocked,
                            const base::WaitDeadline& deadline) noexcept {
  const auto progress = [this] {
    std::uint64_t sum = 0;
    workers_.ForEach([&](const WorkerSetMember& member) {
      sum += static_cast<const Worker&>(member).progress();
    });
    return sum;
  };
  std::uint64_t before = progress();
  for (auto patience = kFirstPatience;;
       patience = std::min(2 * patience, kMostPatience)) {
    base::WaitDeadline until = base::Parker::Clock::now() + patience;
    if (deadline.has_value() && *deadline < *until) until = deadline;
    if (completion.ParkUntilDone(parker, until)) return true;
    // Whoever wakes the thread has said why, and the permit for it may have
    // come at the last moment: the time says nothing. relaxed: [S4].
    if (blocked.looks().load(std::memory_order_relaxed) || blocked.refused()) {
      return false;
    }
    if (base::HasPassed(deadline)) return false;
    if (!base::HasPassed(until)) continue;  // a permit of an earlier sleep
    const std::uint64_t now = progress();
    if (std::exchange(before, now) == now) workers_.OfferTasks();
  }
}

bool Worker::SleepOrLeave(Sleeper sleeper,
                          std::chrono::nanoseconds linger) noexcept {
  // [S1] What hooks fork is for no waiter.
  serves_.store(nullptr, std::memory_order_release);
  base::Waiter for_work(base::Parker::OfThisThread());
  bool stays = true;
  bool sleeps = true;
  {
    // Hooks are called before the gate is told, and before what they have kept
    // is returned; and when the worker searches again.
    const ParkScope scope(id());
    Flush();
    OfferOwn();
    if (sleeper == Sleeper::kSearcher) {
      searches_ = false;
      workers_.gate.Park(for_work);
    } else {
      sleeps = workers_.gate.Retire(for_work);
    }
    if (sleeps) {
      stays = SleepParked(for_work, linger);
      searches_ = true;
    }
  }
  if (!sleeps) {
    workers_.gate.BeginSearch();
    searches_ = true;
  }
  return stays || !TryLeave(for_work);
}

bool Worker::SleepParked(base::Waiter& for_work,
                         std::chrono::nanoseconds linger) noexcept {
  using Cancelled = SleepGate::Cancelled;
  SleepGate& gate = workers_.gate;
  base::Parker& parker = *for_work.parker;
  const base::Parker::Clock::time_point until =
      base::Parker::Clock::now() + linger;
  for (;;) {
    // [G1]
    base::HeavyFence();
    if (workers_.HasWork() &&
        gate.CancelParkIfFree(for_work) != Cancelled::kNoPermit) {
      return true;
    }
    const bool woken = !gate.closed() && parker.ParkUntil(until);
    if (!gate.IsParked(for_work)) return true;
    if (woken) continue;  // a permit that came late from an earlier sleep
    if (HasWork()) {
      // As many others as may run do so, and will come for it.
      parker.ParkUntil(base::Parker::Clock::now() + linger + kOneRound);
      if (!gate.IsParked(for_work)) return true;
      continue;
    }
    // The worker runs hooks, even if no more workers may run.
    static_cast<void>(gate.CancelPark(for_work));
    return false;
  }
}

bool Worker::TryLeave(base::Waiter& for_work) noexcept {
  // Before the worker leaves: the gate, and all else, may be gone afterwards.
  EmitWorkerEvent(HookEvent::kWorkerStop, [this] { return id(); });
  Flush();
  if (!HasWork()) {
    searches_ = false;
    workers_.gate.Park(for_work);
    // [G1]
    base::HeavyFence();
    if (!workers_.HasWork() &&
        workers_.gate.Leave(for_work, index_, workers_.delegate().accepted())) {
      return true;
    }
    static_cast<void>(workers_.gate.CancelPark(for_work));
    searches_ = true;
  }
  EmitWorkerEvent(HookEvent::kWorkerStart, [this] { return id(); });
  return false;
}

void Worker::Work(std::chrono::nanoseconds linger) noexcept {
  const WorkerScope scope(this, &frames_);
  thread_state.stack = base::BoundsOfThisStack();
  thread_state.host = this;
  frames_end_ = base::StackPosition();
  // The thread that recruited this one has counted it as a searcher.
  searches_ = true;
  EmitWorkerEvent(HookEvent::kWorkerStart, [this] { return id(); });
  for (bool stays = true; stays;) {
    bool retires = false;
    bool was_asleep = true;
    left_more_ = false;
    while (Job* const job = Search()) {
      searches_ = false;
      if (workers_.gate.EndSearch()) workers_.WakeOne();
      if (std::exchange(was_asleep, false) && left_more_) {
        workers_.WakeAnother();
      }
      retires = RunJobs(job);
      if (retires) break;
      EmitSearch([this] { return id(); });
      Flush();
      workers_.gate.BeginSearch();
      searches_ = true;
    }
    stays =
        SleepOrLeave(retires ? Sleeper::kRunner : Sleeper::kSearcher, linger);
  }
  thread_state.host = nullptr;
  thread_state.stack = {};
}

}  // namespace weft::executor_internal
