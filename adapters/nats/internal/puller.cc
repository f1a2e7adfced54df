// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/internal/puller.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::nats_internal {

using base::MutexLock;

namespace {

// How long a request lasts at the server, which is how long a puller that has
// finished may still get messages, and how much later it counts as lost.
constexpr auto kLasts = std::chrono::milliseconds(500);
constexpr auto kGrace = std::chrono::seconds(1);
// The pause after a request that the server has refused.
constexpr auto kPause = std::chrono::milliseconds(200);

constexpr int kTimeout = 408;
constexpr int kConflict = 409;
constexpr int kNoResponders = 503;

// Returns whether the status says that there is no such consumer any more.
bool IsGone(int status, const Message& message) {
  return status == kNoResponders ||
         (status == kConflict &&
          Header(message, kDescription) == "Consumer Deleted");
}

}  // namespace

void Puller::Open() {
  auto inbox = std::make_unique<Client::Inbox>(
      client_, [self = shared_from_this()](Message message) {
        self->OnMessage(std::move(message));
      });
  const MutexLock lock(mutex_);
  inbox_ = std::move(inbox);
}

void Puller::SetConsumer(std::string consumer) {
  std::optional<Message> request;
  {
    const MutexLock lock(mutex_);
    consumer_ = std::move(consumer);
    asked_ = 0;
    not_before_ = {};
    request = NextRequest();
  }
  Send(request);
}

void Puller::Request(std::size_t places) {
  std::optional<Message> request;
  {
    const MutexLock lock(mutex_);
    places_ += places;
    request = NextRequest();
  }
  Send(request);
}

std::size_t Puller::Withdraw(std::size_t places) noexcept {
  const MutexLock lock(mutex_);
  places = std::min(places, places_);
  places_ -= places;
  return places;
}

void Puller::Tick(Clock::time_point now) {
  const bool is_connected = client_.is_connected();
  std::unique_ptr<Client::Inbox> closed;  // without the lock
  std::optional<Message> request;
  bool is_silent = false;
  {
    const MutexLock lock(mutex_);
    if (asked_ > 0 && now >= ends_at_) {
      asked_ = 0;
      is_silent = is_connected && inbox_ != nullptr && !finishes_;
    }
    request = NextRequest();
    CloseIfFinished(closed);
  }
  Send(request);
  if (is_silent) OnSilence();
}

void Puller::OnReconnected() {
  std::unique_ptr<Client::Inbox> closed;
  std::optional<Message> request;
  {
    const MutexLock lock(mutex_);
    asked_ = 0;
    not_before_ = {};
    request = NextRequest();
    CloseIfFinished(closed);
  }
  Send(request);
}

void Puller::Finish() noexcept {
  std::unique_ptr<Client::Inbox> closed;
  const MutexLock lock(mutex_);
  finishes_ = true;
  CloseIfFinished(closed);
}

bool Puller::finishes() const {
  const MutexLock lock(mutex_);
  return finishes_;
}

void Puller::AwaitFinished(Clock::time_point until) {
  const MutexLock lock(mutex_);
  while (inbox_ != nullptr && closed_.WaitUntil(mutex_, until)) {
  }
}

void Puller::Close() noexcept {
  std::unique_ptr<Client::Inbox> closed;
  const MutexLock lock(mutex_);
  closed.swap(inbox_);
  closed_.NotifyAll();
}

void Puller::CloseIfFinished(std::unique_ptr<Client::Inbox>& closed) noexcept {
  if (!finishes_ || asked_ > 0) return;
  closed.swap(inbox_);
  closed_.NotifyAll();
}

std::optional<Message> Puller::NextRequest() {
  const auto now = Clock::now();
  if (inbox_ == nullptr || finishes_ || consumer_.empty() || asked_ > 0 ||
      places_ == 0 || now < not_before_) {
    return std::nullopt;
  }
  asked_ = places_;
  ends_at_ = now + kLasts + kGrace;
  const auto lasts = std::chrono::nanoseconds(kLasts).count();
  return Message{
      .subject = "$JS.API.CONSUMER.MSG.NEXT." + stream_ + '.' + consumer_,
      .reply = inbox_->subject() + '.' + std::to_string(++last_request_),
      .data = "{\"batch\":" + std::to_string(asked_) +
              ",\"expires\":" + std::to_string(lasts) + '}'};
}

void Puller::Send(const std::optional<Message>& request) noexcept {
  if (request) client_.Tell(*request);
}

void Puller::OnMessage(Message message) {
  std::unique_ptr<Client::Inbox> closed;
  if (const int status = Status(message); status != 0) {
    std::optional<Message> request;
    {
      const MutexLock lock(mutex_);
      if (!message.subject.ends_with('.' + std::to_string(last_request_))) {
        return;  // of an earlier request
      }
      asked_ = 0;
      if (status != kTimeout) not_before_ = Clock::now() + kPause;
      request = NextRequest();
      CloseIfFinished(closed);
    }
    Send(request);
    if (IsGone(status, message)) OnGone();
    return;
  }
  bool has_place = false;
  std::optional<Message> request;
  {
    const MutexLock lock(mutex_);
    has_place = inbox_ != nullptr && !finishes_ && places_ > 0;
    if (has_place) --places_;
    if (asked_ > 0) --asked_;
    request = NextRequest();
    CloseIfFinished(closed);
  }
  Send(request);
  Take(std::move(message), has_place);
}

}  // namespace weft::nats_internal
