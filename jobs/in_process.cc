// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/jobs/in_process.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <iterator>
#include <list>
#include <map>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/steady_now.h"
#include "weft/base/sync/mutex.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/deadline.h"
#include "weft/executor/errors.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/internal/wall_deadline.h"

namespace weft::jobs {

using base::MutexLock;

namespace {

using Clock = std::chrono::steady_clock;

// After how long what there was no memory for is seen to again.
constexpr std::chrono::milliseconds kCatchUp(100);

}  // namespace

void InProcessOptions::Validate() const {
  if (max_bytes == 0) {
    throw std::invalid_argument(
        "InProcessOptions::max_bytes: 0; it must be at least 1");
  }
  if (std::chrono::nanoseconds(remember_for) < std::chrono::nanoseconds(0)) {
    throw std::invalid_argument(
        "InProcessOptions::remember_for: less than 0; it must be at least 0");
  }
}

// All of the engine; leases, subscriptions and timers may outlive the handle.
//
// Nothing is called while its lock is held: what there is to call is gathered
// in an Outbox.
class InProcess::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(Executor& executor, const InProcessOptions& options)
      : executor_(executor), options_(options) {
    options_.Validate();
  }

  void Submit(Job job, const JobOptions& options,
              std::function<void(JobEnd)> ended);

  struct Subscriber {
    std::shared_ptr<Consumer> consumer;
    LeaseOptions options;
    std::size_t places = 0;
  };
  using SubscriberRef = std::list<Subscriber>::iterator;
  SubscriberRef Subscribe(std::shared_ptr<Consumer> consumer,
                          const LeaseOptions& options);
  void Unsubscribe(SubscriberRef subscriber);
  void Request(SubscriberRef subscriber, std::size_t places);

  bool Renew(const std::string& id, std::uint64_t lease);
  bool Succeed(const std::string& id, std::uint64_t lease, std::string result);
  bool Retry(const std::string& id, std::uint64_t lease, Duration pause);
  bool GiveUp(const std::string& id, std::uint64_t lease,
              const std::string& reason);
  bool Expire(const std::string& id, std::uint64_t lease);
  bool Return(const std::string& id, std::uint64_t lease);

  // Ends all that is not done.
  void Close();

  const InProcessOptions& options() const noexcept { return options_; }
  JobCounts counts() const {
    const MutexLock lock(mutex_);
    return counts_;
  }
  std::vector<DeadLetter> TakeDeadLetters(std::size_t at_most);

 private:
  // What is known of a job that has ended: enough to tell each who asks with an
  // exception of its own.
  struct Ended {
    enum class Kind { kSucceeded, kFailed, kExpired, kLost };

    JobEnd ToEnd(const std::string& id) const {
      switch (kind) {
        case Kind::kSucceeded:
          return {.result = text};
        case Kind::kFailed:
          return {.failure = std::make_exception_ptr(JobFailedError(
                      "job " + id + " was given up after attempt " +
                          std::to_string(attempts) + ": " + text,
                      id, attempts, text))};
        case Kind::kExpired:
          return {.failure = std::make_exception_ptr(DeadlineExceededError(
                      "the deadline of job " + id + " has passed"))};
        case Kind::kLost:
          break;
      }
      return {.failure = std::make_exception_ptr(JobLostError(
                  "job " + id + " was not done when its engine went"))};
    }

    Kind kind;
    std::string text = {};  // the result, or the reason
    int attempts = 0;
  };
  static std::size_t BytesOf(const std::string& id, const Ended& ended) {
    return id.size() + ended.text.size();
  }

  enum class State { kReady, kDelayed, kLeased };

  // The higher priority first, then the earlier.
  using Rank = std::pair<int, std::uint64_t>;
  using Times = std::multimap<Clock::time_point, std::string>;

  struct Entry {
    Job job;
    Rank rank;
    bool is_remembered = false;
    std::vector<std::function<void(JobEnd)>> waiters = {};
    State state = State::kReady;
    std::uint64_t lease = 0;  // the number of the last one
    LeaseOptions lease_options = {.time = std::chrono::nanoseconds(0),
                                  .max_attempts = 0};
    // Where it is in `due_`, if it is delayed or leased.
    Times::iterator due = {};
    // Where it is in `deadlines_`, if it has one.
    std::optional<Times::iterator> deadline = {};
  };
  using Entries = std::unordered_map<std::string, Entry>;

  // What is to be called when the lock is free.
  struct Outbox {
    using Ends = std::list<std::pair<std::function<void(JobEnd)>, JobEnd>>;
    using Leases =
        std::list<std::pair<std::shared_ptr<Consumer>, std::unique_ptr<Lease>>>;

    // What is called may come back here with an outbox of its own, as a worker
    // does whose executor runs a job at once. The first call on the thread
    // sends all of them, one after the other: the stack does not grow with the
    // queue.
    void Send() noexcept {
      if (sending != nullptr) {
        sending->ended.splice(sending->ended.end(), ended);
        sending->delivered.splice(sending->delivered.end(), delivered);
        return;
      }
      sending = this;
      while (!ended.empty() || !delivered.empty()) {
        auto ends = std::exchange(ended, {});
        auto leases = std::exchange(delivered, {});
        for (auto& [waiter, end] : ends) waiter(std::move(end));
        for (auto& [consumer, lease] : leases) {
          consumer->Deliver(std::move(lease));
        }
      }
      sending = nullptr;
    }
    Ends ended;
    Leases delivered;
    static thread_local Outbox* sending;
  };

  // Returns the entry if that lease of it is good.
  Entry* Find(const std::string& id, std::uint64_t lease)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes it due at that time.
  void SetDue(Entry& entry, State state, Clock::time_point time)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Queue(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Throws std::bad_alloc, and has changed nothing then.
  void End(Entry& entry, const Ended& ended, Outbox& outbox)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Bury(DeadLetter letter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remember(const std::string& id, const Ended& ended)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetOne(const std::string& id) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Forgets what was remembered last.
  void ForgetLast() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(Clock::time_point now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Delivers what is ready to those who have places. Out of memory the rest
  // waits.
  void Dispatch(Outbox& outbox) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Delivers the first that is ready. Throws std::bad_alloc, and has changed
  // nothing then.
  void DeliverFirst(SubscriberRef subscriber, Outbox& outbox)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Sees to what is due by now.
  void Tick() ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeDue(Outbox& outbox) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Sets a timer if one is needed. Throws what PostAt() throws.
  void Arm() ABSL_LOCKS_EXCLUDED(mutex_);
  // The same after a change that cannot be taken back: what is due waits for
  // the next timer, if none can be had now.
  void ArmIfPossible() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes the end of a lease: calls `end(entry, outbox)`, under the lock, if it
  // is good.
  enum class IfLost { kRefused, kOfNoMatter };
  template <typename EndIt>
  bool EndLease(const std::string& id, std::uint64_t lease, IfLost counts,
                EndIt end) ABSL_LOCKS_EXCLUDED(mutex_);

  Executor& executor_;
  const InProcessOptions options_;
  mutable base::Mutex mutex_;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  JobCounts counts_ ABSL_GUARDED_BY(mutex_);
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  std::map<Rank, std::string> ready_ ABSL_GUARDED_BY(mutex_);
  Times due_ ABSL_GUARDED_BY(mutex_);        // ends of delays and leases
  Times deadlines_ ABSL_GUARDED_BY(mutex_);  // of all jobs that have one
  Clock::time_point armed_for_ ABSL_GUARDED_BY(mutex_) =
      Clock::time_point::max();
  std::list<Subscriber> subscribers_ ABSL_GUARDED_BY(mutex_);
  std::unordered_map<std::string, Ended> remembered_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::pair<Clock::time_point, std::string>> to_forget_
      ABSL_GUARDED_BY(mutex_);
  std::size_t remembered_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Something that was ready or due could not be seen to for want of memory.
  bool is_behind_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<DeadLetter> dead_letters_ ABSL_GUARDED_BY(mutex_);
};

constinit thread_local InProcess::Core::Outbox*
    InProcess::Core::Outbox::sending = nullptr;

class InProcess::HeldLease final : public Lease {
 public:
  HeldLease(std::shared_ptr<Core> core, Job job, std::uint64_t number)
      : core_(std::move(core)), job_(std::move(job)), number_(number) {}

  const Job& job() const noexcept override { return job_; }
  bool Renew() noexcept override {
    try {
      return core_->Renew(job_.id, number_);
    } catch (const std::bad_alloc&) {
      return true;  // it lasts as long as it did
    }
  }
  bool Succeed(std::string result) override {
    return core_->Succeed(job_.id, number_, std::move(result));
  }
  bool Retry(Duration pause) override {
    return core_->Retry(job_.id, number_, pause);
  }
  bool GiveUp(const std::string& reason) override {
    return core_->GiveUp(job_.id, number_, reason);
  }
  bool Expire() override { return core_->Expire(job_.id, number_); }
  bool Return() noexcept override {
    try {
      return core_->Return(job_.id, number_);
    } catch (const std::bad_alloc&) {
      return true;  // it is queued again when the lease has run out
    }
  }

 private:
  const std::shared_ptr<Core> core_;
  const Job job_;
  const std::uint64_t number_;
};

InProcess::Core::Entry* InProcess::Core::Find(const std::string& id,
                                              std::uint64_t lease) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.state != State::kLeased ||
      found->second.lease != lease) {
    return nullptr;
  }
  return &found->second;
}

void InProcess::Core::SetDue(Entry& entry, State state,
                             Clock::time_point time) {
  const auto due = due_.emplace(time, entry.job.id);
  if (entry.state != State::kReady) due_.erase(entry.due);
  entry.due = due;
  entry.state = state;
}

void InProcess::Core::Queue(Entry& entry) {
  ready_.emplace(entry.rank, entry.job.id);
  if (entry.state != State::kReady) due_.erase(entry.due);
  entry.state = State::kReady;
}

void InProcess::Core::Bury(DeadLetter letter) {
  if (options_.max_dead_letters == 0) {
    ++counts_.dead_letters_dropped;
    return;
  }
  dead_letters_.push_back(std::move(letter));
  if (dead_letters_.size() <= options_.max_dead_letters) return;
  ++counts_.dead_letters_dropped;
  dead_letters_.pop_front();
}

void InProcess::Core::Remember(const std::string& id, const Ended& ended) {
  remembered_.insert_or_assign(id, ended);
  try {
    to_forget_.emplace_back(Deadline::In(options_.remember_for).time(), id);
  } catch (...) {
    remembered_.erase(id);
    throw;
  }
  remembered_bytes_ += BytesOf(id, ended);
}

void InProcess::Core::ForgetOne(const std::string& id) noexcept {
  const auto found = remembered_.find(id);
  remembered_bytes_ -= BytesOf(found->first, found->second);
  remembered_.erase(found);
}

void InProcess::Core::ForgetLast() noexcept {
  ForgetOne(to_forget_.back().second);
  to_forget_.pop_back();
}

void InProcess::Core::Forget(Clock::time_point now) {
  while (!to_forget_.empty() &&
         (to_forget_.front().first <= now ||
          to_forget_.size() > options_.remember_at_most ||
          remembered_bytes_ > options_.remember_bytes)) {
    ForgetOne(to_forget_.front().second);
    to_forget_.pop_front();
  }
}

void InProcess::Core::End(Entry& entry, const Ended& ended, Outbox& outbox) {
  const std::string id = entry.job.id;
  const bool has_failed = ended.kind == Ended::Kind::kFailed;
  // First what may throw.
  Outbox::Ends ends;
  for (std::size_t i = 0; i < entry.waiters.size(); ++i) {
    ends.emplace_back(nullptr, ended.ToEnd(id));
  }
  DeadLetter letter;
  if (has_failed) letter = {entry.job, ended.text};
  const bool is_remembered =
      entry.is_remembered && BytesOf(id, ended) <= options_.remember_bytes;
  if (is_remembered) Remember(id, ended);
  try {
    if (has_failed) Bury(std::move(letter));
  } catch (...) {
    if (is_remembered) ForgetLast();
    throw;
  }

  auto told = ends.begin();
  for (auto& waiter : entry.waiters) (told++)->first = std::move(waiter);
  outbox.ended.splice(outbox.ended.end(), ends);
  switch (ended.kind) {
    case Ended::Kind::kSucceeded:
      ++counts_.succeeded;
      break;
    case Ended::Kind::kFailed:
      ++counts_.failed;
      break;
    case Ended::Kind::kExpired:
      ++counts_.expired;
      break;
    case Ended::Kind::kLost:
      ++counts_.lost;
      break;
  }
  --counts_.pending;
  Forget(base::SteadyNow());
  if (entry.state == State::kReady) {
    ready_.erase(entry.rank);
  } else {
    due_.erase(entry.due);
  }
  if (entry.deadline.has_value()) deadlines_.erase(*entry.deadline);
  entries_.erase(id);
}

void InProcess::Core::DeliverFirst(SubscriberRef subscriber, Outbox& outbox) {
  Entry& entry = entries_.at(ready_.begin()->second);
  if (entry.deadline.has_value()) {
    // Anew, as the wall clock may have been set while it was queued.
    jobs_internal::SetDeadlineHeader(entry.job,
                                     Deadline::At((*entry.deadline)->first));
  }
  Outbox::Leases lease;
  lease.emplace_back(subscriber->consumer,
                     std::make_unique<HeldLease>(shared_from_this(), entry.job,
                                                 last_number_ + 1));
  SetDue(entry, State::kLeased, Deadline::In(subscriber->options.time).time());
  ready_.erase(ready_.begin());
  entry.lease = ++last_number_;
  entry.lease_options = subscriber->options;
  outbox.delivered.splice(outbox.delivered.end(), lease);
  if (entry.job.attempt > 1) ++counts_.redelivered;
  --subscriber->places;
  // Each in its turn.
  subscribers_.splice(subscribers_.end(), subscribers_, subscriber);
}

void InProcess::Core::Dispatch(Outbox& outbox) noexcept {
  try {
    while (!ready_.empty()) {
      const auto subscriber =
          std::find_if(subscribers_.begin(), subscribers_.end(),
                       [](const Subscriber& s) { return s.places > 0; });
      if (subscriber == subscribers_.end()) return;
      DeliverFirst(subscriber, outbox);
    }
  } catch (const std::bad_alloc&) {
    is_behind_ = true;
  }
}

void InProcess::Core::Submit(Job job, const JobOptions& options,
                             std::function<void(JobEnd)> ended) {
  if (job.payload.size() > options_.max_bytes) {
    throw JobTooLargeError("a job of type " + job.type + " has a payload of " +
                           std::to_string(job.payload.size()) +
                           " bytes; at most " +
                           std::to_string(options_.max_bytes) + " are allowed");
  }
  const Deadline deadline = Deadline::Current();
  Outbox outbox;
  {
    const MutexLock lock(mutex_);
    job.id = options.dedup_id.empty() ? '#' + std::to_string(++last_number_)
                                      : options.dedup_id;
    Forget(base::SteadyNow());
    const auto known = entries_.find(job.id);
    const auto remembered = remembered_.find(job.id);
    if (known != entries_.end()) {
      known->second.waiters.push_back(std::move(ended));
    } else if (remembered != remembered_.end()) {
      outbox.ended.emplace_back(std::move(ended),
                                remembered->second.ToEnd(job.id));
    } else {
      const std::string id = job.id;
      const auto [added, is_new] = entries_.try_emplace(
          id, Entry{.job = std::move(job),
                    .rank = {-options.priority, ++last_number_},
                    .is_remembered = !options.dedup_id.empty()});
      Entry& entry = added->second;
      const bool is_delayed =
          std::chrono::nanoseconds(options.delay) > std::chrono::nanoseconds(0);
      try {
        if (!deadline.is_never()) {
          entry.deadline = deadlines_.emplace(deadline.time(), id);
        }
        entry.waiters.push_back(std::move(ended));
        if (is_delayed) {
          SetDue(entry, State::kDelayed, Deadline::In(options.delay).time());
        } else {
          Queue(entry);
        }
      } catch (...) {
        if (entry.deadline.has_value()) deadlines_.erase(*entry.deadline);
        entries_.erase(added);
        throw;
      }
      ++counts_.submitted;
      ++counts_.pending;
      if (!is_delayed) Dispatch(outbox);
    }
  }
  ArmIfPossible();
  outbox.Send();
}

InProcess::Core::SubscriberRef InProcess::Core::Subscribe(
    std::shared_ptr<Consumer> consumer, const LeaseOptions& options) {
  const MutexLock lock(mutex_);
  return subscribers_.insert(subscribers_.end(),
                             {std::move(consumer), options});
}

void InProcess::Core::Unsubscribe(SubscriberRef subscriber) {
  std::list<Subscriber> removed;  // destroyed when the lock is free
  const MutexLock lock(mutex_);
  removed.splice(removed.end(), subscribers_, subscriber);
}

void InProcess::Core::Request(SubscriberRef subscriber, std::size_t places) {
  Outbox outbox;
  {
    const MutexLock lock(mutex_);
    subscriber->places += places;
    Dispatch(outbox);
  }
  ArmIfPossible();
  outbox.Send();
}

bool InProcess::Core::Renew(const std::string& id, std::uint64_t lease) {
  const MutexLock lock(mutex_);
  Entry* const entry = Find(id, lease);
  if (entry == nullptr) return false;
  SetDue(*entry, State::kLeased,
         Deadline::In(entry->lease_options.time).time());
  return true;
}

template <typename EndIt>
bool InProcess::Core::EndLease(const std::string& id, std::uint64_t lease,
                               IfLost counts, EndIt end) {
  Outbox outbox;
  {
    const MutexLock lock(mutex_);
    Entry* const entry = Find(id, lease);
    if (entry == nullptr) {
      if (counts == IfLost::kRefused) ++counts_.refused;
      return false;
    }
    end(*entry, outbox);
    Dispatch(outbox);
  }
  ArmIfPossible();
  outbox.Send();
  return true;
}

bool InProcess::Core::Succeed(const std::string& id, std::uint64_t lease,
                              std::string result) {
  return EndLease(
      id, lease, IfLost::kRefused,
      [&](Entry& entry, Outbox& outbox) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        End(entry, {.kind = Ended::Kind::kSucceeded, .text = std::move(result)},
            outbox);
      });
}

bool InProcess::Core::Retry(const std::string& id, std::uint64_t lease,
                            Duration pause) {
  return EndLease(id, lease, IfLost::kRefused,
                  [&](Entry& entry, Outbox&) ABSL_NO_THREAD_SAFETY_ANALYSIS {
                    ++entry.job.attempt;
                    SetDue(entry, State::kDelayed, Deadline::In(pause).time());
                  });
}

bool InProcess::Core::GiveUp(const std::string& id, std::uint64_t lease,
                             const std::string& reason) {
  return EndLease(id, lease, IfLost::kRefused,
                  [&](Entry& entry, Outbox& outbox)
                      ABSL_NO_THREAD_SAFETY_ANALYSIS {
                        End(entry,
                            {.kind = Ended::Kind::kFailed,
                             .text = reason,
                             .attempts = entry.job.attempt},
                            outbox);
                      });
}

bool InProcess::Core::Expire(const std::string& id, std::uint64_t lease) {
  return EndLease(id, lease, IfLost::kOfNoMatter,
                  [&](Entry& entry, Outbox& outbox)
                      ABSL_NO_THREAD_SAFETY_ANALYSIS {
                        End(entry, {.kind = Ended::Kind::kExpired}, outbox);
                      });
}

bool InProcess::Core::Return(const std::string& id, std::uint64_t lease) {
  return EndLease(id, lease, IfLost::kOfNoMatter,
                  [&](Entry& entry, Outbox&)
                      ABSL_NO_THREAD_SAFETY_ANALYSIS { Queue(entry); });
}

void InProcess::Core::TakeDue(Outbox& outbox) {
  const auto now = base::SteadyNow();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    End(entries_.at(deadlines_.begin()->second),
        {.kind = Ended::Kind::kExpired}, outbox);
  }
  while (!due_.empty() && due_.begin()->first <= now) {
    Entry& entry = entries_.at(due_.begin()->second);
    const bool was_leased = entry.state == State::kLeased;
    if (was_leased && entry.job.attempt >= entry.lease_options.max_attempts) {
      End(entry,
          {.kind = Ended::Kind::kFailed,
           .text = "its lease ran out",
           .attempts = entry.job.attempt},
          outbox);
      continue;
    }
    Queue(entry);
    if (was_leased) ++entry.job.attempt;
  }
}

void InProcess::Core::Tick() {
  Outbox outbox;
  {
    const MutexLock lock(mutex_);
    armed_for_ = Clock::time_point::max();
    if (is_closed_) return;
    is_behind_ = false;
    try {
      TakeDue(outbox);
    } catch (const std::bad_alloc&) {
      is_behind_ = true;
    }
    Dispatch(outbox);
  }
  ArmIfPossible();
  outbox.Send();
}

void InProcess::Core::Arm() {
  Clock::time_point time;
  {
    const MutexLock lock(mutex_);
    if (is_closed_) return;
    time = Clock::time_point::max();
    if (!due_.empty()) time = due_.begin()->first;
    if (!deadlines_.empty()) time = std::min(time, deadlines_.begin()->first);
    if (is_behind_) time = std::min(time, Deadline::In(kCatchUp).time());
    if (time >= armed_for_) return;
    armed_for_ = time;
  }
  try {
    // A timer of nobody's flow.
    ContextSnapshot().Run([&] {
      executor_.PostAt(time, [core = weak_from_this()] {
        if (const auto self = core.lock()) self->Tick();
      });
    });
  } catch (...) {
    const MutexLock lock(mutex_);
    armed_for_ = Clock::time_point::max();
    throw;
  }
}

void InProcess::Core::ArmIfPossible() noexcept {
  try {
    Arm();
  } catch (...) {
    // The executor has been shut down, or there is no memory.
  }
}

void InProcess::Core::Close() {
  Outbox outbox;
  {
    const MutexLock lock(mutex_);
    is_closed_ = true;
    while (!entries_.empty()) {
      End(entries_.begin()->second, {.kind = Ended::Kind::kLost}, outbox);
    }
  }
  outbox.Send();
}

std::vector<DeadLetter> InProcess::Core::TakeDeadLetters(std::size_t at_most) {
  const MutexLock lock(mutex_);
  const auto last =
      dead_letters_.begin() +
      static_cast<std::ptrdiff_t>(std::min(at_most, dead_letters_.size()));
  std::vector<DeadLetter> taken(std::make_move_iterator(dead_letters_.begin()),
                                std::make_move_iterator(last));
  dead_letters_.erase(dead_letters_.begin(), last);
  return taken;
}

class InProcess::HeldSubscription final : public Subscription {
 public:
  HeldSubscription(std::shared_ptr<Core> core, Core::SubscriberRef subscriber)
      : core_(std::move(core)), subscriber_(subscriber) {}
  ~HeldSubscription() override { core_->Unsubscribe(subscriber_); }
  void Request(std::size_t places) override {
    core_->Request(subscriber_, places);
  }

 private:
  const std::shared_ptr<Core> core_;
  const Core::SubscriberRef subscriber_;
};

InProcess::InProcess(Executor& executor, const InProcessOptions& options)
    : core_(std::make_shared<Core>(executor, options)) {}

InProcess::~InProcess() { core_->Close(); }

void InProcess::Submit(Job job, const JobOptions& options,
                       std::function<void(JobEnd)> ended) {
  core_->Submit(std::move(job), options, std::move(ended));
}

std::unique_ptr<Engine::Subscription> InProcess::Subscribe(
    std::shared_ptr<Consumer> consumer, const LeaseOptions& options) {
  const auto subscriber = core_->Subscribe(std::move(consumer), options);
  return std::make_unique<HeldSubscription>(core_, subscriber);
}

std::size_t InProcess::max_bytes() const noexcept {
  return core_->options().max_bytes;
}

JobCounts InProcess::counts() const { return core_->counts(); }

std::vector<DeadLetter> InProcess::TakeDeadLetters(std::size_t at_most) {
  return core_->TakeDeadLetters(at_most);
}

}  // namespace weft::jobs
