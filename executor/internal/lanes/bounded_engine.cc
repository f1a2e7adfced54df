// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/lanes/bounded_engine.h"

#include <utility>

#include "weft/base/steady_now.h"
#include "weft/executor/errors.h"
#include "weft/executor/internal/engine/blocked_wait.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

using base::MutexLock;

bool TrySubmit(Engine& engine, TaskPtr task, bool may_wait,
               const TimePoint* deadline) {
  auto& bounded = static_cast<BoundedEngine&>(engine);
  return bounded.TrySubmit(
      std::move(task),
      may_wait ? bounded.options().when_full : WhenFull::kReject, deadline);
}

void CountExpired(Engine& engine) noexcept {
  static_cast<BoundedEngine&>(engine).CountExpired();
}

namespace {

// The places that submissions under way on this thread have taken.
constinit thread_local std::size_t places_taken_here = 0;

}  // namespace

BoundedEngine::BoundedEngine(std::shared_ptr<LaneScheduler> scheduler,
                             const BoundedOptions& options)
    : LaneEngine(std::move(scheduler), 0), options_(options) {
  options_.Validate();
}

BoundedCounts BoundedEngine::counts() const noexcept {
  const MutexLock lock(mutex_);
  return counts_;
}

void BoundedEngine::CountExpired() noexcept {
  const MutexLock lock(mutex_);
  --counts_.accepted;
  ++counts_.expired;
}

void BoundedEngine::CountRefused() noexcept {
  const MutexLock lock(mutex_);
  --counts_.accepted;
  ++counts_.rejected;
}

std::string BoundedEngine::FullMessage() const {
  const BoundedCounts now = counts();
  return "BoundedExecutor: full: its capacity is " +
         std::to_string(options_.capacity) + " and " +
         std::to_string(now.waiting) + " tasks wait; of " +
         std::to_string(now.offered) + " offered it has rejected " +
         std::to_string(now.rejected);
}

void BoundedEngine::AddPlace() noexcept {
  const MutexLock lock(mutex_);
  ++counts_.waiting;
}

bool BoundedEngine::EnqueueAnnounced(QueuedTask& task,
                                     QueuePosition position) noexcept {
  // A deferred task takes its place when it is pushed.
  if (position == QueuePosition::kNext)
    return LaneEngine::EnqueueAnnounced(task, position);
  // A refused task may own the last reference to the engine.
  const std::shared_ptr<Engine> self = shared_from_this();
  AddPlace();
  if (LaneEngine::EnqueueAnnounced(task, position)) return true;
  Taken();
  return false;
}

void BoundedEngine::Taken() noexcept {
  const MutexLock lock(mutex_);
  --counts_.waiting;
  if (first_ == nullptr || counts_.waiting >= options_.capacity) return;
  // The place goes to the producer that has waited longest, or a newcomer would
  // take it.
  Producer& producer = *first_;
  Unlist(producer);
  ++counts_.waiting;
  ++counts_.accepted;
  --counts_.blocked;
  producer.has_place = true;
  producer.parker.Unpark();
}

void BoundedEngine::Unlist(Producer& producer) noexcept {
  Producer** place = &first_;
  Producer* before = nullptr;
  while (*place != &producer) {
    before = *place;
    place = &before->next;
  }
  *place = producer.next;
  if (last_ == &producer) last_ = before;
}

BoundedEngine::Answer BoundedEngine::Ask(WhenFull when_full,
                                         const TimePoint* deadline) {
  CheckNotLeftBehind();
  {
    const bool is_late = deadline != nullptr && base::SteadyNow() >= *deadline;
    const MutexLock lock(mutex_);
    ++counts_.offered;
    if (is_late) {
      ++counts_.expired;
      return Answer::kExpired;
    }
    if (HasPlace()) {
      ++counts_.waiting;
      ++counts_.accepted;
      return Answer::kPlace;
    }
    switch (when_full) {
      case WhenFull::kReject:
        ++counts_.rejected;
        return Answer::kRejected;
      case WhenFull::kRunInCaller:
        ++counts_.accepted;
        if (StackIsShort()) {
          // It would submit and run others, nested: it is queued over the
          // limit.
          ++counts_.waiting;
          return Answer::kPlace;
        }
        return Answer::kRunHere;
      case WhenFull::kBlock:
        ++counts_.blocked;
        break;
    }
  }
  if (helper() != nullptr) return MakePlace(deadline);
  if (places_taken_here > 0 || !MayWait()) return TakePlaceOver();
  return WaitForPlace(deadline);
}

BoundedEngine::Answer BoundedEngine::TakePlaceOver() {
  const MutexLock lock(mutex_);
  --counts_.blocked;
  ++counts_.waiting;
  ++counts_.accepted;
  return Answer::kPlace;
}

BoundedEngine::Answer BoundedEngine::MakePlace(const TimePoint* deadline) {
  for (;;) {
    const bool nothing_waits = StackIsShort() || !RunOldestHere();
    const bool is_late = deadline != nullptr && base::SteadyNow() >= *deadline;
    const MutexLock lock(mutex_);
    if (is_late) {
      --counts_.blocked;
      ++counts_.expired;
      return Answer::kExpired;
    }
    if (nothing_waits || HasPlace()) {
      --counts_.blocked;
      ++counts_.waiting;
      ++counts_.accepted;
      return Answer::kPlace;
    }
  }
}

BoundedEngine::Answer BoundedEngine::WaitForPlace(const TimePoint* deadline) {
  FlushBatched();
  QueueDeferred();
  const Answer answer = SleepForPlace(deadline);
  if (answer == Answer::kRefused) ThrowWaitRefused();
  return answer;
}

BoundedEngine::Answer BoundedEngine::SleepForPlace(const TimePoint* deadline) {
  Producer self{base::Parker::OfThisThread()};
  const BlockedWait blocked(self.parker, {nullptr, this, WaitFor::MayFail::kYes,
                                          deadline != nullptr});
  {
    const MutexLock lock(mutex_);
    if (HasPlace()) {
      --counts_.blocked;
      ++counts_.waiting;
      ++counts_.accepted;
      return Answer::kPlace;
    }
    (first_ == nullptr ? first_ : last_->next) = &self;
    last_ = &self;
  }
  for (;;) {
    bool is_late = false;
    if (deadline == nullptr) {
      self.parker.Park();
    } else {
      self.parker.ParkUntil(*deadline);
      is_late = base::SteadyNow() >= *deadline;
    }
    const MutexLock lock(mutex_);
    if (self.has_place) return Answer::kPlace;
    if (is_late || blocked.refused()) {
      Unlist(self);
      --counts_.blocked;
      ++(is_late ? counts_.expired : counts_.rejected);
      return is_late ? Answer::kExpired : Answer::kRefused;
    }
  }
}

Engine::Accepted BoundedEngine::AcceptAnswered(Answer answer) {
  if (LaneEngine::Accept(QueuePosition::kQueued) == Accepted::kNo) {
    CountRefused();
    if (answer == Answer::kPlace) Taken();
    return Accepted::kNo;
  }
  return answer == Answer::kRunHere ? Accepted::kToRunHere : Accepted::kToQueue;
}

Engine::Accepted BoundedEngine::Accept(QueuePosition position) {
  if (position == QueuePosition::kNext) return LaneEngine::Accept(position);
  const Answer answer = Ask(options_.when_full, nullptr);
  if (answer == Answer::kRejected) throw RejectedError(FullMessage());
  return AcceptAnswered(answer);
}

void BoundedEngine::Submit(TaskPtr&& task, QueuePosition position) {
  SubmitWithPlace(Accept(position), std::move(task), position);
}

bool BoundedEngine::TrySubmit(TaskPtr task, WhenFull when_full,
                              const TimePoint* deadline) {
  const Answer answer = Ask(when_full, deadline);
  if (answer == Answer::kRejected || answer == Answer::kExpired) return false;
  SubmitWithPlace(AcceptAnswered(answer), std::move(task),
                  QueuePosition::kQueued);
  return true;
}

void BoundedEngine::SubmitWithPlace(Accepted accepted, TaskPtr&& task,
                                    QueuePosition position) {
  // A hook for its init event may submit to this executor, and wait for that:
  // the place that this task has taken is not given back before.
  struct Scope {
    Scope() { ++places_taken_here; }
    ~Scope() { --places_taken_here; }
  };
  const Scope scope;
  SubmitAccepted(accepted, std::move(task), position);
}

void BoundedEngine::TakeBack(QueuePosition position) noexcept {
  if (position != QueuePosition::kNext) {
    CountRefused();
    Taken();
  }
  LaneEngine::TakeBack(position);
}

void BoundedEngine::Push(QueuedTask& task, QueuePosition position) {
  if (position != QueuePosition::kNext) return LaneEngine::Push(task, position);
  AddPlace();
  try {
    LaneEngine::Push(task, position);
  } catch (...) {
    Taken();
    throw;
  }
}

void BoundedEngine::QueueFork(Job& job) noexcept {
  AddPlace();
  LaneEngine::QueueFork(job);
}

}  // namespace weft::executor_internal
