// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/engine.h"

#include <chrono>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/nats/internal/client.h"
#include "weft/adapters/nats/internal/ended_jobs.h"
#include "weft/adapters/nats/internal/leasing.h"
#include "weft/adapters/nats/internal/store.h"
#include "weft/adapters/nats/internal/submissions.h"
#include "weft/base/sync/mutex.h"

namespace weft::nats {

using base::MutexLock;
using nats_internal::Clock;
using nats_internal::EndedJobs;
using nats_internal::Leasing;
using nats_internal::Store;
using nats_internal::Submissions;

namespace {

// How long the destructor waits for answers.
constexpr auto kLongestGoodbye = std::chrono::seconds(2);

}  // namespace

// The parts of an engine. The client's threads and subscriptions share it.
class Engine::Core {
 public:
  explicit Core(const EngineOptions& options)
      : store_(std::make_shared<Store>(options)),
        submissions_(Submissions::Make(store_)),
        ended_jobs_(std::make_shared<EndedJobs>(store_)) {
    store_->client().Start([this](Clock::time_point now) { Tick(now); },
                           [this] { OnReconnected(); });
  }

  // All that is called ends in here.
  void Close() {
    const auto until = Clock::now() + kLongestGoodbye;
    for (const auto& leasing : Leasings()) {
      leasing->AwaitFinished(until);
      leasing->Close();
    }
    store_->client().Flush(until);
    submissions_->EndAll();
    submissions_->Close();
    ended_jobs_->Stop();
    store_->client().Close(until);
  }

  std::shared_ptr<Leasing> Subscribe(std::shared_ptr<Consumer> consumer,
                                     const LeaseOptions& options) {
    auto leasing =
        Leasing::Make(store_, ended_jobs_, std::move(consumer), options);
    const MutexLock lock(mutex_);
    std::erase_if(leasings_, [](const auto& held) { return held.expired(); });
    leasings_.push_back(leasing);
    return leasing;
  }

  Store& records() noexcept { return *store_; }
  Submissions& submissions() noexcept { return *submissions_; }

 private:
  std::vector<std::shared_ptr<Leasing>> Leasings() {
    std::vector<std::shared_ptr<Leasing>> all;
    const MutexLock lock(mutex_);
    for (const auto& held : leasings_) {
      if (auto leasing = held.lock()) all.push_back(std::move(leasing));
    }
    return all;
  }
  void Tick(Clock::time_point now) {
    submissions_->TellWhatIsDue(now);
    submissions_->Tick(now);
    ended_jobs_->Tick(now);
    for (const auto& leasing : Leasings()) leasing->TickLeases(now);
  }
  void OnReconnected() {
    submissions_->ReadAnew();
    ended_jobs_->ReadOn();
    for (const auto& leasing : Leasings()) leasing->OnReconnected();
  }

  const std::shared_ptr<Store> store_;
  const std::shared_ptr<Submissions> submissions_;
  const std::shared_ptr<EndedJobs> ended_jobs_;
  base::Mutex mutex_;
  std::vector<std::weak_ptr<Leasing>> leasings_ ABSL_GUARDED_BY(mutex_);
};

namespace {

class HeldSubscription final : public jobs::Engine::Subscription {
 public:
  explicit HeldSubscription(std::shared_ptr<Leasing> leasing)
      : leasing_(std::move(leasing)) {}
  ~HeldSubscription() override { leasing_->FinishLeases(); }
  void Request(std::size_t places) override { leasing_->RequestLeases(places); }

 private:
  const std::shared_ptr<Leasing> leasing_;
};

const EngineOptions& Valid(const EngineOptions& options) {
  options.Validate();
  return options;
}

}  // namespace

Engine::Engine(const EngineOptions& options)
    : core_(std::make_unique<Core>(Valid(options))) {}

Engine::~Engine() { core_->Close(); }

void Engine::Submit(jobs::Job job, const jobs::JobOptions& options,
                    std::function<void(jobs::JobEnd)> ended) {
  core_->submissions().Submit(std::move(job), options, std::move(ended));
}

std::unique_ptr<jobs::Engine::Subscription> Engine::Subscribe(
    std::shared_ptr<Consumer> consumer, const LeaseOptions& options) {
  return std::make_unique<HeldSubscription>(
      core_->Subscribe(std::move(consumer), options));
}

std::size_t Engine::max_bytes() const noexcept {
  return core_->records().max_bytes();
}

jobs::JobCounts Engine::counts() const {
  jobs::JobCounts counts = core_->submissions().counts();
  core_->records().AddTo(counts);
  return counts;
}

std::vector<jobs::DeadLetter> Engine::TakeDeadLetters(std::size_t at_most) {
  return core_->records().TakeDeadLetters(at_most);
}

}  // namespace weft::nats
