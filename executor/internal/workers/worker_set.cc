// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/workers/worker_set.h"

#include <cstdint>
#include <new>

#include "weft/executor/internal/task/queued_task.h"

namespace weft::executor_internal {

using base::MutexLock;

void SetAside::Shelf::Unlist(Waiter& waiter) noexcept {
  waiter.listed = false;
  (waiter.previous != nullptr ? waiter.previous->next : waiters) = waiter.next;
  if (waiter.next != nullptr) waiter.next->previous = waiter.previous;
}

SetAside::Shelf& SetAside::ShelfOf(const Completion* completion) noexcept {
  // Objects lie some cache lines apart; the multiplier is the golden ratio's.
  const auto address = reinterpret_cast<std::uintptr_t>(completion);
  const std::uint64_t hash = (address >> 4) * 0x9e3779b97f4a7c15;
  return shelves_[static_cast<std::size_t>(hash >> 32) % kShelves];
}

void SetAside::Add(QueuedTask& task) noexcept {
  const Completion* const completes = task.completes();
  Shelf& shelf = ShelfOf(completes);
  const MutexLock lock(shelf.mutex);
  shelf.tasks.Push(task);
  // relaxed: see LooksEmpty().
  count_.fetch_add(1, std::memory_order_relaxed);
  for (Waiter* waiter = shelf.waiters; waiter != nullptr;) {
    Waiter& one = *waiter;
    waiter = one.next;
    if (&one.completion != completes) continue;
    shelf.Unlist(one);
    // relaxed: [S4].
    one.looks.store(true, std::memory_order_relaxed);
    one.parker.Unpark();
  }
}

QueuedTask* SetAside::Take() noexcept {
  if (LooksEmpty()) return nullptr;
  // relaxed: any order of turns will do.
  const unsigned turn = turn_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < kShelves; ++i) {
    Shelf& shelf = shelves_[(turn + i) % kShelves];
    const MutexLock lock(shelf.mutex);
    if (QueuedTask* const task = shelf.tasks.PopOldest()) {
      // relaxed: see LooksEmpty().
      count_.fetch_sub(1, std::memory_order_relaxed);
      return task;
    }
  }
  return nullptr;
}

QueuedTask* SetAside::TakeOf(const Completion& completion,
                             Waiter* waiter) noexcept {
  Shelf& shelf = ShelfOf(&completion);
  const MutexLock lock(shelf.mutex);
  QueuedTask* const task =
      shelf.tasks.PopOldest([&completion](const QueuedTask& candidate) {
        return candidate.completes() == &completion;
      });
  if (task != nullptr) {
    // relaxed: see LooksEmpty().
    count_.fetch_sub(1, std::memory_order_relaxed);
  } else if (waiter != nullptr) {
    // relaxed: [S4].
    waiter->looks.store(false, std::memory_order_relaxed);
    waiter->listed = true;
    waiter->previous = nullptr;
    waiter->next = shelf.waiters;
    if (shelf.waiters != nullptr) shelf.waiters->previous = waiter;
    shelf.waiters = waiter;
  }
  return task;
}

void SetAside::Forget(Waiter& waiter) noexcept {
  Shelf& shelf = ShelfOf(&waiter.completion);
  const MutexLock lock(shelf.mutex);
  if (waiter.listed) shelf.Unlist(waiter);
}

WorkerSet::WorkerSet(WorkerDelegate delegate, Recruiter& recruiter,
                     std::uint64_t engine_id, int workers, int spares,
                     int reserves)
    : gate(workers, spares, reserves),
      delegate_(delegate),
      recruiter_(recruiter),
      engine_id_(engine_id),
      size_(workers),
      places_(static_cast<std::size_t>(workers + spares + reserves)) {
  for (int i = 0; i < workers; ++i) {
    // relaxed: no other thread knows the set yet.
    places_[static_cast<std::size_t>(i)].member.store(
        recruiter_.Make(i).release(), std::memory_order_relaxed);
  }
}

WorkerSet::~WorkerSet() = default;

WorkerSet::Place::~Place() {
  // relaxed: all threads have left.
  delete member.load(std::memory_order_relaxed);
}

bool WorkerSet::Make(int index) noexcept {
  auto& place = places_[static_cast<std::size_t>(index)].member;
  // relaxed: its maker has left the gate since, or is this thread.
  if (place.load(std::memory_order_relaxed) != nullptr) return true;
  try {
    // [M1]
    place.store(recruiter_.Make(index).release(), std::memory_order_release);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

bool WorkerSet::Wake(SleepGate::Claim claim) noexcept {
  switch (claim.kind) {
    case SleepGate::Claim::kNobody:
    case SleepGate::Claim::kStuck:
      return true;
    case SleepGate::Claim::kParked:
      claim.parker->Unpark();
      return true;
    case SleepGate::Claim::kVacant:
      if (Make(claim.worker) && recruiter_.Recruit(claim.worker)) return true;
      // The workers that run will come to the work.
      if (gate.GiveBack(claim.worker)) {
        const MutexLock lock(offering_);
        OfferAll();
        gate.RefuseIfNobodyRuns();
      }
      return false;
  }
  return true;
}

void WorkerSet::OfferAll() noexcept {
  for (int i = 0, end = used(); i < end; ++i) {
    if (WorkerSetMember* const one = member(i)) one->Offer();
  }
}

void WorkerSet::OfferTasks() noexcept {
  {
    const MutexLock lock(offering_);
    OfferAll();
  }
  // [G1] On their way they were in no queue. Where nothing is queued nobody is
  // woken, and no wait is refused.
  if (HasWork()) Notify();
}

void WorkerSet::WakeOne() noexcept {
  SleepGate::Claim claim = gate.ClaimIdle(SleepGate::MayRefuse::kNo);
  if (claim.kind == SleepGate::Claim::kStuck) [[unlikely]] {
    const MutexLock lock(offering_);
    OfferAll();
    claim = gate.ClaimIdle(SleepGate::MayRefuse::kYes);
  }
  static_cast<void>(Wake(claim));
}

void WorkerSet::WakeAnother() noexcept {
  static_cast<void>(Wake(gate.ClaimAnother()));
}

bool WorkerSet::GetFirstThread() noexcept { return Wake(gate.ClaimFirst()); }

bool WorkerSet::HasWork() const noexcept {
  if (!inbox.LooksEmpty() || !set_aside.LooksEmpty()) return true;
  for (int i = 0, end = used(); i < end; ++i) {
    const WorkerSetMember* const other = member(i);
    if (other != nullptr && other->HasWork()) return true;
  }
  return false;
}

}  // namespace weft::executor_internal
