// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/propagation/trace_state.h"

#include <algorithm>
#include <stdexcept>

#include "weft/propagation/internal/text.h"

namespace weft {

namespace {

using propagation_internal::TakeUntil;

constexpr std::size_t kMaxLength = 256;  // of a key, and of a value

bool IsKey(std::string_view key) {
  const auto is_alphanumeric = [](char c) {
    return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9');
  };
  const auto is_allowed = [&](char c) {
    return is_alphanumeric(c) || c == '_' || c == '-' || c == '*' || c == '/' ||
           c == '@';
  };
  return !key.empty() && key.size() <= kMaxLength &&
         is_alphanumeric(key.front()) &&
         std::all_of(key.begin(), key.end(), is_allowed);
}

bool IsValue(std::string_view value) {
  const auto is_allowed = [](char c) {
    return ' ' <= c && c <= '~' && c != ',' && c != '=';
  };
  return !value.empty() && value.size() <= kMaxLength && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(), is_allowed);
}

// The key of a member; the value stands behind the first '='.
std::string_view KeyOf(std::string_view member) {
  return member.substr(0, member.find('='));
}

bool IsMember(std::string_view member) {
  const std::string_view key = KeyOf(member);
  return IsKey(key) && key.size() < member.size() &&
         IsValue(member.substr(key.size() + 1));
}

void Append(std::string_view member, std::string& list) {
  if (!list.empty()) list += ',';
  list += member;
}

}  // namespace

std::optional<TraceState> TraceState::Parse(std::string_view text) {
  if (text.size() > kMaxBytes) return std::nullopt;
  std::size_t members = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view member = TakeUntil(',', rest);
    if (++members > kMaxMembers) return std::nullopt;
    if (!member.empty() && !IsMember(member)) return std::nullopt;
  }
  std::string list;
  list.reserve(text.size());
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view member = TakeUntil(',', rest);
    if (!member.empty()) Append(member, list);
  }
  return TraceState(std::move(list));
}

std::optional<std::string_view> TraceState::Find(
    std::string_view key) const noexcept {
  for (std::string_view rest = text_; !rest.empty();) {
    const std::string_view member = TakeUntil(',', rest);
    if (KeyOf(member) == key) return member.substr(key.size() + 1);
  }
  return std::nullopt;
}

TraceState TraceState::With(std::string_view key,
                            std::string_view value) const {
  if (!IsKey(key)) {
    throw std::invalid_argument("not a key of tracestate: " + std::string(key));
  }
  if (!IsValue(value)) {
    throw std::invalid_argument("not a value of tracestate: " +
                                std::string(value));
  }
  std::string list(key);
  list += '=';
  list += value;
  std::size_t members = 1;
  for (std::string_view rest = text_; !rest.empty();) {
    const std::string_view member = TakeUntil(',', rest);
    if (KeyOf(member) == key) continue;
    if (members == kMaxMembers || list.size() + member.size() >= kMaxBytes) {
      break;
    }
    Append(member, list);
    ++members;
  }
  return TraceState(std::move(list));
}

TraceState TraceState::Without(std::string_view key) const {
  std::string list;
  for (std::string_view rest = text_; !rest.empty();) {
    const std::string_view member = TakeUntil(',', rest);
    if (KeyOf(member) != key) Append(member, list);
  }
  return TraceState(std::move(list));
}

}  // namespace weft
