// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/counted_engine.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
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
  // Returns the name of the job: its dedup id, or one of its own.
  std::string AddJob(const std::string& dedup_id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string name = dedup_id;
    if (name.empty()) name = absl::StrCat("#", jobs_.size());
    ++jobs_[name].submissions;
    return name;
  }
  // It was not accepted.
  void TakeJobBack(const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--jobs_[name].submissions == 0) jobs_.erase(name);
  }

  void AddEnd(const std::string& name, bool is_first, bool is_lost) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Job& job = jobs_[name];
    if (!is_first || job.has_ended) {
      ++twice_;
    } else if (is_lost) {
      job.is_lost = true;
    } else {
      job.has_ended = true;
      ++ended_;
    }
    changed_.notify_all();
  }

  EndCounts counts() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    EndCounts counts{.submitted = static_cast<std::int64_t>(jobs_.size()),
                     .ended = ended_,
                     .twice = twice_};
    for (const auto& [name, job] : jobs_) {
      if (job.is_lost && !job.has_ended) ++counts.lost;
    }
    return counts;
  }

  std::int64_t WaitForEnds(std::int64_t jobs, std::chrono::milliseconds time) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, time, [&] { return ended_ >= jobs; });
    return ended_;
  }

 private:
  struct Job {
    int submissions = 0;
    bool has_ended = false;
    bool is_lost = false;
  };

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::unordered_map<std::string, Job> jobs_;
  std::int64_t ended_ = 0;
  std::int64_t twice_ = 0;
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
  const std::string name = tally_->AddJob(options.dedup_id);
  const auto is_first = std::make_shared<std::atomic<bool>>(true);
  try {
    engine_.Submit(
        std::move(job), options,
        [tally = tally_, name, is_first, ended = std::move(ended)](JobEnd end) {
          // relaxed: only who comes first counts; each end brings its own data.
          const bool was_first =
              is_first->exchange(false, std::memory_order_relaxed);
          tally->AddEnd(name, was_first, IsLost(end));
          if (was_first) ended(std::move(end));
        });
  } catch (...) {
    tally_->TakeJobBack(name);
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
