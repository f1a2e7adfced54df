// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/workers/worker_set.h"

#include <new>

#include "weft/base/sync/parker.h"
#include "weft/executor/internal/task/queued_task.h"

namespace weft::executor_internal {

using base::MutexLock;

void SetAside::Add(QueuedTask& task) noexcept {
  const MutexLock lock(mutex_);
  tasks_.Push(task);
  // relaxed: see LooksEmpty().
  count_.store(tasks_.size(), std::memory_order_relaxed);
  waiters_.WakeAll();
  waiters_ = {};
}

QueuedTask* SetAside::Take(const Completion* completion,
                           base::Waiter* waiter) noexcept {
  const MutexLock lock(mutex_);
  QueuedTask* const task =
      tasks_.PopOldest([completion](const QueuedTask& candidate) {
        return completion == nullptr || candidate.completes() == completion;
      });
  // relaxed: see LooksEmpty().
  count_.store(tasks_.size(), std::memory_order_relaxed);
  if (task == nullptr && waiter != nullptr) waiters_.Add(*waiter);
  return task;
}

void SetAside::Forget(base::Waiter& waiter) noexcept {
  const MutexLock lock(mutex_);
  if (waiter.listed) waiters_.Remove(waiter);
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
      return true;
    case SleepGate::Claim::kParked:
      claim.parker->Unpark();
      return true;
    case SleepGate::Claim::kVacant:
      if (Make(claim.worker) && recruiter_.Recruit(claim.worker)) return true;
      gate.GiveBack(claim.worker);
      return false;
  }
  return true;
}

void WorkerSet::WakeOne() noexcept {
  // If no thread can be had for it the workers that run will come to the work.
  static_cast<void>(Wake(gate.ClaimIdle()));
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
