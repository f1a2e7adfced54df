// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/messages.h
// -----------------------------------------------------------------------------
//
// What runs in this process may cause what runs in another one, by a message.
// Code that sends or receives messages calls these functions; then a trace of
// several processes shows which message led where (observe/trace/trace_json.h).
//
//   if (weft::AreMessagesWanted()) {         // by the sender
//     message.id = weft::NewMessageId();
//     weft::TellSent("ORDER", message.id);
//   }
//   Send(message);
//
//   weft::TellReceived("ORDER", message.id);  // by the receiver
//
// A job does so by itself (jobs/job_queue.h).
//
// Thread-safety: thread-safe. To be called where what sends or receives runs.
// Hook events: none.
// Cost: a load while nobody records; else that of a record.
//
// Node counterpart: none.

#ifndef WEFT_HOOKS_MESSAGES_H_
#define WEFT_HOOKS_MESSAGES_H_

#include <cstdint>
#include <source_location>
#include <string_view>

#include "weft/base/language.h"
#include "weft/hooks/internal/wanted_events.h"

namespace weft {

namespace hooks_internal {

// Tells the sink.
void TellMessage(Signal signal, std::string_view type, std::uint64_t id,
                 std::source_location where) noexcept;

inline constexpr EventBits kMessageBits =
    SignalBit(Signal::kSend) | SignalBit(Signal::kReceive);

}  // namespace hooks_internal

// AreMessagesWanted()
//
// Returns whether somebody records messages now: if not, a message needs no id.
inline bool AreMessagesWanted() noexcept {
  return hooks_internal::IsAnyWanted(hooks_internal::kMessageBits);
}

// NewMessageId()
//
// Returns an id for a message: a random number, not 0, that no other message of
// any process has as far as 64 bits allow. A reply may have the id of its
// request with all bits inverted, `~id`; so the reply need not carry it.
std::uint64_t NewMessageId() noexcept;

// TellSent()
//
// Records that the calling flow sends a message. It has the `type` of the
// traffic, such as "JOB", and the id that its receiver gives to
// `TellReceived()`. A message with id 0 is not recorded.
inline void TellSent(
    std::string_view type, std::uint64_t id,
    std::source_location where = std::source_location::current()) noexcept {
  if (AreMessagesWanted()) [[unlikely]] {
    hooks_internal::TellMessage(hooks_internal::Signal::kSend, type, id, where);
  }
}

// TellReceived()
//
// Records that a message has come; call it before what the message causes runs,
// and again if it is delivered again.
inline void TellReceived(
    std::string_view type, std::uint64_t id,
    std::source_location where = std::source_location::current()) noexcept {
  if (AreMessagesWanted()) [[unlikely]] {
    hooks_internal::TellMessage(hooks_internal::Signal::kReceive, type, id,
                                where);
  }
}

}  // namespace weft

#endif  // WEFT_HOOKS_MESSAGES_H_
