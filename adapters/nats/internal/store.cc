// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/nats/internal/store.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace weft::nats_internal {

using base::MutexLock;
using std::chrono::nanoseconds;

namespace {

constexpr int kNoMessage = 10037;
constexpr int kNoConsumer = 10014;
constexpr int kNoStream = 10059;

// The least that a server must take for there to be room besides headers.
constexpr std::size_t kLeastMessageBytes = 64 * 1024;

// How long one who takes dead letters has for it.
constexpr auto kDeadLetterLease = std::chrono::seconds(30);
// What is queued again must be there soon: the server has it delivered again
// anyway when the lease has run out.
constexpr auto kSoon = std::chrono::seconds(5);

// What a consumer is described as that was made after one was deleted.
constexpr char kMadeAgain[] = "made again; it begins with jobs that have ended";

std::string Number(std::int64_t number) { return std::to_string(number); }

// Returns the request that makes it.
std::string ConsumerConfig(const std::string& stream,
                           const std::string& consumer,
                           const std::string& filter,
                           const std::string& description, nanoseconds lease) {
  return "{\"stream_name\":" + Quoted(stream) +
         ",\"config\":{\"durable_name\":" + Quoted(consumer) +
         (description.empty() ? ""
                              : ",\"description\":" + Quoted(description)) +
         ",\"deliver_policy\":\"all\",\"ack_policy\":\"explicit\","
         "\"replay_policy\":\"instant\",\"max_deliver\":-1,"
         "\"max_ack_pending\":-1,\"max_waiting\":4096,"
         "\"filter_subject\":" +
         Quoted(filter) + ",\"ack_wait\":" + Number(lease.count()) + "}}";
}

}  // namespace

Store::Store(const nats::EngineOptions& options)
    : options_(options),
      names_(options.queue),
      client_({.servers = options.servers,
               .name = "weft " + options.queue,
               .credentials_file = options.credentials_file,
               .ca_file = options.ca_file,
               .certificate_file = options.certificate_file,
               .key_file = options.key_file,
               .tell_after = nanoseconds(options.tell_after),
               .on_trouble = options.on_trouble}) {
  const std::size_t most = client_.max_message_bytes();
  if (most < kLeastMessageBytes) {
    throw std::runtime_error("weft::nats: the server takes messages of up to " +
                             std::to_string(most) +
                             " bytes; set its max_payload to at least " +
                             std::to_string(kLeastMessageBytes));
  }
  max_bytes_ = most - kMostHeaderBytes - kMostReasonBytes - kMostRecordBytes;
  const std::string jobs = SetUpStream(
      names_.jobs_stream, Quoted(names_.All("job")), options.max_stored_bytes);
  const std::string ends =
      SetUpStream(names_.ends_stream,
                  Quoted(names_.All("end")) + ',' + Quoted(names_.All("dead")) +
                      ',' + Quoted(names_.All("note")),
                  0);
  const std::int64_t age = NumberIn(jobs, "max_age").value_or(0);
  kept_for_ = age > 0 ? nanoseconds(age) : nanoseconds::max();
  last_end_ =
      static_cast<std::uint64_t>(NumberIn(ends, "last_seq").value_or(0));
  if (options_.set_up == nats::SetUp::kCreate) {
    SetUpConsumer(names_.ends_stream, kDeadLetters, names_.All("dead"),
                  kDeadLetterLease);
  }
}

Answer Store::AskServer(const std::string& call, const std::string& json) {
  Answer answer =
      client_.AskAndWait({.subject = "$JS.API." + call, .data = json}, until());
  if (answer.kind == Answer::Kind::kNoAnswer) {
    throw std::runtime_error("weft::nats: the server does not answer " + call +
                             ": " + answer.error + "; does it have JetStream?");
  }
  return answer;
}

std::string Store::SetUpStream(const std::string& stream,
                               const std::string& subjects,
                               std::int64_t max_bytes) {
  Answer answer = AskServer("STREAM.INFO." + stream, "");
  if (answer.is(kNoStream) && options_.set_up == nats::SetUp::kCreate) {
    const auto age = nanoseconds(options_.keep_for);
    const nanoseconds window =
        std::min<nanoseconds>(age, std::chrono::seconds(1));
    answer = AskServer(
        "STREAM.CREATE." + stream,
        "{\"name\":" + Quoted(stream) + ",\"subjects\":[" + subjects +
            "],\"retention\":\"limits\",\"discard\":\"new\",\"storage\":"
            "\"file\",\"max_msgs_per_subject\":1,\"max_age\":" +
            Number(age.count()) +
            ",\"duplicate_window\":" + Number(window.count()) +
            ",\"max_bytes\":" + Number(max_bytes > 0 ? max_bytes : -1) +
            ",\"num_replicas\":" + Number(options_.replicas) + '}');
  }
  if (answer.is_done()) return std::move(answer.message.data);
  if (answer.is(kNoStream)) {
    throw std::runtime_error(
        "weft::nats: there is no stream '" + stream +
        "'. Make it with subjects " + subjects +
        ", retention limits, discard new, one message a subject, and an age as "
        "long as jobs are kept; or pass SetUp::kCreate");
  }
  throw std::runtime_error("weft::nats: stream '" + stream +
                           "': " + answer.error);
}

std::string Store::SetUpConsumer(const std::string& stream,
                                 const std::string& consumer,
                                 const std::string& filter, nanoseconds lease) {
  const std::string path = stream + '.' + consumer;
  Answer answer = AskServer("CONSUMER.INFO." + path, "");
  const bool is_there = answer.is_done();
  const std::int64_t wait =
      NumberIn(answer.message.data, "ack_wait").value_or(0);
  if (is_there && wait == lease.count()) return std::move(answer.message.data);
  if (options_.set_up == nats::SetUp::kCreate) {
    const std::string description =
        TextIn(answer.message.data, "description").value_or("");
    answer = AskServer(
        "CONSUMER.DURABLE.CREATE." + path,
        ConsumerConfig(stream, consumer, filter,
                       is_there && description == kMadeAgain ? kMadeAgain : "",
                       lease));
    if (answer.is_done()) return std::move(answer.message.data);
  }
  if (is_there) {
    throw std::runtime_error("weft::nats: consumer '" + consumer +
                             "' of stream '" + stream + "' has a lease of " +
                             Number(wait) + " ns, and " +
                             Number(lease.count()) + " were asked for" +
                             (answer.error.empty() ? "" : ": ") + answer.error);
  }
  if (answer.is(kNoConsumer)) {
    throw std::runtime_error(
        "weft::nats: stream '" + stream + "' has no consumer '" + consumer +
        "'. Make it a durable one for pulls, with explicit acknowledgement, no "
        "limit of deliveries, an acknowledgement wait of " +
        Number(lease.count()) + " ns and the filter " + filter +
        "; or pass SetUp::kCreate");
  }
  throw std::runtime_error("weft::nats: consumer '" + consumer +
                           "' of stream '" + stream + "': " + answer.error);
}

bool Store::SetUpWorkers(Duration lease) {
  const std::string told = SetUpConsumer(names_.jobs_stream, kWorkers,
                                         names_.All("job"), nanoseconds(lease));
  return TextIn(told, "description") == kMadeAgain;
}

void Store::AskForWorkers(std::function<void(bool)> answered) {
  client_.Ask({.subject = "$JS.API.CONSUMER.INFO." + names_.jobs_stream + '.' +
                          kWorkers},
              until(), [answered = std::move(answered)](const Answer& answer) {
                answered(answer.is(kNoConsumer) || answer.is(kNoStream));
              });
}

void Store::RemakeWorkers(Duration lease, std::function<void(bool)> made) {
  if (options_.set_up != nats::SetUp::kCreate) return made(false);
  client_.Ask(
      {.subject = "$JS.API.CONSUMER.DURABLE.CREATE." + names_.jobs_stream +
                  '.' + kWorkers,
       .data = ConsumerConfig(names_.jobs_stream, kWorkers, names_.All("job"),
                              kMadeAgain, nanoseconds(lease))},
      until(), [made = std::move(made)](const Answer& answer) {
        made(answer.is_done());
      });
}

void Store::Find(const std::string& subject, std::function<void(Found)> found) {
  client_.Ask(
      {.subject = "$JS.API.STREAM.MSG.GET." + names_.ends_stream,
       .data = "{\"last_by_subj\":" + Quoted(subject) + '}'},
      until(), [found = std::move(found)](const Answer& answer) {
        Found what{.is_answered = answer.is_done() || answer.is(kNoMessage)};
        if (answer.is_done()) {
          what.record = StoredMessageIn(answer.message.data);
          what.sequence = static_cast<std::uint64_t>(
              NumberIn(answer.message.data, "seq").value_or(0));
        }
        found(std::move(what));
      });
}

void Store::PutEnd(const std::string& id, const End& end,
                   Clock::time_point until, std::function<void(EndPut)> put) {
  client_.Ask(
      EndRecord(names_, id, end), until,
      [self = shared_from_this(), id, author = end.author,
       put = std::move(put)](const Answer& answer) {
        if (answer.is_done()) return put(EndPut::kOurs);
        if (!answer.is(kThereIsOne)) return put(EndPut::kUnknown);
        if (!answer.was_asked_again) return put(EndPut::kOthers);
        // It may be the first one that was sent.
        self->Find(self->names_.End(id), [author, put](const Found& found) {
          const bool is_ours = found.record.has_value() &&
                               ReadEnd(*found.record).author == author;
          put(is_ours ? EndPut::kOurs : EndPut::kOthers);
        });
      });
}

void Store::Finish(const std::string& ack_subject, const jobs::Job& job,
                   const End& end) {
  const Message ack{.subject = ack_subject, .data = "+ACK"};
  if (end.kind != End::Kind::kFailed) {
    client_.Tell(ack);
    return;
  }
  jobs::DeadLetter letter{.job = job, .reason = end.text};
  letter.job.attempt = end.attempts;
  client_.Ask(DeadRecord(names_, letter), until(),
              [self = shared_from_this(), ack](const Answer& answer) {
                if (answer.is_done() || answer.is(kThereIsOne)) {
                  self->client_.Tell(ack);
                }
              });
}

void Store::QueueAgain(const std::string& ack_subject, const std::string& id,
                       nanoseconds pause, std::int64_t notes) {
  Message again{.subject = ack_subject, .data = "-NAK"};
  if (pause > nanoseconds(0)) {
    again.data += " {\"delay\":" + Number(pause.count()) + '}';
  }
  if (notes == 0) {
    client_.Ask(std::move(again), Clock::now() + kSoon, [](const Answer&) {});
    return;
  }
  client_.Ask(
      {.subject = names_.Note(id), .data = Number(notes)}, Clock::now() + kSoon,
      [self = shared_from_this(), again = std::move(again)](const Answer&) {
        self->client_.Ask(again, Clock::now() + kSoon, [](const Answer&) {});
      });
}

std::vector<jobs::DeadLetter> Store::TakeDeadLetters(std::size_t at_most) {
  std::vector<jobs::DeadLetter> letters;
  if (at_most == 0) return letters;
  // What is taken, until there is no more.
  struct Taken {
    base::Mutex mutex;
    base::CondVar changed;
    std::vector<Message> messages ABSL_GUARDED_BY(mutex);
    int status ABSL_GUARDED_BY(mutex) = 0;
  };
  const auto taken = std::make_shared<Taken>();
  const Client::Inbox inbox(client_, [taken](Message message) {
    const MutexLock lock(taken->mutex);
    if (const int status = Status(message); status != 0) {
      taken->status = status;
    } else {
      taken->messages.push_back(std::move(message));
    }
    taken->changed.NotifyAll();
  });
  client_.Tell(
      {.subject = "$JS.API.CONSUMER.MSG.NEXT." + names_.ends_stream + '.' +
                  kDeadLetters,
       .reply = inbox.subject() + ".1",
       .data = "{\"no_wait\":true,\"batch\":" + std::to_string(at_most) + '}'});
  std::vector<Message> messages;
  {
    const auto end = until();
    const MutexLock lock(taken->mutex);
    while (taken->messages.size() < at_most && taken->status == 0) {
      if (!taken->changed.WaitUntil(taken->mutex, end) && Clock::now() >= end) {
        throw std::runtime_error(
            "weft::nats: the server does not answer for dead letters");
      }
    }
    if (taken->status == 503) {
      throw std::runtime_error("weft::nats: stream '" + names_.ends_stream +
                               "' has no consumer '" + kDeadLetters + "'");
    }
    messages.swap(taken->messages);
  }
  for (const Message& message : messages) {
    letters.push_back(ReadDead(message));
    client_.Tell({.subject = message.reply, .data = "+ACK"});
  }
  return letters;
}

void Store::CountRedelivered() {
  const MutexLock lock(mutex_);
  ++redelivered_;
}

void Store::CountRefused() {
  const MutexLock lock(mutex_);
  ++refused_;
}

void Store::AddTo(jobs::JobCounts& counts) const {
  const MutexLock lock(mutex_);
  counts.redelivered += redelivered_;
  counts.refused += refused_;
}

}  // namespace weft::nats_internal
