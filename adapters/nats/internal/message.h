// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Messages of NATS as values, and what their texts say: subjects, the answers
// of JetStream, the subjects under which a delivery is acknowledged.

#ifndef WEFT_ADAPTERS_NATS_INTERNAL_MESSAGE_H_
#define WEFT_ADAPTERS_NATS_INTERNAL_MESSAGE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "nats/nats.h"

namespace weft::nats_internal {

using Headers = std::map<std::string, std::string>;

struct Message {
  std::string subject = {};
  std::string reply = {};
  Headers headers = {};
  std::string data = {};
};

// libnats's message, counted.
using NatsMessage = std::shared_ptr<natsMsg>;

// Returns the message for libnats. Throws std::bad_alloc.
NatsMessage ToNats(const Message& message);
// Returns what it says. The message stays the caller's.
Message FromNats(natsMsg* message);

// Returns the value of a header, or none.
std::string_view Header(const Message& message, const char* name);

// The status that a server sends in the place of a message; 0 if it is none.
int Status(const Message& message);

// The header with which a message is stored only if its subject has none, and
// the error of a server that has one.
inline constexpr char kOnlyOnce[] = "Nats-Expected-Last-Subject-Sequence";
inline constexpr int kThereIsOne = 10071;
// The error of a server that has no room.
inline constexpr int kIsFull = 10077;

// The headers of a status, and of what that means.
inline constexpr char kStatus[] = "Status";
inline constexpr char kDescription[] = "Description";

// Subjects. A job's id is one token of a subject: the characters that a token
// may not have are written as '=' and two hexadecimal digits.
std::string TokenOf(std::string_view id);
// Returns the id of the last token of the subject.
std::string IdOf(std::string_view subject);

// What a server says in JSON. A key that is looked for occurs once at most in
// the answers in which it is looked for; inside of a text no key can occur,
// since quotation marks are escaped there.
std::optional<std::int64_t> NumberIn(std::string_view json,
                                     std::string_view key);
std::optional<std::string> TextIn(std::string_view json, std::string_view key);
// Returns the text as JSON, in quotation marks.
std::string Quoted(std::string_view text);
// Returns the message in an answer to STREAM.MSG.GET, or nothing.
std::optional<Message> StoredMessageIn(std::string_view json);

// A delivery, as the subject tells that acknowledges it.
struct Delivery {
  std::string consumer;
  std::int64_t times;  // delivered so often, this one included
  std::uint64_t stream_sequence;
  std::uint64_t consumer_sequence;
  std::int64_t time;      // when the server has stored the message, in ns
  std::uint64_t pending;  // how many come after it
};
std::optional<Delivery> DeliveryOf(std::string_view ack_subject);

}  // namespace weft::nats_internal

#endif  // WEFT_ADAPTERS_NATS_INTERNAL_MESSAGE_H_
