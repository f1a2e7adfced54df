// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/internal/ended_jobs.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "weft/adapters/nats/internal/records.h"

namespace weft::nats_internal {

using base::MutexLock;

namespace {

// How many ends the server may send ahead.
constexpr std::size_t kEndsAhead = 1024;
// How long a consumer is kept that nobody asks.
constexpr auto kIsKept = std::chrono::seconds(10);
// The time between two readings: each makes a consumer.
constexpr auto kBetweenReadings = std::chrono::milliseconds(250);
constexpr std::size_t kMostJobs = 1'000'000;
// How much before the end that was found the reading begins: deliveries do not
// come in the order of ends.
constexpr std::uint64_t kEarlier = 2000;
// So many ends are not read if nobody has asked for them.
constexpr std::uint64_t kSkipped = 20'000;

}  // namespace

void EndedJobs::ReadFrom(std::uint64_t found) noexcept {
  bool opens = false;
  {
    const MutexLock lock(mutex_);
    const std::uint64_t first = found - std::min(found, kEarlier);
    const bool is_earlier = first + kEarlier < first_read_;
    const bool is_far = first > last_read_ + kSkipped;
    if (is_over_ || (is_reading_ && !is_earlier)) return;
    if (first_read_ == 0 || is_earlier || is_far) {
      if (is_far) times_.clear();
      first_read_ = std::max<std::uint64_t>(first, 1);
      last_read_ = first_read_ - 1;
    }
    const auto now = Clock::now();
    const bool is_soon = !is_earlier && now < not_before_;
    if (times_.size() >= kMostJobs || is_soon) return;
    not_before_ = now + kBetweenReadings;
    began_ = now;
    is_reading_ = true;
    opens = !std::exchange(is_open_, true);
  }
  try {
    if (opens) {
      Open();
      Request(kEndsAhead);
    }
    MakeReader();
  } catch (...) {
    // Jobs are looked up instead.
    const MutexLock lock(mutex_);
    is_reading_ = false;
    if (opens) is_open_ = false;
  }
}

std::optional<std::uint64_t> EndedJobs::LastSince(Clock::time_point since) {
  {
    const MutexLock lock(mutex_);
    if (read_until_ >= since) return last_ended_;
    if (is_over_ || is_reading_ || is_asking_ || Clock::now() < not_before_ ||
        times_.size() >= kMostJobs) {
      return std::nullopt;
    }
    is_asking_ = true;
  }
  store_->client().Ask(
      {.subject = "$JS.API.STREAM.INFO." + store_->names().ends_stream},
      store_->until(), [self = Self()](const Answer& answer) {
        {
          const MutexLock lock(self->mutex_);
          self->is_asking_ = false;
        }
        const auto last = NumberIn(answer.message.data, "last_seq");
        if (!answer.is_done() || !last) return;
        self->ReadFrom(static_cast<std::uint64_t>(*last));
      });
  return std::nullopt;
}

void EndedJobs::ReadOn() noexcept {
  {
    const MutexLock lock(mutex_);
    if (!is_reading_) return;
  }
  try {
    MakeReader();
  } catch (...) {
    const MutexLock lock(mutex_);
    is_reading_ = false;
  }
}

void EndedJobs::Stop() noexcept {
  {
    const MutexLock lock(mutex_);
    is_over_ = true;
    is_reading_ = false;
    ++round_;
  }
  Close();
}

bool EndedJobs::Has(const Delivery& delivery) const {
  const MutexLock lock(mutex_);
  const auto found = times_.find(delivery.stream_sequence);
  return found != times_.end() && found->second == delivery.time;
}

void EndedJobs::MakeReader() {
  std::uint64_t round = 0;
  std::uint64_t from = 0;
  {
    const MutexLock lock(mutex_);
    if (is_over_) return;
    round = ++round_;
    from = last_read_ + 1;
    reader_.clear();
  }
  SetConsumer({});
  const std::string& stream = store_->names().ends_stream;
  store_->client().Ask(
      {.subject = "$JS.API.CONSUMER.CREATE." + stream,
       .data = "{\"stream_name\":" + Quoted(stream) +
               ",\"config\":{\"deliver_policy\":\"by_start_sequence\","
               "\"opt_start_seq\":" +
               std::to_string(from) +
               ",\"ack_policy\":\"none\",\"replay_policy\":\"instant\","
               "\"headers_only\":true,\"mem_storage\":true,"
               "\"num_replicas\":1,\"inactive_threshold\":" +
               std::to_string(std::chrono::nanoseconds(kIsKept).count()) +
               ",\"filter_subject\":" + Quoted(store_->names().All("end")) +
               "}}"},
      store_->until(), [self = Self(), round](const Answer& answer) {
        self->SetReader(round, answer);
      });
}

void EndedJobs::SetReader(std::uint64_t round, const Answer& answer) {
  std::string name = TextIn(answer.message.data, "name").value_or("");
  if (NumberIn(answer.message.data, "num_pending") == 0) name.clear();
  {
    const MutexLock lock(mutex_);
    if (round != round_) return;
    reader_ = name;
    next_in_reader_ = 1;
    is_reading_ = !name.empty();
    if (answer.is_done() && name.empty()) read_until_ = began_;
  }
  SetConsumer(std::move(name));
}

void EndedJobs::Take(Message message, bool has_place) {
  const auto delivery = DeliveryOf(message.reply);
  bool is_missing = false;
  bool is_last = false;
  if (delivery) {
    const MutexLock lock(mutex_);
    if (is_reading_ && delivery->consumer == reader_) {
      is_missing = delivery->consumer_sequence != next_in_reader_;
      if (!is_missing) {
        ++next_in_reader_;
        last_read_ = delivery->stream_sequence;
        Add(message);
        const bool is_all = delivery->pending == 0;
        if (is_all) read_until_ = began_;
        is_last = is_all || times_.size() >= kMostJobs;
        if (is_last) is_reading_ = false;
      }
    }
  }
  if (is_last) SetConsumer({});
  if (has_place) Request(1);
  if (is_missing) ReadOn();
}

void EndedJobs::Add(const Message& message) {
  // One that has failed must have its dead letter stored before it is done
  // with; who looks it up sees to that. So is one of which a submitter has said
  // that its deadline has passed: that does not name the delivery.
  const End end = ReadEnd(message);
  const auto author = DeliveryOf(end.author);
  if (!author || author->consumer != kWorkers) return;
  last_ended_ = std::max(last_ended_, author->stream_sequence);
  if (end.kind == End::Kind::kFailed) return;
  times_.insert_or_assign(author->stream_sequence, author->time);
}

}  // namespace weft::nats_internal
