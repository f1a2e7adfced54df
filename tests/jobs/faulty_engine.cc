// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/jobs/faulty_engine.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "weft/base/steady_now.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/deadline.h"

namespace weft::jobs {

using std::chrono::nanoseconds;
using Clock = std::chrono::steady_clock;
using Message = std::function<void()>;

// The way between the clients and the engine.
class FaultyEngine::Network : public std::enable_shared_from_this<Network> {
 public:
  Network(Engine& engine, Executor& executor, const FaultOptions& options)
      : executor_(executor),
        options_(options),
        engine_(&engine),
        random_(options.seed) {}

  // Null after the end.
  Engine* engine() const noexcept { return engine_; }
  void Close() noexcept { engine_ = nullptr; }

  // Sends a message; calls `lost` when it is known that it does not arrive.
  void Send(Message message, Message lost = [] {}) {
    if (IsDown()) return lost();
    switch (NextFault()) {
      case Fault::kLost:
        return lost();
      case Fault::kTwice:
        Post(message, lost, nanoseconds(0));
        return Post(std::move(message), [] {}, RandomDelay());
      case Fault::kLate:
        return Post(std::move(message), std::move(lost), RandomDelay());
      case Fault::kNone:
        return Post(std::move(message), std::move(lost), nanoseconds(0));
    }
  }
  // Returns whether a message gets through at once.
  bool GetsThrough() { return !IsDown() && NextFault() == Fault::kNone; }

  // Sends one that arrives after `delay`, unless the network is down then.
  void Post(Message message, Message lost, nanoseconds delay) {
    After(delay, [this, message = std::move(message), lost = std::move(lost)] {
      IsDown() ? lost() : message();
    });
  }

  // Calls `then` after `delay`, while there is an engine.
  void After(nanoseconds delay, Message then) {
    // In nobody's context, and with nobody's limits.
    ContextSnapshot().Run([&] {
      auto task = [self = shared_from_this(), then = std::move(then)] {
        if (self->engine_ != nullptr) then();
      };
      if (delay > nanoseconds(0)) {
        executor_.PostAfter(delay, std::move(task));
      } else {
        executor_.Post(std::move(task));
      }
    });
  }

  // A submission until its end has come.
  struct Asked {
    Job job;
    JobOptions options;
    Deadline deadline;
    std::function<void(JobEnd)> ended;
  };

  // Sends it, and again while no end has come.
  void Ask(const std::shared_ptr<Asked>& asked) {
    if (asked->ended == nullptr) return;
    Send([this, asked] {
      if (asked->ended == nullptr) return;
      const DeadlineScope limited(asked->deadline);
      engine_->Submit(asked->job, asked->options,
                      [self = shared_from_this(), asked](JobEnd end) {
                        if (self->engine_ == nullptr) return;
                        self->Send([asked, end = std::move(end)] {
                          // The first answer counts.
                          const auto told =
                              std::exchange(asked->ended, nullptr);
                          if (told != nullptr) told(end);
                        });
                      });
    });
    After(options_.resend, [this, asked] { Ask(asked); });
  }

  void GoDown(nanoseconds time) {
    ++faults_;
    down_until_ = base::SteadyNow() + time;
  }
  bool IsDown() const { return base::SteadyNow() < down_until_; }
  int faults() const noexcept { return faults_; }
  const FaultOptions& options() const noexcept { return options_; }

  std::vector<std::weak_ptr<Subscriber>> subscribers;
  std::uint64_t last_id = 0;

 private:
  enum class Fault { kNone, kLost, kTwice, kLate };

  Fault NextFault() {
    if (faults_ >= options_.most) return Fault::kNone;
    if (!std::bernoulli_distribution(options_.rate)(random_)) {
      return Fault::kNone;
    }
    ++faults_;
    return static_cast<Fault>(1 + random_() % 3);
  }
  nanoseconds RandomDelay() {
    return nanoseconds(
        1 + static_cast<std::int64_t>(
                random_() % static_cast<std::uint64_t>(
                                nanoseconds(options_.longest_delay).count())));
  }

  Executor& executor_;
  const FaultOptions options_;
  Engine* engine_;
  std::mt19937_64 random_;
  int faults_ = 0;
  Clock::time_point down_until_ = {};
};

// A worker, as the network sees it.
class FaultyEngine::Subscriber final
    : public Engine::Consumer,
      public std::enable_shared_from_this<Subscriber> {
 public:
  Subscriber(std::shared_ptr<Network> network, std::shared_ptr<Consumer> worker)
      : network_(std::move(network)), worker_(std::move(worker)) {}

  void SetInner(std::unique_ptr<Subscription> inner) {
    inner_ = std::move(inner);
  }
  void Close() {
    inner_.reset();
    worker_.reset();
  }

  // Places that a delivery has taken twice are given back once only.
  void Request(std::size_t places) {
    const std::size_t skipped = std::min(places, surplus_);
    surplus_ -= skipped;
    if (inner_ != nullptr && places > skipped)
      inner_->Request(places - skipped);
  }

  void Deliver(std::unique_ptr<Lease> lease) noexcept override;

  // Sends what the worker says.
  void Say(Message message) {
    if (is_cut_off_) return;
    const auto now = base::SteadyNow();
    if (now < frozen_until_) {
      return network_->Post(std::move(message), [] {}, frozen_until_ - now);
    }
    network_->Send(std::move(message));
  }
  bool IsHeardAtOnce() {
    return !is_cut_off_ && base::SteadyNow() >= frozen_until_ &&
           network_->engine() != nullptr && network_->GetsThrough();
  }
  void CutOff() {
    is_cut_off_ = true;
    inner_.reset();
  }
  void Freeze(nanoseconds time) { frozen_until_ = base::SteadyNow() + time; }

 private:
  const std::shared_ptr<Network> network_;
  std::shared_ptr<Consumer> worker_;
  std::unique_ptr<Subscription> inner_;
  std::size_t surplus_ = 0;
  bool is_cut_off_ = false;
  Clock::time_point frozen_until_ = {};
};

// A lease whose ends are messages.
class FaultyEngine::RemoteLease final : public Lease {
 public:
  RemoteLease(std::shared_ptr<Subscriber> subscriber,
              std::shared_ptr<Lease> lease)
      : subscriber_(std::move(subscriber)), lease_(std::move(lease)) {}

  const Job& job() const noexcept override { return lease_->job(); }
  bool Renew() noexcept override {
    return !subscriber_->IsHeardAtOnce() || lease_->Renew();
  }
  bool Succeed(std::string result) override {
    return Say([lease = lease_, result = std::move(result)] {
      lease->Succeed(result);
    });
  }
  bool Retry(Duration pause) override {
    return Say([lease = lease_, pause] { lease->Retry(pause); });
  }
  bool GiveUp(const std::string& reason) override {
    return Say([lease = lease_, reason] { lease->GiveUp(reason); });
  }
  bool Expire() override {
    return Say([lease = lease_] { lease->Expire(); });
  }
  bool Return() noexcept override {
    return Say([lease = lease_] { lease->Return(); });
  }

 private:
  bool Say(Message message) {
    subscriber_->Say(std::move(message));
    return true;
  }

  const std::shared_ptr<Subscriber> subscriber_;
  const std::shared_ptr<Lease> lease_;
};

void FaultyEngine::Subscriber::Deliver(std::unique_ptr<Lease> lease) noexcept {
  // Sent twice, it is delivered twice, in the place of one.
  const auto places = std::make_shared<int>(1);
  auto deliver = [self = shared_from_this(), places,
                  shared = std::shared_ptr<Lease>(std::move(lease))] {
    const std::shared_ptr<Consumer> worker = self->worker_;
    if (self->is_cut_off_ || worker == nullptr) return;
    if (--*places < 0) ++self->surplus_;
    worker->Deliver(std::make_unique<RemoteLease>(self, shared));
  };
  network_->Send(std::move(deliver), [self = shared_from_this(), places] {
    --*places;
    self->Request(1);
  });
}

class FaultyEngine::HeldSubscription final : public Subscription {
 public:
  explicit HeldSubscription(std::shared_ptr<Subscriber> subscriber)
      : subscriber_(std::move(subscriber)) {}
  ~HeldSubscription() override { subscriber_->Close(); }
  void Request(std::size_t places) override { subscriber_->Request(places); }

 private:
  const std::shared_ptr<Subscriber> subscriber_;
};

FaultyEngine::FaultyEngine(Engine& engine, Executor& executor,
                           const FaultOptions& options)
    : network_(std::make_shared<Network>(engine, executor, options)) {}

FaultyEngine::~FaultyEngine() { network_->Close(); }

void FaultyEngine::GoDown(Duration time) { network_->GoDown(time); }

void FaultyEngine::CutOffSubscribers() {
  for (const auto& weak : std::exchange(network_->subscribers, {})) {
    if (const auto subscriber = weak.lock()) subscriber->CutOff();
  }
}

void FaultyEngine::FreezeSubscribers(Duration time) {
  for (const auto& weak : network_->subscribers) {
    if (const auto subscriber = weak.lock()) subscriber->Freeze(time);
  }
}

int FaultyEngine::faults() const noexcept { return network_->faults(); }

void FaultyEngine::Submit(Job job, const JobOptions& options,
                          std::function<void(JobEnd)> ended) {
  const auto asked = std::make_shared<Network::Asked>(Network::Asked{
      std::move(job), options, Deadline::Current(), std::move(ended)});
  if (options.dedup_id.empty()) {
    asked->options.dedup_id = "faulty-" + std::to_string(++network_->last_id);
  }
  network_->Ask(asked);
}

std::unique_ptr<Engine::Subscription> FaultyEngine::Subscribe(
    std::shared_ptr<Consumer> consumer, const LeaseOptions& options) {
  auto subscriber = std::make_shared<Subscriber>(network_, std::move(consumer));
  subscriber->SetInner(network_->engine()->Subscribe(subscriber, options));
  network_->subscribers.push_back(subscriber);
  return std::make_unique<HeldSubscription>(std::move(subscriber));
}

std::size_t FaultyEngine::max_bytes() const noexcept {
  return network_->engine()->max_bytes();
}

JobCounts FaultyEngine::counts() const { return network_->engine()->counts(); }

std::vector<DeadLetter> FaultyEngine::TakeDeadLetters(std::size_t at_most) {
  return network_->engine()->TakeDeadLetters(at_most);
}

}  // namespace weft::jobs
