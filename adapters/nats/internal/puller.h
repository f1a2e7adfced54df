// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Takes messages from a consumer of JetStream, as many as there are places.
//
// There is one request to the server at a time. The next one is for all places
// that have become free by then, so a busy puller asks seldom and an idle one
// at once. A request that gets no message ends after half a second at the
// server, which says so, and is made anew; what becomes of one when the
// connection breaks is not known, so it counts as ended. One to a consumer that
// does not exist is not answered at all, so a silence may mean that.
//
// A request cannot be taken back: the server hands a message over to whoever
// asked before it hears that he listens no more, and the message would wait
// there for the end of its lease. So a puller that has finished goes on
// listening until its request has ended, and gives back what comes.

#ifndef WEFT_ADAPTERS_NATS_INTERNAL_PULLER_H_
#define WEFT_ADAPTERS_NATS_INTERNAL_PULLER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/nats/internal/client.h"
#include "weft/adapters/nats/internal/message.h"
#include "weft/base/sync/mutex.h"

namespace weft::nats_internal {

// Thread-safety: thread-safe.
// Lifetime: from `Open()` to `Close()`, and until what is on the way then is
//   taken, it keeps itself. `client` must outlive it.
class Puller : public std::enable_shared_from_this<Puller> {
 public:
  virtual ~Puller() = default;

  // Throws std::runtime_error.
  void Open() ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes from this consumer from now on; none while the name is empty.
  void SetConsumer(std::string consumer) ABSL_LOCKS_EXCLUDED(mutex_);
  // Allows that many further messages.
  void Request(std::size_t places) ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes back up to that many, and returns how many. What was asked for
  // already may still come, and finds no place then.
  std::size_t Withdraw(std::size_t places) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  void Tick(Clock::time_point now) ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes no request any more, and closes when the one under way has ended.
  void Finish() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  bool finishes() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits until it is closed, up to that time.
  void AwaitFinished(Clock::time_point until) ABSL_LOCKS_EXCLUDED(mutex_);
  // The request that was made counts as ended.
  void OnReconnected() ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes no request any more, and listens no more. What is on the way is still
  // taken, as far as the server has sent it.
  void Close() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

 protected:
  Puller(Client& client, std::string stream)
      : client_(client), stream_(std::move(stream)) {}

  // Called on one thread, for one message after the other. A message may come
  // although there is no place for it: that of a request that counted as
  // ended, one whose place was withdrawn, or when this has finished.
  virtual void Take(Message message, bool has_place) = 0;
  // Called when the server says that there is no such consumer.
  virtual void OnGone() {}
  // Called when a request has got no answer though there is a connection: the
  // consumer may be gone, or the server slow.
  virtual void OnSilence() { OnGone(); }

 private:
  void OnMessage(Message message) ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns the request to make now, if any.
  std::optional<Message> NextRequest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Send(const std::optional<Message>& request) noexcept;
  // Moves the inbox to `closed`, which dies without the lock, if it is done
  // with.
  void CloseIfFinished(std::unique_ptr<Client::Inbox>& closed) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Client& client_;
  const std::string stream_;

  mutable base::Mutex mutex_;
  base::CondVar closed_;
  bool finishes_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Client::Inbox> inbox_ ABSL_GUARDED_BY(mutex_);
  std::string consumer_ ABSL_GUARDED_BY(mutex_);
  std::size_t places_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of these the request that is under way has asked for so many.
  std::size_t asked_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t last_request_ ABSL_GUARDED_BY(mutex_) = 0;
  Clock::time_point ends_at_ ABSL_GUARDED_BY(mutex_);
  Clock::time_point not_before_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::nats_internal

#endif  // WEFT_ADAPTERS_NATS_INTERNAL_PULLER_H_
