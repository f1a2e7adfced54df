// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A connection to servers of NATS that asks until it is answered.
//
// Whatever the server keeps is asked for here, and asked for again when the
// connection is back or the answer is long in coming: so what is asked must
// bear being done twice. No thread waits for an answer.

#ifndef WEFT_ADAPTERS_NATS_INTERNAL_CLIENT_H_
#define WEFT_ADAPTERS_NATS_INTERNAL_CLIENT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "nats/nats.h"
#include "weft/adapters/nats/internal/event_loop.h"
#include "weft/adapters/nats/internal/message.h"
#include "weft/base/sync/mutex.h"

namespace weft::nats_internal {

using Clock = std::chrono::steady_clock;

// Returns the time after that long, or max() if that is too far away.
inline Clock::time_point In(std::chrono::nanoseconds time) {
  const auto now = Clock::now();
  return time < Clock::time_point::max() - now ? now + time
                                               : Clock::time_point::max();
}

// The answer of a server.
struct Answer {
  enum class Kind {
    kDone,
    kRefused,   // the server has said no
    kNoAnswer,  // none came in time
  };
  bool is_done() const noexcept { return kind == Kind::kDone; }
  bool is(int code) const noexcept { return error_code == code; }

  Kind kind = Kind::kNoAnswer;
  Message message = {};
  // The server's message, if it has refused; else the reason why there is no
  // answer, as far as the client knows it.
  std::string error = {};
  int error_code = 0;
  // It was asked more than once, so a server that says that there is one
  // already may mean the first.
  bool was_asked_again = false;
};

struct ClientOptions {
  std::string servers;
  std::string name;
  std::string credentials_file;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::chrono::nanoseconds tell_after;
  std::function<void(const std::string&)> on_trouble;
};

// Client
//
// Nothing is called while its lock is held.
//
// Thread-safety: thread-safe, except for `Close()` and destruction, before
//   which no other call may go on.
class Client {
 public:
  // How often what waits for a time is looked at.
  static constexpr auto kTick = std::chrono::milliseconds(25);

  // Connects, and tries until `tell_after` has passed. Throws
  // std::runtime_error if that was in vain.
  explicit Client(ClientOptions options);
  ~Client();

  // From now on the client calls these, on threads of its own: `on_tick` at
  // each tick, `on_reconnected` when the connection is back. Call it once.
  void Start(std::function<void(Clock::time_point)> on_tick,
             std::function<void()> on_reconnected);

  // Sends `message`, whose reply is filled in, until it is answered or `until`
  // has passed, and calls `answered` once, on a thread of this client or, if
  // the message cannot be sent at all, on the caller's.
  void Ask(Message message, Clock::time_point until,
           std::function<void(Answer)> answered) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same for those who can wait. Must not be called by what it calls.
  Answer AskAndWait(Message message, Clock::time_point until);
  // Sends a message, or, without a connection, does not.
  void Tell(const Message& message) noexcept;

  // Inbox
  //
  // A place for messages. `handle` is called on a thread of its own. When the
  // inbox is destroyed, which `handle` may do, what is on the way is still
  // handled.
  class Inbox {
   public:
    // Throws std::runtime_error if the server cannot be told.
    Inbox(Client& client, std::function<void(Message)> handle);
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;
    ~Inbox();
    // Subjects are this, '.', and one token.
    const std::string& subject() const noexcept { return subject_; }

   private:
    struct Place {
      Client& client;
      std::function<void(Message)> handle;
      natsSubscription* subscription = nullptr;
    };
    static void OnMessage(natsConnection*, natsSubscription*, natsMsg* message,
                          void* place);
    static void OnComplete(void* place);

    const std::string subject_;
    natsSubscription* const subscription_;
  };

  // Has the operator told, of the same trouble once in `tell_after`.
  void TellTrouble(const std::string& text) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns the greatest message that the server takes, headers included.
  std::size_t max_message_bytes() const noexcept;
  bool is_connected() const noexcept;

  // Waits until all is answered, but not beyond `until`.
  void Flush(Clock::time_point until) ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends all: nothing is called any more when it returns. What is not answered
  // is told so, and what was sent is handed to the server by `until`.
  void Close(Clock::time_point until) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Question {
    NatsMessage message;
    std::function<void(Answer)> answered;
    Clock::time_point until;
    Clock::time_point again_at;
    std::chrono::nanoseconds pause;
    int times = 1;
    std::string trouble = {};  // why it has not been answered
  };
  using Questions = std::map<std::uint64_t, Question>;

  static void OnDisconnected(natsConnection*, void* client);
  static void OnReconnected(natsConnection*, void* client);
  static void OnClosed(natsConnection*, void* client);
  static void OnError(natsConnection*, natsSubscription*, natsStatus status,
                      void* client);
  static std::int64_t ReconnectDelay(natsConnection*, int tries, void* client);

  void OnAnswer(Message message) ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes the question out and calls its function.
  void End(std::uint64_t number, Answer answer) ABSL_LOCKS_EXCLUDED(mutex_);
  void Tick(Clock::time_point now) ABSL_LOCKS_EXCLUDED(mutex_);
  void AskAgain(const std::function<bool(const Question&)>& which)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns the trouble that the message can never be sent, if so.
  std::optional<std::string> Send(const NatsMessage& message) noexcept;
  void RunTicks() ABSL_LOCKS_EXCLUDED(mutex_);

  const ClientOptions options_;
  EventLoop loop_;
  natsConnection* connection_ = nullptr;
  std::function<void(Clock::time_point)> on_tick_;
  std::function<void()> on_reconnected_;
  std::unique_ptr<Inbox> answers_;
  std::string answers_subject_;
  std::thread ticks_;

  base::Mutex mutex_;
  base::CondVar changed_;
  // Flush() waits on this one. On `changed_` the thread of the ticks sleeps,
  // which would wake up for each answer.
  base::CondVar all_answered_;
  bool is_started_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;  // as libnats has told
  std::uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  Questions questions_ ABSL_GUARDED_BY(mutex_);
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;  // of `answered`, now
  int inboxes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Since when there is no connection, and whether that was told.
  std::optional<Clock::time_point> lost_since_ ABSL_GUARDED_BY(mutex_);
  bool loss_was_told_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Clock::time_point> told_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::nats_internal

#endif  // WEFT_ADAPTERS_NATS_INTERNAL_CLIENT_H_
