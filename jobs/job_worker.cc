// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/jobs/job_worker.h"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/describe_exception.h"
#include "weft/base/steady_now.h"
#include "weft/base/sync/mutex.h"
#include "weft/context/cancellation.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/deadline.h"
#include "weft/executor/blocking_options.h"
#include "weft/executor/errors.h"
#include "weft/executor/sync/async_event.h"
#include "weft/executor/timer.h"
#include "weft/hooks/messages.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/internal/wall_deadline.h"
#include "weft/propagation/carrier.h"

namespace weft::jobs {

using base::MutexLock;
using jobs_internal::DeadlineOf;
using jobs_internal::kJobMessages;

namespace {

// How often a lease is renewed in its time.
constexpr int kRenewals = 3;

// Returns the id of the message that has brought the job; 0: none.
std::uint64_t MessageOf(const Job& job) {
  const auto field = job.headers.find(kMessageHeader);
  if (field == job.headers.end()) return 0;
  const std::string& text = field->second;
  std::uint64_t id = 0;
  const char* const last = text.data() + text.size();
  constexpr int kHex = 16;
  const auto [end, error] = std::from_chars(text.data(), last, id, kHex);
  return error == std::errc() && end == last ? id : 0;
}

}  // namespace

void JobWorkerOptions::Validate() const {
  if (max_in_flight == 0) {
    throw std::invalid_argument(
        "JobWorkerOptions::max_in_flight: 0; it must be at least 1");
  }
  if (std::chrono::nanoseconds(lease) < std::chrono::nanoseconds(kRenewals)) {
    throw std::invalid_argument(
        "JobWorkerOptions::lease: it must be more than 0");
  }
  retry.Validate();
}

// All of a worker. The engine, the timer and the attempts share it.
class JobWorker::State final : public Engine::Consumer,
                               public std::enable_shared_from_this<State> {
 public:
  State(Engine& engine, Executor& executor, const Propagator& propagator,
        const JobWorkerOptions& options)
      : engine_(engine),
        executor_(executor),
        propagator_(propagator),
        options_(options),
        all_ended_(executor) {
    options_.Validate();
  }

  void Add(std::string_view type, jobs_internal::BytesHandler handler);
  void Start(Executor& renewals);
  void Stop(OnShutdown how);
  // Nothing calls them any more. Those who hold the last reference to this may
  // do so a little longer.
  void DropHandlers() noexcept { handlers_.clear(); }
  void Deliver(std::unique_ptr<Lease> lease) noexcept override;

  std::size_t in_flight() const {
    const MutexLock lock(mutex_);
    return attempts_.size();
  }
  JobWorkerStats stats() const {
    const MutexLock lock(mutex_);
    JobWorkerStats stats = stats_;
    stats.max_in_flight = options_.max_in_flight;
    stats.in_flight = attempts_.size();
    return stats;
  }

 private:
  struct Attempt {
    explicit Attempt(std::unique_ptr<Lease> its_lease)
        : lease(std::move(its_lease)) {}
    const std::unique_ptr<Lease> lease;
    const std::chrono::steady_clock::time_point delivered = base::SteadyNow();
    std::uint64_t number = 0;  // in the order of the deliveries, from 1
    CancellationSource cancellation;
    // For the coroutine alone.
    Deadline deadline = Deadline::Never();
    std::uint64_t message = 0;  // the id of the job in a trace; 0: none
    bool is_ended = false;
  };
  using Attempts = std::map<std::uint64_t, std::shared_ptr<Attempt>>;

  // What JobWorkerStats counts of an attempt that has ended.
  using Outcome = std::int64_t JobWorkerStats::*;
  static Outcome Taken(bool is_taken, Outcome outcome) noexcept {
    return is_taken ? outcome : &JobWorkerStats::refused;
  }

  // What the coroutine of an attempt holds. If that goes before it has begun,
  // as when the executor is stopped, the job is given back, and the worker
  // takes no more.
  class Presence {
   public:
    Presence(std::shared_ptr<State> worker, std::shared_ptr<Attempt> attempt)
        : worker_(std::move(worker)), attempt_(std::move(attempt)) {}
    Presence(Presence&&) noexcept = default;
    Presence& operator=(Presence&&) = delete;
    ~Presence() {
      if (attempt_ == nullptr) return;
      if (!attempt_->is_ended) {
        worker_->StopTaking();
        attempt_->lease->Return();
        worker_->Count(*attempt_, &JobWorkerStats::returned);
      }
      worker_->Leave(attempt_);
    }
    State& worker() const noexcept { return *worker_; }
    Attempt& attempt() const noexcept { return *attempt_; }

   private:
    std::shared_ptr<State> worker_;
    std::shared_ptr<Attempt> attempt_;
  };

  static Task<> Try(Presence presence);
  // Calls the handler in the job's context.
  Task<std::string> CallHandler(Attempt& attempt);
  // Each says what has become of the attempt.
  Outcome End(Attempt& attempt, std::string result, std::exception_ptr failure);
  Outcome EndFailed(Attempt& attempt, const std::exception_ptr& failure);
  void Count(const Attempt& attempt, Outcome outcome) noexcept;
  void Leave(const std::shared_ptr<Attempt>& attempt) noexcept;
  void StopTaking() noexcept;
  void RenewAll();

  Engine& engine_;
  Executor& executor_;
  const Propagator& propagator_;
  const JobWorkerOptions options_;
  // Set before the start.
  std::map<std::string, jobs_internal::BytesHandler, std::less<>> handlers_;
  bool is_started_ = false;
  Timer renewal_;

  AsyncEvent all_ended_;  // set when it takes no more and none runs
  mutable base::Mutex mutex_;
  JobWorkerStats stats_ ABSL_GUARDED_BY(mutex_);
  bool takes_no_more_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<Engine::Subscription> subscription_ ABSL_GUARDED_BY(mutex_);
  // By their numbers, so that nothing depends on addresses.
  Attempts attempts_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of leases that there was no memory for.
  std::size_t places_owed_ ABSL_GUARDED_BY(mutex_) = 0;
};

void JobWorker::State::Add(std::string_view type,
                           jobs_internal::BytesHandler handler) {
  if (is_started_) {
    throw std::logic_error("JobWorker::Handle: the worker has been started");
  }
  if (!handlers_.emplace(type, std::move(handler)).second) {
    throw std::invalid_argument("JobWorker::Handle: jobs of type '" +
                                std::string(type) + "' have a handler");
  }
}

void JobWorker::State::Start(Executor& renewals) {
  if (is_started_) {
    throw std::logic_error("JobWorker::Start: the worker has been started");
  }
  renewal_ =
      renewals.PostEvery(std::chrono::nanoseconds(options_.lease) / kRenewals,
                         [worker = weak_from_this()] {
                           if (const auto self = worker.lock())
                             self->RenewAll();
                         });
  is_started_ = true;
  const std::shared_ptr<Engine::Subscription> subscription = engine_.Subscribe(
      shared_from_this(),
      {.time = options_.lease, .max_attempts = options_.retry.max_attempts});
  {
    const MutexLock lock(mutex_);
    subscription_ = subscription;
  }
  subscription->Request(options_.max_in_flight);
}

void JobWorker::State::StopTaking() noexcept {
  std::shared_ptr<Engine::Subscription> subscription;
  bool is_last = false;
  {
    const MutexLock lock(mutex_);
    takes_no_more_ = true;
    subscription.swap(subscription_);
    is_last = attempts_.empty();
  }
  if (is_last) all_ended_.Set();
}

void JobWorker::State::Stop(OnShutdown how) {
  StopTaking();
  if (how == OnShutdown::kStop) {
    Attempts attempts;
    {
      const MutexLock lock(mutex_);
      attempts = attempts_;
    }
    for (const auto& [number, attempt] : attempts) {
      attempt->cancellation.Cancel();
    }
  }
  all_ended_.Wait().Get();
  renewal_.Cancel();
}

void JobWorker::State::Deliver(std::unique_ptr<Lease> lease) noexcept {
  std::shared_ptr<Attempt> attempt;
  try {
    attempt = std::make_shared<Attempt>(std::move(lease));
    const MutexLock lock(mutex_);
    attempt->number = ++last_number_;
    if (!takes_no_more_) attempts_.emplace(attempt->number, attempt);
    ++stats_.attempts;
    if (attempt->lease->job().attempt > 1) ++stats_.redelivered;
  } catch (const std::bad_alloc&) {
    // The lease runs out, and the next renewal frees the place: at once, the
    // same might go on and on.
    const MutexLock lock(mutex_);
    ++places_owed_;
    return;
  }
  Presence presence(shared_from_this(), std::move(attempt));
  try {
    // In nobody's context, and with nobody's limits.
    ContextSnapshot().Run(
        [&] { SpawnDetached(executor_, Try(std::move(presence))); });
  } catch (...) {
    // The executor has been shut down: the job has been given back.
  }
}

void JobWorker::State::Leave(const std::shared_ptr<Attempt>& attempt) noexcept {
  std::shared_ptr<Engine::Subscription> subscription;
  bool is_last = false;
  {
    const MutexLock lock(mutex_);
    attempts_.erase(attempt->number);
    subscription = subscription_;
    is_last = takes_no_more_ && attempts_.empty();
  }
  if (is_last) all_ended_.Set();
  if (subscription != nullptr) subscription->Request(1);
}

void JobWorker::State::RenewAll() {
  Attempts attempts;
  std::size_t places = 0;
  std::shared_ptr<Engine::Subscription> subscription;
  {
    const MutexLock lock(mutex_);
    attempts = attempts_;
    places = std::exchange(places_owed_, 0);
    subscription = subscription_;
  }
  if (places > 0 && subscription != nullptr) subscription->Request(places);
  for (const auto& [number, attempt] : attempts) {
    const bool is_renewed = attempt->lease->Renew();
    if (!is_renewed) attempt->cancellation.Cancel();
    const MutexLock lock(mutex_);
    ++(is_renewed ? stats_.leases_renewed : stats_.leases_lost);
  }
}

void JobWorker::State::Count(const Attempt& attempt, Outcome outcome) noexcept {
  const auto time = base::SteadyNow() - attempt.delivered;
  const MutexLock lock(mutex_);
  stats_.*outcome += 1;
  stats_.total_time += time;
}

Task<> JobWorker::State::Try(Presence presence) {
  Attempt& attempt = presence.attempt();
  std::string result;
  std::exception_ptr failure;
  try {
    result = co_await presence.worker().CallHandler(attempt);
  } catch (...) {
    failure = std::current_exception();
  }
  attempt.is_ended = true;
  // Before whoever submitted it can hear of it.
  TellSent(kJobMessages, attempt.message != 0 ? ~attempt.message : 0);
  Outcome outcome = &JobWorkerStats::returned;
  try {
    outcome =
        presence.worker().End(attempt, std::move(result), std::move(failure));
  } catch (...) {
    // There is no memory to tell it: the job is begun again.
    attempt.lease->Return();
  }
  presence.worker().Count(attempt, outcome);
}

Task<std::string> JobWorker::State::CallHandler(Attempt& attempt) {
  const Job& job = attempt.lease->job();
  if (AreMessagesWanted()) [[unlikely]] {
    attempt.message = MessageOf(job);
    TellReceived(kJobMessages, attempt.message);
  }
  attempt.deadline = DeadlineOf(job);
  if (attempt.deadline.has_passed()) {
    throw DeadlineExceededError("the deadline of job " + job.id +
                                " has passed");
  }
  const auto handler = handlers_.find(job.type);
  if (handler == handlers_.end()) {
    std::string known;
    for (const auto& entry : handlers_) known += " '" + entry.first + "'";
    throw NotWorthRetryingError("no handler for jobs of type '" + job.type +
                                "'; this worker has some for:" + known);
  }
  return propagator_.Extract(MapReader(job.headers), options_.trust).Run([&] {
    const CancellationScope cancellable(attempt.cancellation.token());
    const DeadlineScope limited(attempt.deadline);
    return handler->second(job);
  });
}

JobWorker::State::Outcome JobWorker::State::End(Attempt& attempt,
                                                std::string result,
                                                std::exception_ptr failure) {
  Lease& lease = *attempt.lease;
  if (failure == nullptr) {
    if (result.size() <= engine_.max_bytes()) {
      return Taken(lease.Succeed(std::move(result)),
                   &JobWorkerStats::succeeded);
    }
    return Taken(
        lease.GiveUp("its result has " + std::to_string(result.size()) +
                     " bytes; at most " + std::to_string(engine_.max_bytes()) +
                     " are allowed"),
        &JobWorkerStats::given_up);
  }
  if (attempt.cancellation.is_cancelled()) {
    // The worker stops, or the lease was lost.
    return Taken(lease.Return(), &JobWorkerStats::returned);
  }
  return EndFailed(attempt, failure);
}

JobWorker::State::Outcome JobWorker::State::EndFailed(
    Attempt& attempt, const std::exception_ptr& failure) {
  Lease& lease = *attempt.lease;
  const auto give_up = [&] {
    return Taken(lease.GiveUp(base::DescribeException(failure)),
                 &JobWorkerStats::given_up);
  };
  try {
    std::rethrow_exception(failure);
  } catch (const NotWorthRetryingError&) {
    return give_up();
  } catch (const DeadlineExceededError&) {
    if (attempt.deadline.has_passed()) {
      return Taken(lease.Expire(), &JobWorkerStats::expired);
    }
  } catch (...) {
  }
  std::chrono::nanoseconds pause{};
  try {
    RetryPauses pauses(options_.retry);
    for (int i = 0; i < lease.job().attempt; ++i) pause = pauses.Next(failure);
  } catch (...) {
    return give_up();
  }
  return Taken(lease.Retry(pause), &JobWorkerStats::retried);
}

JobWorker::JobWorker(Engine& engine, Executor& executor,
                     const Propagator& propagator,
                     const JobWorkerOptions& options)
    : state_(std::make_shared<State>(engine, executor, propagator, options)),
      executor_(executor) {
  // In a simulation there are no other threads, and handlers do not keep a
  // worker from others while time passes.
  if (base::simulated_now != nullptr) return;
  renewals_.emplace(
      BlockingOptions{.max_threads = 1, .thread_name = "weft-lease"});
}

JobWorker::~JobWorker() {
  try {
    Stop();
  } catch (const DeadlockError&) {
    // The schedule of a simulation was given up. Handlers may be under way.
    return;
  }
  state_->DropHandlers();
}

void JobWorker::Start() {
  state_->Start(renewals_.has_value() ? *renewals_ : executor_);
}

void JobWorker::Stop(OnShutdown how) { state_->Stop(how); }

std::size_t JobWorker::in_flight() const { return state_->in_flight(); }

JobWorkerStats JobWorker::stats() const { return state_->stats(); }

void JobWorker::AddHandler(std::string_view type,
                           jobs_internal::BytesHandler handler) {
  state_->Add(type, std::move(handler));
}

}  // namespace weft::jobs
