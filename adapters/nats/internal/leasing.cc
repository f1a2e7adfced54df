// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/internal/leasing.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/nats/internal/records.h"
#include "weft/base/sync/mutex.h"

namespace weft::nats_internal {

using base::MutexLock;
using std::chrono::nanoseconds;

namespace {

// How many more jobs than it has places a consumer is sent while they turn out
// to have ended; and how long after the last such one.
constexpr std::size_t kLooksAhead = 256;
constexpr std::chrono::milliseconds kLooksOn(200);
// So many that were begun before are looked up, then their ends are read.
constexpr std::uint64_t kLookedUpBefore = 4;
// So many jobs behind the last one that has ended are looked up, too: they may
// have been under way with other workers, and end meanwhile.
constexpr std::uint64_t kUnderWay = 256;
// With so many held it does not look ahead.
constexpr std::size_t kHoldsMany = 32;
// How often the lease of one that is held is renewed in its time.
constexpr int kRenewalsHeld = 3;

std::int64_t NumberOf(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Returns how long the job is not to be begun yet.
std::chrono::milliseconds LeftToWait(std::string_view not_before) {
  if (not_before.empty()) return std::chrono::milliseconds(0);
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  // It is looked at again after a day.
  return std::clamp<std::chrono::milliseconds>(
      std::chrono::milliseconds(
          std::max<std::int64_t>(NumberOf(not_before), 0)) -
          now,
      std::chrono::milliseconds(0), std::chrono::hours(24));
}

// The time of a lease, for the answers to its renewals too.
class Term {
 public:
  explicit Term(Clock::time_point good_until) : good_until_(good_until) {}

  bool IsGood() const {
    const MutexLock lock(mutex_);
    return Clock::now() < good_until_;
  }
  Clock::time_point good_until() const {
    const MutexLock lock(mutex_);
    return good_until_;
  }
  void Extend(Clock::time_point until) {
    const MutexLock lock(mutex_);
    good_until_ = std::max(good_until_, until);
  }

 private:
  mutable base::Mutex mutex_;
  Clock::time_point good_until_ ABSL_GUARDED_BY(mutex_);
};

// A delivery that is under way.
class HeldLease final : public jobs::Lease {
 public:
  HeldLease(std::shared_ptr<Store> store, jobs::Job job,
            std::string ack_subject, std::int64_t notes, nanoseconds time,
            Clock::time_point good_until)
      : store_(std::move(store)),
        job_(std::make_shared<const jobs::Job>(std::move(job))),
        ack_subject_(std::move(ack_subject)),
        notes_(notes),
        time_(time),
        term_(std::make_shared<Term>(good_until)) {}

  const jobs::Job& job() const noexcept override { return *job_; }

  bool Renew() noexcept override {
    if (!term_->IsGood()) return false;
    try {
      // It lasts longer if the server says that it has heard.
      store_->client().Ask({.subject = ack_subject_, .data = "+WPI"},
                           term_->good_until(),
                           [term = term_, until = In(time_)](const Answer& a) {
                             if (a.is_done()) term->Extend(until);
                           });
    } catch (...) {
      // It lasts as long as it did.
    }
    return true;
  }

  bool Succeed(std::string result) override {
    return Put({.kind = End::Kind::kSucceeded, .text = std::move(result)},
               IfLost::kRefused);
  }
  bool Retry(Duration pause) override {
    if (!Begin(IfLost::kRefused)) return false;
    store_->QueueAgain(ack_subject_, job_->id, nanoseconds(pause), 0);
    return true;
  }
  bool GiveUp(const std::string& reason) override {
    return Put({.kind = End::Kind::kFailed,
                .text = reason.substr(0, kMostReasonBytes)},
               IfLost::kRefused);
  }
  bool Expire() override {
    return Put({.kind = End::Kind::kExpired}, IfLost::kOfNoMatter);
  }
  bool Return() noexcept override {
    if (!Begin(IfLost::kOfNoMatter)) return false;
    try {
      store_->QueueAgain(ack_subject_, job_->id, nanoseconds(0), notes_ + 1);
    } catch (...) {
      // It is queued again when the lease has run out.
    }
    return true;
  }

 private:
  enum class IfLost { kRefused, kOfNoMatter };

  bool Begin(IfLost counts) {
    if (term_->IsGood()) return true;
    if (counts == IfLost::kRefused) store_->CountRefused();
    return false;
  }

  bool Put(End end, IfLost counts) {
    if (!Begin(counts)) return false;
    end.attempts = job_->attempt;
    end.author = ack_subject_;
    store_->PutEnd(
        job_->id, end, store_->until(),
        [store = store_, job = job_, ack_subject = ack_subject_, end,
         counts](EndPut put) {
          if (put == EndPut::kUnknown) return;
          if (put == EndPut::kOurs) {
            store->Finish(ack_subject, *job, end);
            return;
          }
          if (counts == IfLost::kRefused) store->CountRefused();
          store->client().Tell({.subject = ack_subject, .data = "+ACK"});
        });
    return true;
  }

  const std::shared_ptr<Store> store_;
  const std::shared_ptr<const jobs::Job> job_;
  const std::string ack_subject_;
  const std::int64_t notes_;
  const nanoseconds time_;
  const std::shared_ptr<Term> term_;
};

}  // namespace

struct Leasing::Arrival {
  Delivery delivery;
  jobs::Job job;
  std::string ack_subject;
  std::string not_before;
  Clock::time_point good_until;
  bool has_place;
};

std::shared_ptr<Leasing> Leasing::Make(
    std::shared_ptr<Store> store, std::shared_ptr<EndedJobs> ended_jobs,
    std::shared_ptr<jobs::Engine::Consumer> consumer,
    const jobs::Engine::LeaseOptions& options) {
  const bool looks_for_ends = store->SetUpWorkers(options.time);
  const std::shared_ptr<Leasing> leasing(new Leasing(
      std::move(store), std::move(ended_jobs), std::move(consumer), options));
  if (looks_for_ends) leasing->LookForEnds();
  leasing->Open();
  leasing->SetConsumer(kWorkers);
  return leasing;
}

void Leasing::OnGone() {
  store_->client().TellTrouble("stream '" + store_->names().jobs_stream +
                               "' has no consumer '" + kWorkers +
                               "': no jobs come until there is one");
  LookForEnds();
  // relaxed: it only keeps from asking twice.
  if (is_remaking_.exchange(true, std::memory_order_relaxed)) return;
  store_->RemakeWorkers(options_.time, [self = Self()](bool is_there) {
    // relaxed: as above.
    self->is_remaking_.store(false, std::memory_order_relaxed);
    if (is_there) self->SetConsumer(kWorkers);
  });
}

void Leasing::OnSilence() {
  // relaxed: it only keeps from asking twice.
  if (is_asking_.exchange(true, std::memory_order_relaxed)) return;
  store_->AskForWorkers([self = Self()](bool is_gone) {
    // relaxed: as above.
    self->is_asking_.store(false, std::memory_order_relaxed);
    if (is_gone) self->OnGone();
  });
}

void Leasing::LookForEnds() {
  const MutexLock lock(mutex_);
  look_until_ = kAll;
  looks_since_ = Clock::now();
}

bool Leasing::MayHaveEnded(std::uint64_t sequence) {
  const MutexLock lock(mutex_);
  return sequence <= look_until_;
}

void Leasing::LookForFewerEnds() {
  Clock::time_point since;
  {
    const MutexLock lock(mutex_);
    if (look_until_ != kAll) return;
    since = looks_since_;
  }
  const auto last = ended_jobs_->LastSince(since);
  if (!last) return;
  const MutexLock lock(mutex_);
  if (looks_since_ == since) look_until_ = *last + kUnderWay;
}

void Leasing::RequestLeases(std::size_t places) {
  std::vector<std::unique_ptr<jobs::Lease>> delivered;
  {
    const MutexLock lock(mutex_);
    for (; places > 0 && !held_.empty(); --places) {
      delivered.push_back(std::move(held_.front().lease));
      held_.pop_front();
    }
    free_ += places;
  }
  if (places > 0) Request(places);
  for (auto& lease : delivered) consumer_->Deliver(std::move(lease));
}

void Leasing::Free(const Arrival& arrival) {
  if (!arrival.has_place) return;
  {
    const MutexLock lock(mutex_);
    if (!looks_ahead_ && ahead_ > 0) {
      --ahead_;
      return;
    }
  }
  Request(1);
}

void Leasing::LookAhead() {
  std::size_t more = 0;
  {
    const MutexLock lock(mutex_);
    last_ended_ = Clock::now();
    if (looks_ahead_ || finishes() || held_.size() >= kHoldsMany) return;
    looks_ahead_ = true;
    more = kLooksAhead - std::min(ahead_, kLooksAhead);
    ahead_ += more;
  }
  Request(more);
}

void Leasing::StopLookingAhead() {
  looks_ahead_ = false;
  ahead_ -= Withdraw(ahead_);
}

void Leasing::TakeLease(std::unique_ptr<jobs::Lease> lease, bool has_place) {
  bool is_late = false;
  {
    const MutexLock lock(mutex_);
    is_late = finishes();
    if (is_late) {
      // FinishLeases() has given back what was held.
    } else if (free_ > 0) {
      --free_;
      // It has taken the place of one that has been asked for, and may come.
      if (!has_place) Withdraw(1);
    } else {
      if (has_place && ahead_ > 0) --ahead_;
      StopLookingAhead();
      held_.push_back({std::move(lease), Clock::now()});
    }
  }
  if (is_late) {
    lease->Return();
  } else if (lease != nullptr) {
    consumer_->Deliver(std::move(lease));
  }
}

void Leasing::TickLeases(Clock::time_point now) {
  const nanoseconds time(options_.time);
  std::vector<std::unique_ptr<jobs::Lease>> returned;
  {
    const MutexLock lock(mutex_);
    if (looks_ahead_ && now - last_ended_ >= kLooksOn) StopLookingAhead();
    // Whoever has waited here for so long may be done sooner elsewhere.
    while (!held_.empty() && now - held_.front().since >= time) {
      returned.push_back(std::move(held_.front().lease));
      held_.pop_front();
    }
    if (!held_.empty() && now >= renew_at_) {
      renew_at_ = now + time / kRenewalsHeld;
      std::erase_if(held_,
                    [](const Held& held) { return !held.lease->Renew(); });
    }
  }
  for (const auto& lease : returned) lease->Return();
  LookForFewerEnds();
  Tick(now);
}

void Leasing::FinishLeases() noexcept {
  std::deque<Held> held;
  Finish();
  {
    const MutexLock lock(mutex_);
    held.swap(held_);
  }
  for (const Held& one : held) one.lease->Return();
}

void Leasing::Take(Message message, bool has_place) {
  const auto delivery = DeliveryOf(message.reply);
  if (!delivery) {
    if (has_place) Request(1);
    return;
  }
  const auto arrival = std::make_shared<Arrival>(
      Arrival{.delivery = *delivery,
              .job = ReadJob(message),
              .ack_subject = message.reply,
              .not_before = std::string(Header(message, kNotBefore)),
              .good_until = In(nanoseconds(options_.time)),
              .has_place = has_place});
  const bool is_first = delivery->times == 1;
  if (is_first) {
    // A consumer that begins again was made again.
    if (delivery->stream_sequence <= last_new_) LookForEnds();
    last_new_ = delivery->stream_sequence;
  }
  if (is_first && !MayHaveEnded(delivery->stream_sequence)) {
    TakeLive(arrival, 0);
    return;
  }
  if (ended_jobs_->Has(*delivery)) {
    store_->client().Tell({.subject = arrival->ack_subject, .data = "+ACK"});
    LookAhead();
    Free(*arrival);
    return;
  }
  // Somebody has had it before, of this consumer or of one that was deleted.
  store_->Find(store_->names().End(arrival->job.id), [self = Self(),
                                                      arrival](Found found) {
    if (found.record) {
      self->store_->Finish(arrival->ack_subject, arrival->job,
                           ReadEnd(*found.record));
      // There may be many more like it.
      // relaxed: a count.
      if (arrival->delivery.times == 1 ||
          self->looked_up_.fetch_add(1, std::memory_order_relaxed) %
                  kLookedUpBefore ==
              kLookedUpBefore - 1) {
        self->ended_jobs_->ReadFrom(found.sequence);
      }
    }
    if (found.record || !found.is_answered) return self->Free(*arrival);
    if (arrival->delivery.times == 1) return self->TakeLive(arrival, 0);
    self->store_->Find(self->store_->names().Note(arrival->job.id),
                       [self, arrival](const Found& note) {
                         if (!note.is_answered) return self->Free(*arrival);
                         self->TakeLive(
                             arrival,
                             note.record ? NumberOf(note.record->data) : 0);
                       });
  });
}

void Leasing::TakeLive(std::shared_ptr<Arrival> arrival, std::int64_t notes) {
  jobs::Job& job = arrival->job;
  const auto left = LeftToWait(arrival->not_before);
  if (finishes() || left > std::chrono::milliseconds(0)) {
    store_->QueueAgain(arrival->ack_subject, job.id, left, notes + 1);
    Free(*arrival);
    return;
  }
  const std::int64_t attempt =
      std::max<std::int64_t>(arrival->delivery.times - notes, 1);
  job.attempt = static_cast<int>(attempt);
  if (attempt > options_.max_attempts) {
    const End end{.kind = End::Kind::kFailed,
                  .text = "its lease ran out",
                  .attempts = job.attempt - 1,
                  .author = arrival->ack_subject};
    store_->PutEnd(job.id, end, store_->until(),
                   [self = Self(), arrival, end](EndPut put) {
                     if (put == EndPut::kOurs) {
                       self->store_->Finish(arrival->ack_subject, arrival->job,
                                            end);
                     }
                     self->Free(*arrival);
                   });
    return;
  }
  if (attempt > 1) store_->CountRedelivered();
  TakeLease(std::make_unique<HeldLease>(
                store_, std::move(job), arrival->ack_subject, notes,
                nanoseconds(options_.time), arrival->good_until),
            arrival->has_place);
}

}  // namespace weft::nats_internal
