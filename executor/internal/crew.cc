// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/crew.h"

#include <algorithm>

#include "weft/executor/internal/parker.h"
#include "weft/executor/internal/task.h"
#include "weft/executor/internal/worker.h"

namespace weft::executor_internal {

using context_internal::MutexLock;

void SetAside::Add(Task& task) noexcept {
  const MutexLock lock(mutex_);
  tasks_.Push(task);
  // relaxed: see LooksEmpty().
  count_.store(tasks_.size(), std::memory_order_relaxed);
  waiters_.WakeAll();
  waiters_ = {};
}

Task* SetAside::Take(const Completion* completion, Waiter* waiter) noexcept {
  const MutexLock lock(mutex_);
  Task* const task = tasks_.PopOldest([completion](const Task& candidate) {
    return completion == nullptr || candidate.completes() == completion;
  });
  // relaxed: see LooksEmpty().
  count_.store(tasks_.size(), std::memory_order_relaxed);
  if (task == nullptr && waiter != nullptr) waiters_.Add(*waiter);
  return task;
}

void SetAside::Forget(Waiter& waiter) noexcept {
  const MutexLock lock(mutex_);
  if (waiter.listed) waiters_.Remove(waiter);
}

Crew::Crew(Engine& engine, Recruiter& recruiter, std::uint64_t engine_id,
           int workers)
    : gate(workers),
      engine_(engine),
      recruiter_(recruiter),
      engine_id_(engine_id) {
  workers_.reserve(static_cast<std::size_t>(workers));
  for (int i = 0; i < workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(*this, i, workers));
  }
}

Crew::~Crew() = default;

bool Crew::Wake(SleepGate::Claim claim) noexcept {
  switch (claim.kind) {
    case SleepGate::Claim::kNobody:
      return true;
    case SleepGate::Claim::kParked:
      claim.parker->Unpark();
      return true;
    case SleepGate::Claim::kVacant:
      if (recruiter_.Recruit(claim.worker)) return true;
      gate.GiveBack(claim.worker);
      return false;
  }
  return true;
}

void Crew::WakeOne() noexcept {
  // If there is no memory for it those that run will come to the work.
  static_cast<void>(Wake(gate.ClaimIdle()));
}

bool Crew::EnsureThread() noexcept {
  if (!gate.all_vacant()) return true;
  return Wake(gate.ClaimFirst());
}

bool Crew::HasWork() const noexcept {
  return !inbox.LooksEmpty() || !set_aside.LooksEmpty() ||
         std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->HasWork(); });
}

}  // namespace weft::executor_internal
