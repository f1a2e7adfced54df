// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/internal/client.h"

#include <algorithm>
#include <future>
#include <random>
#include <stdexcept>
#include <utility>

namespace weft::nats_internal {

using base::MutexLock;
using std::chrono::milliseconds;

namespace {

// How long an answer may take before it is asked for again, at first and at
// most.
constexpr auto kFirstPause = milliseconds(1000);
constexpr auto kLongestPause = milliseconds(8000);
// The same after a server has said that it cannot now.
constexpr auto kPauseIfBusy = milliseconds(200);

std::string TextOf(natsStatus status) {
  const char* const last = nats_GetLastError(nullptr);
  std::string text = natsStatus_GetText(status);
  if (last != nullptr && *last != '\0') text += std::string(": ") + last;
  return text;
}

void Check(natsStatus status, const char* what) {
  if (status == NATS_OK) return;
  throw std::runtime_error(std::string("weft::nats: ") + what + ": " +
                           TextOf(status));
}

std::string NewInboxSubject() {
  natsInbox* inbox = nullptr;
  Check(natsInbox_Create(&inbox), "an inbox");
  std::string subject = inbox;
  natsInbox_Destroy(inbox);
  return subject;
}

// Returns what the server has answered.
Answer Read(Message message) {
  Answer answer{.kind = Answer::Kind::kDone};
  if (message.data.find("\"error\":{") != std::string::npos) {
    answer.kind = Answer::Kind::kRefused;
    answer.error_code =
        static_cast<int>(NumberIn(message.data, "err_code").value_or(0));
    answer.error = TextIn(message.data, "description").value_or(message.data);
  }
  answer.message = std::move(message);
  return answer;
}

// Returns whether the same may be answered otherwise a little later.
bool IsBusy(const Answer& answer) {
  return Status(answer.message) == 503 ||
         (!answer.is_done() && !answer.is(kIsFull) &&
          NumberIn(answer.message.data, "code") == 503);
}

}  // namespace

Client::Inbox::Inbox(Client& client, std::function<void(Message)> handle)
    : subject_(NewInboxSubject()), subscription_([&] {
        auto place = std::make_unique<Place>(
            Place{.client = client, .handle = std::move(handle)});
        natsSubscription* made = nullptr;
        Check(natsConnection_Subscribe(&made, client.connection_,
                                       (subject_ + ".*").c_str(), OnMessage,
                                       place.get()),
              "a subscription");
        place->subscription = made;
        {
          const MutexLock lock(client.mutex_);
          ++client.inboxes_;
        }
        // The requests bound how many messages come, so there is no other
        // limit.
        natsSubscription_SetPendingLimits(made, -1, -1);
        natsSubscription_SetOnCompleteCB(made, OnComplete, place.release());
        return made;
      }()) {}

Client::Inbox::~Inbox() {
  constexpr std::int64_t kDrainMilliseconds = 2000;
  if (natsSubscription_DrainTimeout(subscription_, kDrainMilliseconds) !=
      NATS_OK) {
    natsSubscription_Unsubscribe(subscription_);
  }
}

void Client::Inbox::OnMessage(natsConnection*, natsSubscription*,
                              natsMsg* message, void* place) {
  Message copy = FromNats(message);
  natsMsg_Destroy(message);
  static_cast<Place*>(place)->handle(std::move(copy));
}

void Client::Inbox::OnComplete(void* place) {
  const std::unique_ptr<Place> owned(static_cast<Place*>(place));
  Client& client = owned->client;
  owned->handle = nullptr;
  natsSubscription_Destroy(owned->subscription);
  const MutexLock lock(client.mutex_);
  --client.inboxes_;
  client.changed_.NotifyAll();
}

Client::Client(ClientOptions options) : options_(std::move(options)) {
  natsOptions* made = nullptr;
  Check(natsOptions_Create(&made), "options");
  const std::unique_ptr<natsOptions, void (*)(natsOptions*)> own(
      made, natsOptions_Destroy);
  std::vector<std::string> servers;
  for (std::size_t begin = 0; begin <= options_.servers.size();) {
    const std::size_t end =
        std::min(options_.servers.find(',', begin), options_.servers.size());
    servers.push_back(options_.servers.substr(begin, end - begin));
    begin = end + 1;
  }
  std::vector<const char*> names;
  for (const std::string& server : servers) names.push_back(server.c_str());
  Check(natsOptions_SetServers(made, names.data(),
                               static_cast<int>(names.size())),
        "the option 'servers'");
  Check(natsOptions_SetName(made, options_.name.c_str()), "a name");
  if (!options_.credentials_file.empty()) {
    Check(natsOptions_SetUserCredentialsFromFiles(
              made, options_.credentials_file.c_str(), nullptr),
          "the option 'credentials_file'");
  }
  if (!options_.ca_file.empty() || !options_.certificate_file.empty()) {
    Check(natsOptions_SetSecure(made, true), "TLS");
  }
  if (!options_.ca_file.empty()) {
    Check(natsOptions_LoadCATrustedCertificates(made, options_.ca_file.c_str()),
          "the option 'ca_file'");
  }
  if (!options_.certificate_file.empty()) {
    Check(
        natsOptions_LoadCertificatesChain(
            made, options_.certificate_file.c_str(), options_.key_file.c_str()),
        "the options 'certificate_file' and 'key_file'");
  }
  // For ever, and what is unanswered then is asked again here, not there.
  Check(natsOptions_SetMaxReconnect(made, -1), "an option");
  Check(natsOptions_SetCustomReconnectDelay(made, ReconnectDelay, this),
        "an option");
  Check(natsOptions_SetReconnectBufSize(made, 1), "an option");
  // A connection that is silent for 20 s is lost.
  Check(natsOptions_SetPingInterval(made, 10'000), "an option");
  Check(natsOptions_SetMaxPingsOut(made, 1), "an option");
  // Whoever sends has it written by the loop.
  Check(natsOptions_SetSendAsap(made, true), "an option");
  Check(loop_.AddTo(made), "an option");
  Check(natsOptions_SetDisconnectedCB(made, OnDisconnected, this), "an option");
  Check(natsOptions_SetReconnectedCB(made, OnReconnected, this), "an option");
  Check(natsOptions_SetClosedCB(made, OnClosed, this), "an option");
  Check(natsOptions_SetErrorHandler(made, OnError, this), "an option");

  const auto until = In(options_.tell_after);
  for (;;) {
    const natsStatus status = natsConnection_Connect(&connection_, made);
    if (status == NATS_OK) break;
    // It is a protocol error, too, if a server dies while it greets.
    const bool is_worth_it =
        status == NATS_NO_SERVER || status == NATS_IO_ERROR ||
        status == NATS_TIMEOUT || status == NATS_CONNECTION_CLOSED ||
        status == NATS_PROTOCOL_ERROR;
    if (!is_worth_it || Clock::now() >= until) {
      throw std::runtime_error("weft::nats: no connection to '" +
                               options_.servers + "': " + TextOf(status));
    }
    std::this_thread::sleep_for(milliseconds(100));
  }
  try {
    answers_ = std::make_unique<Inbox>(
        *this, [this](Message message) { OnAnswer(std::move(message)); });
    answers_subject_ = answers_->subject();
    ticks_ = std::thread([this] { RunTicks(); });
  } catch (...) {
    Close(Clock::now());
    loop_.Stop();
    natsConnection_Destroy(connection_);
    throw;
  }
}

Client::~Client() {
  Close(Clock::now());
  loop_.Stop();
  natsConnection_Destroy(connection_);
}

void Client::Start(std::function<void(Clock::time_point)> on_tick,
                   std::function<void()> on_reconnected) {
  on_tick_ = std::move(on_tick);
  on_reconnected_ = std::move(on_reconnected);
  const MutexLock lock(mutex_);
  is_started_ = true;
}

void Client::Ask(Message message, Clock::time_point until,
                 std::function<void(Answer)> answered) {
  std::uint64_t number = 0;
  {
    const MutexLock lock(mutex_);
    number = ++last_number_;
  }
  message.reply = answers_subject_ + '.' + std::to_string(number);
  const NatsMessage sent = ToNats(message);
  bool is_too_late = false;
  {
    const MutexLock lock(mutex_);
    is_too_late = is_closing_;
    if (!is_too_late)
      questions_.emplace(number,
                         Question{.message = sent,
                                  .answered = std::move(answered),
                                  .until = until,
                                  .again_at = Clock::now() + kFirstPause,
                                  .pause = kFirstPause});
  }
  if (is_too_late) {
    answered({.error = "the engine has gone"});
  } else if (const auto error = Send(sent)) {
    End(number, {.error = *error});
  }
}

Answer Client::AskAndWait(Message message, Clock::time_point until) {
  const auto answer = std::make_shared<std::promise<Answer>>();
  Ask(std::move(message), until,
      [answer](Answer given) { answer->set_value(std::move(given)); });
  return answer->get_future().get();
}

void Client::Tell(const Message& message) noexcept {
  try {
    Send(ToNats(message));
  } catch (const std::bad_alloc&) {
    // As if it were lost on the way.
  }
}

std::optional<std::string> Client::Send(const NatsMessage& message) noexcept {
  const natsStatus status =
      natsConnection_PublishMsg(connection_, message.get());
  if (status != NATS_MAX_PAYLOAD && status != NATS_INVALID_SUBJECT &&
      status != NATS_INVALID_ARG) {
    return std::nullopt;  // sent, or to be sent again
  }
  return TextOf(status);
}

void Client::OnAnswer(Message message) {
  const std::size_t dot = message.subject.rfind('.');
  std::uint64_t number = 0;
  for (const char c : std::string_view(message.subject).substr(dot + 1)) {
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  Answer answer = Read(std::move(message));
  if (IsBusy(answer)) {
    const MutexLock lock(mutex_);
    const auto found = questions_.find(number);
    if (found == questions_.end()) return;
    found->second.again_at = Clock::now() + kPauseIfBusy;
    found->second.trouble =
        answer.error.empty() ? "nobody there who answers" : answer.error;
    return;
  }
  End(number, std::move(answer));
}

void Client::End(std::uint64_t number, Answer answer) {
  std::function<void(Answer)> answered;
  {
    const MutexLock lock(mutex_);
    const auto found = questions_.find(number);
    if (found == questions_.end()) return;  // answered before
    Question& question = found->second;
    answer.was_asked_again = question.times > 1;
    if (answer.error.empty()) answer.error = question.trouble;
    answered = std::move(question.answered);
    questions_.erase(found);
    ++calls_;
  }
  answered(std::move(answer));
  answered = nullptr;
  const MutexLock lock(mutex_);
  --calls_;
  if (calls_ == 0 && questions_.empty()) all_answered_.NotifyAll();
}

void Client::AskAgain(const std::function<bool(const Question&)>& which) {
  std::vector<NatsMessage> messages;
  {
    const MutexLock lock(mutex_);
    const auto now = Clock::now();
    for (auto& [number, question] : questions_) {
      if (!which(question)) continue;
      question.pause =
          std::min<std::chrono::nanoseconds>(2 * question.pause, kLongestPause);
      question.again_at = now + question.pause;
      ++question.times;
      messages.push_back(question.message);
    }
  }
  for (const NatsMessage& message : messages) Send(message);
}

void Client::Tick(Clock::time_point now) {
  std::vector<std::uint64_t> late;
  std::string trouble;
  bool is_started = false;
  {
    const MutexLock lock(mutex_);
    for (const auto& [number, question] : questions_) {
      if (question.until <= now) late.push_back(number);
    }
    if (lost_since_ && !loss_was_told_ &&
        now - *lost_since_ >= options_.tell_after) {
      loss_was_told_ = true;
      trouble = "no connection to '" + options_.servers + "'; trying on";
    }
    is_started = is_started_;
  }
  for (const std::uint64_t number : late) {
    End(number, {.kind = Answer::Kind::kNoAnswer});
  }
  if (is_connected()) {
    AskAgain([now](const Question& q) { return q.again_at <= now; });
  }
  if (!trouble.empty()) TellTrouble(trouble);
  if (is_started) on_tick_(now);
}

void Client::RunTicks() {
  auto next = Clock::now();
  for (;;) {
    next = std::max(next + kTick, Clock::now());
    {
      const MutexLock lock(mutex_);
      while (!is_closing_ && changed_.WaitUntil(mutex_, next)) {
      }
      if (is_closing_) return;
    }
    Tick(Clock::now());
  }
}

void Client::TellTrouble(const std::string& text) noexcept {
  if (options_.on_trouble == nullptr) return;
  {
    const auto now = Clock::now();
    const MutexLock lock(mutex_);
    std::erase_if(told_, [&](const auto& told) {
      return now - told.second >= options_.tell_after;
    });
    if (!told_.emplace(text, now).second) return;
  }
  options_.on_trouble(text);
}

void Client::OnDisconnected(natsConnection*, void* client) {
  auto& self = *static_cast<Client*>(client);
  const MutexLock lock(self.mutex_);
  if (!self.lost_since_) self.lost_since_ = Clock::now();
}

void Client::OnReconnected(natsConnection*, void* client) {
  auto& self = *static_cast<Client*>(client);
  bool was_told = false;
  bool is_started = false;
  {
    const MutexLock lock(self.mutex_);
    was_told = self.loss_was_told_;
    self.loss_was_told_ = false;
    self.lost_since_.reset();
    is_started = self.is_started_ && !self.is_closing_;
  }
  self.AskAgain([](const Question&) { return true; });
  if (is_started) self.on_reconnected_();
  if (was_told) {
    self.TellTrouble("connected to '" + self.options_.servers + "' again");
  }
}

void Client::OnClosed(natsConnection*, void* client) {
  auto& self = *static_cast<Client*>(client);
  {
    const MutexLock lock(self.mutex_);
    if (self.is_closing_) {
      self.is_closed_ = true;
      self.changed_.NotifyAll();
      return;
    }
    self.is_closed_ = true;
  }
  self.TellTrouble("the connection to '" + self.options_.servers +
                   "' was closed for good: the server has refused it");
}

void Client::OnError(natsConnection*, natsSubscription*, natsStatus status,
                     void* client) {
  static_cast<Client*>(client)->TellTrouble(TextOf(status));
}

std::int64_t Client::ReconnectDelay(natsConnection*, int tries, void*) {
  thread_local std::minstd_rand random(std::random_device{}());
  const std::int64_t longest = std::min(
      100 * (std::int64_t{1} << std::min(tries, 4)), std::int64_t{1000});
  return std::uniform_int_distribution<std::int64_t>(longest / 2,
                                                     longest)(random);
}

std::size_t Client::max_message_bytes() const noexcept {
  return static_cast<std::size_t>(
      std::max<std::int64_t>(natsConnection_GetMaxPayload(connection_), 0));
}

bool Client::is_connected() const noexcept {
  return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED;
}

void Client::Flush(Clock::time_point until) {
  const MutexLock lock(mutex_);
  while (!questions_.empty() || calls_ > 0) {
    if (!all_answered_.WaitUntil(mutex_, until) && Clock::now() >= until) {
      return;
    }
  }
}

void Client::Close(Clock::time_point until) {
  std::vector<std::uint64_t> left;
  {
    const MutexLock lock(mutex_);
    if (is_closing_) return;
    is_closing_ = true;
    changed_.NotifyAll();
    for (const auto& [number, question] : questions_) left.push_back(number);
  }
  if (ticks_.joinable()) ticks_.join();
  for (const std::uint64_t number : left) {
    End(number, {.kind = Answer::Kind::kNoAnswer});
  }
  if (is_connected()) {
    const auto rest =
        std::chrono::duration_cast<milliseconds>(until - Clock::now());
    natsConnection_FlushTimeout(connection_,
                                std::max<std::int64_t>(rest.count(), 100));
  }
  answers_.reset();
  loop_.Close(connection_);
  const MutexLock lock(mutex_);
  while (!is_closed_ || inboxes_ > 0) changed_.Wait(mutex_);
}

}  // namespace weft::nats_internal
