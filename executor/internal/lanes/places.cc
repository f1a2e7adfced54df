// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/lanes/places.h"

#include <optional>
#include <string>

#include "weft/base/steady_now.h"
#include "weft/executor/internal/engine/blocked_wait.h"
#include "weft/executor/internal/engine/wait_host.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

using base::MutexLock;

namespace {

bool IsLate(const Places::TimePoint* deadline) noexcept {
  return deadline != nullptr && base::SteadyNow() >= *deadline;
}

}  // namespace

Places::Places(const BoundedOptions& options) : options_(options) {
  options_.Validate();
}

BoundedCounts Places::counts() const noexcept {
  const MutexLock lock(mutex_);
  return counts_;
}

std::string Places::FullMessage() const {
  const BoundedCounts now = counts();
  return "BoundedExecutor: full: its capacity is " +
         std::to_string(options_.capacity) + " and " +
         std::to_string(now.waiting) + " tasks wait; of " +
         std::to_string(now.offered) + " offered it has rejected " +
         std::to_string(now.rejected);
}

Places::Answer Places::Take() noexcept {
  ++counts_.waiting;
  ++counts_.accepted;
  return Answer::kPlace;
}

Places::Answer Places::Ask(WhenFull when_full, const TimePoint* deadline) {
  const bool is_late = IsLate(deadline);
  const MutexLock lock(mutex_);
  ++counts_.offered;
  if (is_late) {
    ++counts_.expired;
    return Answer::kExpired;
  }
  if (IsFree()) return Take();
  switch (when_full) {
    case WhenFull::kReject:
      ++counts_.rejected;
      return Answer::kRejected;
    case WhenFull::kRunInCaller:
      // On a short stack it would submit and run others, nested: it is queued
      // over the limit.
      if (StackIsShort()) return Take();
      ++counts_.accepted;
      return Answer::kRunHere;
    case WhenFull::kBlock:
      break;
  }
  ++counts_.blocked;
  return Answer::kFull;
}

Places::Answer Places::TakeOver() noexcept {
  const MutexLock lock(mutex_);
  --counts_.blocked;
  return Take();
}

Places::Answer Places::AskAgain(bool nothing_waits, const TimePoint* deadline) {
  const bool is_late = IsLate(deadline);
  const MutexLock lock(mutex_);
  if (!is_late && !nothing_waits && !IsFree()) return Answer::kFull;
  --counts_.blocked;
  if (!is_late) return Take();
  ++counts_.expired;
  return Answer::kExpired;
}

Places::Answer Places::Sleep(Engine& engine, const TimePoint* deadline) {
  Producer self{base::Parker::OfThisThread()};
  // It throws where the wait could never end.
  std::optional<BlockedWait> wait;
  try {
    wait.emplace(self.parker, WaitFor{nullptr, &engine, WaitFor::MayFail::kYes,
                                      deadline != nullptr});
  } catch (...) {
    const MutexLock lock(mutex_);
    --counts_.blocked;
    ++counts_.rejected;
    throw;
  }
  const BlockedWait& blocked = *wait;
  {
    const MutexLock lock(mutex_);
    if (IsFree()) {
      --counts_.blocked;
      return Take();
    }
    (first_ == nullptr ? first_ : last_->next) = &self;
    last_ = &self;
  }
  for (;;) {
    if (deadline == nullptr) {
      self.parker.Park();
    } else {
      self.parker.ParkUntil(*deadline);
    }
    const bool is_late = IsLate(deadline);
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

void Places::Add() noexcept {
  const MutexLock lock(mutex_);
  ++counts_.waiting;
}

void Places::Return() noexcept {
  const MutexLock lock(mutex_);
  --counts_.waiting;
  if (first_ == nullptr || counts_.waiting >= options_.capacity) return;
  Producer& producer = *first_;
  Unlist(producer);
  ++counts_.waiting;
  ++counts_.accepted;
  --counts_.blocked;
  producer.has_place = true;
  producer.parker.Unpark();
}

void Places::Unlist(Producer& producer) noexcept {
  Producer** place = &first_;
  Producer* before = nullptr;
  while (*place != &producer) {
    before = *place;
    place = &before->next;
  }
  *place = producer.next;
  if (last_ == &producer) last_ = before;
}

void Places::CountRefused() noexcept {
  const MutexLock lock(mutex_);
  --counts_.accepted;
  ++counts_.rejected;
}

void Places::CountExpired() noexcept {
  const MutexLock lock(mutex_);
  --counts_.accepted;
  ++counts_.expired;
}

}  // namespace weft::executor_internal
