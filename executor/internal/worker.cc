// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/worker.h"

#include <memory>
#include <vector>

#include "weft/context/internal/asymmetric_fence.h"
#include "weft/executor/internal/engine.h"
#include "weft/executor/internal/parker.h"
#include "weft/executor/internal/scheduling_events.h"
#include "weft/executor/internal/task.h"
#include "weft/executor/internal/task_scope.h"

namespace weft::executor_internal {
namespace {

constexpr std::size_t kCapacity = 256;  // of `forked_`, at first
// How long a worker searches before it sleeps: about 20 us, the price of two
// wake-ups.
constexpr int kSearchRounds = 64;
constexpr int kPausesPerRound = 16;

// After so many pops for each worker without a theft a deque's owner leaves out
// its barrier: about 10 us, as much as the heavy fence of the next thief, which
// interrupts them all, costs each of them.
constexpr int kWatch = 2048;

// `taken_` and a stolen batch fit without growing.
constexpr std::size_t kTakenCapacity = 64;

void Pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

Job* FromNode(InboxNode<>* node) noexcept { return static_cast<Job*>(node); }

}  // namespace

Worker::Worker(Crew& crew, int index, int count)
    : crew_(crew),
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

void Worker::Run(Job& job) noexcept {
  const Completion* const completes = job.completes();
  if (finished_ != nullptr && finished_ != completes) FlushFinished();
  crew_.engine().Run(job, completes);
}

Job* Worker::FindForked() noexcept {
  if (forked_.empty()) return nullptr;
  forked_.Prefetch();
  return forked_.Pop();
}

Job* Worker::FindSubmitted() noexcept {
  if (!taken_.empty()) {
    taken_.Prefetch();
    if (Job* const job = taken_.Pop()) return job;
  }
  own_first_ = !own_first_;
  if (Job* const job = TakeBatch(own_first_ ? inbox_ : crew_.inbox)) return job;
  if (Job* const job = TakeBatch(own_first_ ? crew_.inbox : inbox_)) return job;
  return crew_.set_aside.LooksEmpty() ? nullptr
                                      : crew_.set_aside.Take(nullptr, nullptr);
}

Job* Worker::FindElsewhere(Scope scope) noexcept {
  const auto& workers = crew_.workers();
  const std::size_t count = workers.size();
  std::size_t victim = static_cast<std::size_t>(Random() % count);
  for (std::size_t i = 0; i < count; ++i) {
    Worker& worker = *workers[victim];
    if (&worker != this && worker.HasWork()) {
      if (Job* const job = StealFrom(worker, scope)) return job;
    }
    if (++victim == count) victim = 0;
  }
  return nullptr;
}

Job* Worker::Find(Scope scope) noexcept {
  if (scope == Scope::kEverywhere && --looks_left_ == 0) [[unlikely]] {
    looks_left_ = kSubmittedFirst;
    if (Job* const job = FindSubmitted()) return job;
  }
  if (Job* const job = FindForked()) return job;
  if (scope == Scope::kEverywhere) {
    if (Job* const job = FindSubmitted()) return job;
  }
  FlushFinished();
  return FindElsewhere(scope);
}

Job* Worker::TakeBatch(Inbox<>& inbox) noexcept {
  std::array<InboxNode<>*, kBatch> batch;
  std::size_t count = inbox.Take(batch.data(), batch.size());
  if (count == 0) return nullptr;
  if (count == 1) return FromNode(batch[0]);
  // There is room: `taken_` is empty here.
  while (--count > 0) {
    static_cast<void>(taken_.Push(FromNode(batch[count])));
  }
  // On their way they were in no queue: who went to sleep missed them, [G1].
  crew_.Notify();
  return FromNode(batch[0]);
}

Job* Worker::StealFrom(Worker& victim, Scope scope) noexcept {
  std::array<Job*, kBatch> batch;
  if (std::size_t count = victim.forked_.Steal(batch.data(), 1); count > 0) {
    // Tasks of a group are likely to be many and small, parts of forks large.
    if (batch[0]->is_task()) {
      count += victim.forked_.Steal(batch.data() + 1, batch.size() - 1);
    }
    EmitSteals(victim, batch.data(), count);
    for (std::size_t i = 1; i < count; ++i) {
      static_cast<void>(forked_.Push(batch[i]));  // empty before: has room
    }
    if (count > 1) crew_.Notify();  // see TakeBatch()
    return batch[0];
  }
  if (scope == Scope::kForks) return nullptr;
  if (std::size_t count = victim.taken_.Steal(batch.data(), batch.size());
      count > 0) {
    EmitSteals(victim, batch.data(), count);
    for (std::size_t i = 0; i + 1 < count; ++i) {
      static_cast<void>(taken_.Push(batch[i]));  // empty before: has room
    }
    if (count > 1) crew_.Notify();  // see TakeBatch()
    return batch[count - 1];
  }
  Job* const job = TakeBatch(victim.inbox_);
  if (job != nullptr) EmitSteals(victim, &job, 1);
  return job;
}

void Worker::EmitSteals(const Worker& victim, Job* const* jobs,
                        std::size_t count) const noexcept {
  if (!hooks_internal::IsWanted(HookEvent::kSteal)) [[likely]]
    return;
  for (std::size_t i = 0; i < count; ++i) {
    if (jobs[i]->is_pump()) continue;
    hooks_internal::CallStealHooks(jobs[i]->resource(), victim.id(), id());
  }
}

Job* Worker::StealOne() noexcept {
  Job* job = nullptr;
  return taken_.Steal(&job, 1) == 1 || forked_.Steal(&job, 1) == 1 ? job
                                                                   : nullptr;
}

Job* Worker::FindOwn(const Completion& completion, Waiter* waiter) noexcept {
  Job* found = nullptr;
  // Parts of forks further up this stack, whose turn is not now: linked by
  // their `next`, which nobody uses meanwhile, and put back.
  InboxNode<>* parts = nullptr;
  while (found == nullptr && !forked_.empty()) {
    Job* const job = forked_.Pop();
    if (job == nullptr) break;
    if (job->completes() == &completion) {
      found = job;
    } else if (job->is_task()) {
      crew_.set_aside.Add(AsTask(*job));
      crew_.Notify();
    } else {
      // relaxed: the owner's own.
      job->next.store(parts, std::memory_order_relaxed);
      parts = job;
    }
  }
  const bool puts_back = parts != nullptr;
  while (parts != nullptr) {
    Job* const job = FromNode(parts);
    // relaxed: the owner's own.
    parts = parts->next.load(std::memory_order_relaxed);
    static_cast<void>(forked_.Push(job));  // was here before: has room
  }
  if (puts_back) crew_.Notify();  // see TakeBatch()
  return found != nullptr ? found : crew_.set_aside.Take(&completion, waiter);
}

Job* Worker::Search(const Completion* completion) noexcept {
  for (int round = 0; round < kSearchRounds; ++round) {
    if (Job* const job = Find(Scope::kEverywhere)) return job;
    if (completion != nullptr && completion->done()) return nullptr;
    for (int i = 0; i < kPausesPerRound; ++i) Pause();
  }
  return nullptr;
}

void Worker::Flush() noexcept {
  FlushFinished();
  // First the frames: destructors of values may submit, which is allowed as
  // long as something is pending.
  frames_.Flush();
  crew_.engine().ReturnAdmissions(std::exchange(admissions_, 0));
}

void Worker::SleepUntil(Completion& completion,
                        const WaitDeadline& deadline) noexcept {
  Parker& parker = Parker::OfThisThread();
  Waiter waiter(parker);
  if (!completion.AddWaiter(waiter)) return;
  EmitWorkerEvent(HookEvent::kPark, [this] { return id(); });
  parker.ParkUntil(deadline);
  EmitWorkerEvent(HookEvent::kUnpark, [this] { return id(); });
  completion.RemoveWaiter(waiter);
}

void Worker::Sleep(Completion& completion,
                   const WaitDeadline& deadline) noexcept {
  Waiter for_work(Parker::OfThisThread());
  crew_.gate.Park(for_work);
  // [G1]
  context_internal::HeavyFence();
  if (!crew_.HasWork()) SleepUntil(completion, deadline);
  // If it was claimed it is a searcher already; a permit that comes late only
  // cuts a later sleep short.
  static_cast<void>(crew_.gate.CancelPark(for_work));
}

bool Worker::SleepOrLeave(std::chrono::nanoseconds linger) noexcept {
  SleepGate& gate = crew_.gate;
  Parker& parker = Parker::OfThisThread();
  Waiter for_work(parker);
  gate.Park(for_work);
  // [G1]
  context_internal::HeavyFence();
  if (!crew_.HasWork()) {
    EmitWorkerEvent(HookEvent::kPark, [this] { return id(); });
    const bool woken =
        !gate.closed() && parker.ParkUntil(Parker::Clock::now() + linger);
    EmitWorkerEvent(HookEvent::kUnpark, [this] { return id(); });
    if (!woken) {
      // Before it leaves: the gate, and all else, may be gone afterwards.
      EmitWorkerEvent(HookEvent::kWorkerStop, [this] { return id(); });
      if (gate.Leave(for_work, index_, crew_.engine().accepted())) return false;
      EmitWorkerEvent(HookEvent::kWorkerStart, [this] { return id(); });
    }
  }
  static_cast<void>(gate.CancelPark(for_work));  // see Sleep()
  return true;
}

Job* Worker::SleepForOwn(Completion& completion,
                         const WaitDeadline& deadline) noexcept {
  Waiter for_own(Parker::OfThisThread());
  if (Job* const job = FindOwn(completion, &for_own)) return job;
  SleepUntil(completion, deadline);
  crew_.set_aside.Forget(for_own);
  return nullptr;
}

void Worker::HelpUntil(Completion& completion, WaitHelps helps, WaitKind kind,
                       const WaitDeadline& deadline) noexcept {
  while (!completion.done() && !HasPassed(deadline)) {
    if (thread_state.deferred > 0 && Engine::RunDeferredJob()) continue;
    if (helps == WaitHelps::kOwnTasks) {
      Job* job = FindOwn(completion, nullptr);
      if (job == nullptr) {
        Flush();
        job = SleepForOwn(completion, deadline);
      }
      if (job != nullptr) Run(*job);
      continue;
    }
    const Scope scope = kind == WaitKind::kStructured && StackIsDeep()
                            ? Scope::kForks
                            : Scope::kEverywhere;
    if (Job* const job = Find(scope)) {
      Run(*job);
      continue;
    }
    Flush();
    if (scope == Scope::kForks) {
      SleepUntil(completion, deadline);
      continue;
    }
    crew_.gate.BeginSearch();
    Job* job = Search(&completion);
    if (job == nullptr && !completion.done()) {
      Sleep(completion, deadline);
      job = Find(scope);
    }
    if (crew_.gate.EndSearch()) crew_.WakeOne();
    if (job != nullptr) Run(*job);
  }
}

void Worker::Work(std::chrono::nanoseconds linger) noexcept {
  const WorkerScope scope(this, &frames_);
  thread_state.stack = BoundsOfThisStack();
  EmitWorkerEvent(HookEvent::kWorkerStart, [this] { return id(); });
  // Whoever gave it this thread has counted it as a searcher.
  do {
    while (Job* job = Search(nullptr)) {
      if (crew_.gate.EndSearch()) crew_.WakeOne();
      do {
        Run(*job);
        CheckIdle();
        job = Find(Scope::kEverywhere);
      } while (job != nullptr);
      Flush();
      crew_.gate.BeginSearch();
    }
  } while (SleepOrLeave(linger));
  thread_state.stack = {};
}

}  // namespace weft::executor_internal
