// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/patterns/rate_limiter.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/sleep.h"

namespace weft {

using base::MutexLock;
using std::chrono::nanoseconds;

namespace {

RateLimiterOptions Checked(const RateLimiterOptions& options) {
  options.Validate();
  return options;
}

nanoseconds IntervalOf(const RateLimiterOptions& options) {
  return nanoseconds(static_cast<nanoseconds::rep>(
      std::ceil(1e9 / Checked(options).per_second)));
}

}  // namespace

void RateLimiterOptions::Validate() const {
  // A token a year is the slowest, so that times stay within the clock's.
  if (!(per_second >= 1 / 31'536'000.0 && per_second <= 1e9)) {
    throw std::invalid_argument(
        "RateLimiterOptions::per_second is " + std::to_string(per_second) +
        "; it must be from one a year (3.17e-8) to 1e9");
  }
  if (burst < 1 || burst > 1'000'000 ||
      static_cast<double>(burst) / per_second > 31'536'000.0 * 100) {
    throw std::invalid_argument(
        "RateLimiterOptions::burst is " + std::to_string(burst) +
        "; it must be from 1 to 1,000,000, and no more than come in 100 years");
  }
}

// The generic cell rate algorithm: one time stands for the tokens that are
// there. Cited: ITU-T Recommendation I.371, annex A.
RateLimiter::RateLimiter(Executor& executor, RateLimiterOptions options)
    : executor_(executor),
      interval_(IntervalOf(options)),
      full_(interval_ * options.burst) {}

RateLimiter::Clock::time_point RateLimiter::now() const noexcept {
  return executor_internal::EngineOf::Get(executor_).timers().now();
}

std::optional<RateLimiter::Clock::time_point> RateLimiter::FullAfter(
    Clock::time_point now) const noexcept {
  const Clock::time_point full_at = std::max(full_at_, now);
  if (full_at > Clock::time_point::max() - interval_) return std::nullopt;
  return full_at + interval_;
}

std::optional<RateLimiter::Clock::time_point> RateLimiter::Reserve(
    Clock::time_point now) noexcept {
  const MutexLock lock(mutex_);
  const std::optional<Clock::time_point> after = FullAfter(now);
  if (!after.has_value()) return std::nullopt;
  full_at_ = *after;
  return *after - full_;
}

void RateLimiter::GiveBack() noexcept {
  const MutexLock lock(mutex_);
  full_at_ -= interval_;
}

bool RateLimiter::TryAcquire() noexcept {
  const Clock::time_point time = now();
  const MutexLock lock(mutex_);
  const std::optional<Clock::time_point> after = FullAfter(time);
  if (!after.has_value() || *after - full_ > time) return false;
  full_at_ = *after;
  return true;
}

Task<> RateLimiter::Acquire() {
  const Clock::time_point begin = now();
  const std::optional<Clock::time_point> there = Reserve(begin);
  if (!there.has_value()) {
    // Its flow ends the wait.
    co_await Sleep(executor_, Clock::duration::max());
    co_return;
  }
  if (*there <= begin) co_return;
  try {
    co_await Sleep(executor_, *there - begin);
  } catch (...) {
    GiveBack();
    throw;
  }
}

}  // namespace weft
