// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/internal/submissions.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "nats/nats.h"
#include "weft/adapters/nats/internal/records.h"
#include "weft/context/deadline.h"
#include "weft/executor/errors.h"
#include "weft/jobs/errors.h"

namespace weft::nats_internal {

using base::MutexLock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

namespace {

// How many ends the server may send ahead.
constexpr std::size_t kAhead = 256;
// How long a consumer of the reader's is kept that nobody asks.
constexpr auto kReaderIsKept = std::chrono::minutes(2);
// How much later than the server this gives up a job that was kept too long.
constexpr auto kLostLater = std::chrono::seconds(10);

// How late, at most, a submitter is told that its deadline has passed, while
// the server is asked whether the job has ended otherwise.
constexpr auto kToldLate = std::chrono::seconds(2);
// The pause after a reader could not be made.
constexpr auto kReadAgainAfter = std::chrono::seconds(1);

// Returns a text that no other process begins its ids with.
std::string NewIds() {
  natsInbox* inbox = nullptr;
  if (natsInbox_Create(&inbox) != NATS_OK) throw std::bad_alloc();
  const std::string subject = inbox;
  natsInbox_Destroy(inbox);
  return '#' + subject.substr(subject.rfind('.') + 1) + '-';
}

}  // namespace

Submissions::Submissions(std::shared_ptr<Store> store)
    : Puller(store->client(), store->names().ends_stream),
      store_(std::move(store)),
      ids_(NewIds()),
      last_read_(store_->last_end()) {}

std::shared_ptr<Submissions> Submissions::Make(std::shared_ptr<Store> store) {
  const std::shared_ptr<Submissions> made(new Submissions(std::move(store)));
  made->Open();
  made->Request(kAhead);
  return made;
}

void Submissions::Submit(jobs::Job job, const jobs::JobOptions& options,
                         std::function<void(jobs::JobEnd)> ended) {
  if (job.payload.size() > store_->max_bytes()) {
    throw jobs::JobTooLargeError(
        "a job of type " + job.type + " has a payload of " +
        std::to_string(job.payload.size()) + " bytes; at most " +
        std::to_string(store_->max_bytes()) + " are allowed");
  }
  CheckHeaders(job);
  if (options.priority != 0) {
    throw std::invalid_argument(
        "JobOptions::priority: " + std::to_string(options.priority) +
        "; queues of NATS have no priorities, so it must be 0");
  }
  const Deadline deadline = Deadline::Current();
  const nanoseconds kept = store_->kept_for();
  auto due = In(kept < nanoseconds::max() / 2
                    ? kept + std::min<nanoseconds>(kept, kLostLater)
                    : kept);
  const bool has_deadline = !deadline.is_never() && deadline.time() < due;
  if (has_deadline) due = deadline.time();
  bool begins_to_read = false;
  {
    const MutexLock lock(mutex_);
    job.id = options.dedup_id.empty() ? ids_ + std::to_string(++last_id_)
                                      : options.dedup_id;
    const auto [found, is_new] = waiting_.try_emplace(job.id);
    found->second.ended.push_back(std::move(ended));
    if (!is_new) return;
    if (!options.dedup_id.empty()) found->second.origin = Origin::kNotSent;
    found->second.has_deadline = has_deadline;
    found->second.due = due_.emplace(due, job.id);
    begins_to_read = !std::exchange(is_reading_, true);
  }
  if (begins_to_read) ReadAnew();
  Message record = JobRecord(store_->names(), job);
  if (const nanoseconds delay(options.delay); delay > nanoseconds(0)) {
    const auto time = std::chrono::system_clock::now().time_since_epoch();
    const auto not_before =
        std::chrono::ceil<milliseconds>(Deadline::In(delay).remaining() + time);
    record.headers[kNotBefore] = std::to_string(not_before.count());
  }
  const std::string id = job.id;
  if (options.dedup_id.empty()) return Publish(id, std::move(record));
  // Its record may be gone, and its end still there.
  store_->Find(store_->names().End(id),
               [self = Self(), id, record = std::move(record)](Found found) {
                 if (!found.record) {
                   self->SetOrigin(id, Origin::kNotConfirmed);
                   return self->Publish(id, record);
                 }
                 self->SetOrigin(id, Origin::kKnown);
                 self->Tell(id, ReadEnd(*found.record));
               });
}

void Submissions::Publish(const std::string& id, Message record) {
  store_->client().Ask(std::move(record), store_->until(),
                       [self = Self(), id](const Answer& answer) {
                         self->OnPublished(id, answer);
                       });
}

void Submissions::OnPublished(const std::string& id, const Answer& answer) {
  const bool is_there = answer.is(kThereIsOne);
  if (answer.is_done() || is_there) {
    // One that is there already is another's, with the same id, unless it is
    // what was sent first.
    if (is_there && !answer.was_asked_again) {
      return SetOrigin(id, Origin::kKnown);
    }
    const MutexLock lock(mutex_);
    const auto found = waiting_.find(id);
    if (found != waiting_.end()) Count(found->second);
  } else if (answer.is(kIsFull)) {
    SetOrigin(id, Origin::kKnown);  // it is none of those that were accepted
    TellLost<jobs::JobQueueFullError>(
        id, "the queue of job " + id + " is full: " + answer.error);
  } else if (answer.kind == Answer::Kind::kRefused) {
    TellLost<jobs::JobLostError>(
        id, "job " + id + " was refused by the server: " + answer.error);
  } else {
    TellLost<jobs::JobLostError>(
        id, "job " + id + " was not confirmed in time" +
                (answer.error.empty() ? "" : ": " + answer.error));
  }
}

void Submissions::SetOrigin(const std::string& id, Origin origin) {
  const MutexLock lock(mutex_);
  const auto found = waiting_.find(id);
  if (found != waiting_.end()) found->second.origin = origin;
}

void Submissions::Count(Waiting& waiting) {
  if (waiting.origin != Origin::kNotConfirmed) return;
  waiting.origin = Origin::kHere;
  ++counts_.submitted;
  ++counts_.pending;
}

std::optional<Submissions::Waiting> Submissions::Remove(const std::string& id) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return std::nullopt;
  Waiting removed = std::move(found->second);
  if (removed.due != due_.end()) due_.erase(removed.due);
  waiting_.erase(found);
  return removed;
}

void Submissions::Tell(const std::string& id, const End& end) {
  std::optional<Waiting> told;
  {
    const MutexLock lock(mutex_);
    told = Remove(id);
    if (!told) return;
    Count(*told);
    if (told->origin == Origin::kHere) {
      --counts_.pending;
      switch (end.kind) {
        case End::Kind::kSucceeded:
          ++counts_.succeeded;
          break;
        case End::Kind::kFailed:
          ++counts_.failed;
          break;
        case End::Kind::kExpired:
          ++counts_.expired;
          break;
      }
    }
  }
  for (const auto& ended : told->ended) ended(end.Told(id));
}

template <typename Error>
void Submissions::TellLost(const std::string& id, const std::string& why) {
  std::optional<Waiting> told;
  {
    const MutexLock lock(mutex_);
    told = Remove(id);
    if (!told) return;
    Count(*told);
    if (told->origin == Origin::kHere) {
      --counts_.pending;
      ++counts_.lost;
    }
  }
  for (const auto& ended : told->ended) {
    // Nothing of it is left here when it is told, its text neither.
    auto failure = std::make_exception_ptr(Error(why));
    ended({.failure = std::move(failure)});
  }
}

void Submissions::TellWhatIsDue(Clock::time_point now) {
  std::vector<std::string> late;
  std::vector<std::string> lost;
  bool has_no_reader = false;
  {
    const MutexLock lock(mutex_);
    if (read_again_at_ <= now) {
      has_no_reader = true;
      read_again_at_ = Clock::time_point::max();
    }
    while (!due_.empty() && due_.begin()->first <= now) {
      Waiting& waiting = waiting_.at(due_.begin()->second);
      (waiting.has_deadline ? late : lost).push_back(due_.begin()->second);
      waiting.due = due_.end();
      due_.erase(due_.begin());
    }
  }
  if (has_no_reader) ReadAnew();
  for (const std::string& id : late) Expire(id);
  for (const std::string& id : lost) {
    TellLost<jobs::JobLostError>(
        id, "job " + id + " was not done as long as its queue keeps jobs");
  }
}

void Submissions::Expire(const std::string& id) {
  const End expired{.kind = End::Kind::kExpired, .author = ids_};
  store_->PutEnd(
      id, expired, In(kToldLate), [self = Self(), id, expired](EndPut put) {
        if (put != EndPut::kOthers) return self->Tell(id, expired);
        self->store_->Find(
            self->store_->names().End(id), [self, id, expired](Found found) {
              self->Tell(id, found.record ? ReadEnd(*found.record) : expired);
            });
      });
}

void Submissions::EndAll() {
  std::vector<std::string> ids;
  {
    const MutexLock lock(mutex_);
    for (const auto& [id, waiting] : waiting_) ids.push_back(id);
  }
  for (const std::string& id : ids) {
    TellLost<jobs::JobLostError>(
        id, "job " + id + " was not done when its engine went; it goes on");
  }
}

jobs::JobCounts Submissions::counts() const {
  const MutexLock lock(mutex_);
  return counts_;
}

void Submissions::ReadAnew() {
  std::uint64_t round = 0;
  {
    const MutexLock lock(mutex_);
    if (!is_reading_) return;
    round = ++reading_;
    reader_.clear();
  }
  SetConsumer({});
  store_->client().Ask(
      {.subject = "$JS.API.STREAM.INFO." + store_->names().ends_stream},
      store_->until(), [self = Self(), round](const Answer& answer) {
        const auto last = NumberIn(answer.message.data, "last_seq");
        std::uint64_t from = 0;
        {
          const MutexLock lock(self->mutex_);
          if (round != self->reading_) return;
          if (!answer.is_done() || !last) {
            self->read_again_at_ = Clock::now() + kReadAgainAfter;
            return;
          }
          // A stream that was made anew, or has lost its end, counts from less.
          self->last_read_ =
              std::min(self->last_read_, static_cast<std::uint64_t>(*last));
          from = self->last_read_ + 1;
        }
        self->MakeReader(round, from);
      });
}

void Submissions::MakeReader(std::uint64_t round, std::uint64_t from) {
  const nanoseconds kept = kReaderIsKept;
  const std::string stream = store_->names().ends_stream;
  store_->client().Ask(
      {.subject = "$JS.API.CONSUMER.CREATE." + stream,
       .data = "{\"stream_name\":" + Quoted(stream) +
               ",\"config\":{\"deliver_policy\":\"by_start_sequence\","
               "\"opt_start_seq\":" +
               std::to_string(from) +
               ",\"ack_policy\":\"none\",\"replay_policy\":\"instant\","
               "\"mem_storage\":true,\"num_replicas\":1,"
               "\"inactive_threshold\":" +
               std::to_string(kept.count()) + ",\"filter_subject\":" +
               Quoted(store_->names().All("end")) + "}}"},
      store_->until(), [self = Self(), round](const Answer& answer) {
        const std::string name =
            TextIn(answer.message.data, "name").value_or("");
        {
          const MutexLock lock(self->mutex_);
          if (round != self->reading_) return;
          self->reader_ = name;
          self->next_in_reader_ = 1;
          if (name.empty())
            self->read_again_at_ = Clock::now() + kReadAgainAfter;
        }
        self->SetConsumer(name);
      });
}

void Submissions::Take(Message message, bool has_place) {
  const auto delivery = DeliveryOf(message.reply);
  bool is_next = false;
  bool is_missing = false;
  if (delivery) {
    const MutexLock lock(mutex_);
    if (delivery->consumer == reader_) {
      is_next = delivery->consumer_sequence == next_in_reader_;
      is_missing = !is_next;
      if (is_next) {
        ++next_in_reader_;
        last_read_ = delivery->stream_sequence;
      }
    }
  }
  if (has_place) Request(1);
  if (is_next) Tell(IdOf(message.subject), ReadEnd(message));
  if (is_missing) ReadAnew();
}

}  // namespace weft::nats_internal
