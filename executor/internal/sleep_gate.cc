// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/sleep_gate.h"

#include <cstddef>

#include "weft/executor/internal/parker.h"

namespace weft::executor_internal {

using context_internal::MutexLock;

SleepGate::SleepGate(int workers)
    : state_(kOneIdle * static_cast<std::uint32_t>(workers)),
      workers_(workers) {
  // Has room for all from here on. The lowest is taken first.
  vacant_.reserve(static_cast<std::size_t>(workers));
  for (int worker = workers; worker > 0; --worker) {
    vacant_.push_back(worker - 1);
  }
}

SleepGate::Claim SleepGate::TakeIdle() noexcept {
  Claim claim;
  if (Waiter* const waiter = parked_.TakeOne()) {
    claim = {Claim::kParked, &waiter->parker};
  } else if (!vacant_.empty()) {
    claim = {Claim::kVacant, nullptr, vacant_.back()};
    vacant_.pop_back();
    // [G3]
    threads_.fetch_add(1, std::memory_order_seq_cst);
  } else {
    return claim;
  }
  // [G2]
  state_.fetch_add(kOneSearcher - kOneIdle, std::memory_order_acq_rel);
  return claim;
}

SleepGate::Claim SleepGate::ClaimIdle() noexcept {
  const MutexLock lock(mutex_);
  return WantsWake() ? TakeIdle() : Claim{};
}

SleepGate::Claim SleepGate::ClaimFirst() noexcept {
  const MutexLock lock(mutex_);
  return all_vacant() ? TakeIdle() : Claim{};
}

void SleepGate::GiveBack(int worker) noexcept {
  const MutexLock lock(mutex_);
  vacant_.push_back(worker);
  // [G3]
  threads_.fetch_sub(1, std::memory_order_seq_cst);
  // [G2]
  state_.fetch_add(kOneIdle - kOneSearcher, std::memory_order_acq_rel);
}

void SleepGate::BeginSearch() noexcept {
  // [G2]
  state_.fetch_add(kOneSearcher, std::memory_order_acq_rel);
}

bool SleepGate::EndSearch() noexcept {
  // [G1], [G2]
  const std::uint32_t before =
      state_.fetch_sub(kOneSearcher, std::memory_order_seq_cst);
  return (before & kSearchers) == kOneSearcher && before >= kOneIdle;
}

void SleepGate::Park(Waiter& waiter) noexcept {
  const MutexLock lock(mutex_);
  parked_.Add(waiter);
  // [G1], [G2]
  state_.fetch_add(kOneIdle - kOneSearcher, std::memory_order_seq_cst);
}

bool SleepGate::CancelPark(Waiter& waiter) noexcept {
  const MutexLock lock(mutex_);
  if (!waiter.listed) return false;
  parked_.Remove(waiter);
  // [G2]
  state_.fetch_add(kOneSearcher - kOneIdle, std::memory_order_acq_rel);
  return true;
}

bool SleepGate::Leave(Waiter& waiter, int worker,
                      const Completion& accepted) noexcept {
  const MutexLock lock(mutex_);
  if (!waiter.listed) return false;
  // [G3]
  const int before = threads_.fetch_sub(1, std::memory_order_seq_cst);
  if (before == 1 && !accepted.done()) {
    // [G3]
    threads_.store(1, std::memory_order_seq_cst);
    return false;
  }
  parked_.Remove(waiter);
  vacant_.push_back(worker);  // idle before and after
  // The gate may be gone as soon as the lock is.
  if (before == 1) all_left_.NotifyAll();
  return true;
}

void SleepGate::Close() noexcept {
  const MutexLock lock(mutex_);
  // relaxed: see closed().
  closed_.store(true, std::memory_order_relaxed);
  while (!all_vacant()) {
    while (Waiter* const waiter = parked_.TakeOne()) {
      // [G2]
      state_.fetch_add(kOneSearcher - kOneIdle, std::memory_order_acq_rel);
      waiter->parker.Unpark();
    }
    all_left_.Wait(mutex_);
  }
}

}  // namespace weft::executor_internal
