// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/counted_engine.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "weft/jobs/errors.h"

namespace distributed_pipeline {
namespace {

using weft::jobs::JobEnd;

bool IsLost(const JobEnd& end) {
  if (end.failure == nullptr) return false;
  try {
    std::rethrow_exception(end.failure);
  } catch (const weft::jobs::JobLostError&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

class CountedEngine::Tally {
 public:
  void AddJob() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++counts_.submitted;
  }
  // It was not accepted.
  void TakeJobBack() {
    const std::lock_guard<std::mutex> lock(mutex_);
    --counts_.submitted;
  }

  void AddEnd(bool is_first, bool is_lost) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++(!is_first ? counts_.twice : is_lost ? counts_.lost : counts_.ended);
    changed_.notify_all();
  }

  EndCounts counts() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return counts_;
  }

  std::int64_t WaitForEnds(std::int64_t jobs, std::chrono::milliseconds time) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, time, [&] { return counts_.ended >= jobs; });
    return counts_.ended;
  }

 private:
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  EndCounts counts_;
};

CountedEngine::CountedEngine(weft::jobs::Engine& engine)
    : engine_(engine), tally_(std::make_shared<Tally>()) {}

EndCounts CountedEngine::ends() const { return tally_->counts(); }

std::int64_t CountedEngine::WaitForEnds(std::int64_t jobs,
                                        std::chrono::milliseconds time) {
  return tally_->WaitForEnds(jobs, time);
}

void CountedEngine::Submit(weft::jobs::Job job,
                           const weft::jobs::JobOptions& options,
                           std::function<void(JobEnd)> ended) {
  tally_->AddJob();
  const auto is_first = std::make_shared<std::atomic<bool>>(true);
  try {
    engine_.Submit(
        std::move(job), options,
        [tally = tally_, is_first, ended = std::move(ended)](JobEnd end) {
          // relaxed: only who comes first counts; each end brings its own data.
          const bool was_first =
              is_first->exchange(false, std::memory_order_relaxed);
          tally->AddEnd(was_first, IsLost(end));
          if (was_first) ended(std::move(end));
        });
  } catch (...) {
    tally_->TakeJobBack();
    throw;
  }
}

std::unique_ptr<weft::jobs::Engine::Subscription> CountedEngine::Subscribe(
    std::shared_ptr<Consumer> consumer, const LeaseOptions& options) {
  return engine_.Subscribe(std::move(consumer), options);
}

std::size_t CountedEngine::max_bytes() const noexcept {
  return engine_.max_bytes();
}

weft::jobs::JobCounts CountedEngine::counts() const { return engine_.counts(); }

std::vector<weft::jobs::DeadLetter> CountedEngine::TakeDeadLetters(
    std::size_t at_most) {
  return engine_.TakeDeadLetters(at_most);
}

}  // namespace distributed_pipeline
