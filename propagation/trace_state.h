// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// propagation/trace_state.h
// -----------------------------------------------------------------------------
//
// `TraceState` is what tracing systems have added to a trace for themselves:
// the list in the field `tracestate` of W3C Trace Context, level 2. A process
// passes on what it does not know, in the order in which it came.
//
// Example:
//
//   const weft::TraceState state = trace.state().With("acme", "p:7");

#ifndef WEFT_PROPAGATION_TRACE_STATE_H_
#define WEFT_PROPAGATION_TRACE_STATE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "weft/base/language.h"

namespace weft {

// TraceState
//
// A list of members `key=value`, the one that was changed last in front.
//
// Thread-safety: thread-compatible.
// Cost: one string; nothing is allocated for an empty list.
class TraceState {
 public:
  // The number of members, and of bytes in all, beyond which a list is not
  // taken. The specification has the first; the second is ours, and far above
  // the 512 bytes that must be passed on.
  static constexpr std::size_t kMaxMembers = 32;
  static constexpr std::size_t kMaxBytes = 8192;

  // Makes the empty list.
  TraceState() = default;

  // TraceState::Parse()
  //
  // Returns the list that is in `text`; nothing if a member is malformed, or
  // there are too many, empty ones counted: then the specification has the
  // whole list dropped. Takes time linear in `text`, of which no more than
  // kMaxBytes are looked at. Throws std::bad_alloc.
  static std::optional<TraceState> Parse(std::string_view text);

  // Returns the value of a key, which is good as long as this object; nothing
  // if it has none.
  std::optional<std::string_view> Find(std::string_view key) const noexcept;

  // TraceState::With()
  //
  // Returns the list with the member `key=value` in front, and without others
  // of that key; the last are dropped if there are too many, or the list is
  // too long. Throws std::invalid_argument, which names the text, if one of the
  // two is not allowed: a key is 1 to 256 of a-z, 0-9, _, -, *, / and @ and
  // begins with a letter or digit; a value is 1 to 256 visible characters of
  // ASCII and spaces, but for ',' and '=', and does not end with a space.
  TraceState With(std::string_view key, std::string_view value) const;
  // Returns the list without the members of that key.
  TraceState Without(std::string_view key) const;

  // Returns the list as the field has it; empty for the empty list.
  const std::string& ToString() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }

  friend bool operator==(const TraceState&, const TraceState&) = default;

 private:
  explicit TraceState(std::string text) noexcept : text_(std::move(text)) {}

  std::string text_;  // valid members, without spaces between them
};

}  // namespace weft

#endif  // WEFT_PROPAGATION_TRACE_STATE_H_
