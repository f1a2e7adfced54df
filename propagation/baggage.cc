// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/propagation/baggage.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "weft/propagation/internal/process_storage.h"
#include "weft/propagation/internal/text.h"

namespace weft {

namespace {

using propagation_internal::AppendPercentEncoded;
using propagation_internal::IsBaggageText;
using propagation_internal::IsToken;
using propagation_internal::PercentDecoded;
using propagation_internal::ProcessStorage;
using propagation_internal::TakeUntil;
using propagation_internal::Trimmed;
using propagation_internal::WithValidUtf8;

constinit ProcessStorage<Baggage> baggages("baggage");

// Splits at the first '='. `value` is null if there is none.
struct KeyAndValue {
  explicit KeyAndValue(std::string_view text)
      : has_value(text.find('=') != text.npos),
        key(TakeUntil('=', text)),
        value(Trimmed(text)) {}

  bool has_value;
  std::string_view key;
  std::string_view value;
};

// Returns the properties without spaces; nothing if one is malformed.
std::optional<std::string> ParseProperties(std::string_view text) {
  std::string properties;
  while (!text.empty()) {
    const KeyAndValue property(TakeUntil(';', text));
    if (!IsToken(property.key) || !IsBaggageText(property.value)) {
      return std::nullopt;
    }
    if (!properties.empty()) properties += ';';
    properties += property.key;
    if (property.has_value) (properties += '=') += property.value;
  }
  return properties;
}

std::optional<BaggageMember> ParseMember(std::string_view text) {
  const KeyAndValue member(TakeUntil(';', text));
  if (!member.has_value || !IsToken(member.key) ||
      !IsBaggageText(member.value)) {
    return std::nullopt;
  }
  std::optional<std::string> properties = ParseProperties(text);
  if (!properties) return std::nullopt;
  return BaggageMember{.key = std::string(member.key),
                       .value = WithValidUtf8(PercentDecoded(member.value)),
                       .properties = *std::move(properties)};
}

}  // namespace

Baggage Baggage::Parse(std::string_view text, Dropped& dropped) {
  const std::string_view read = text.substr(0, kMaxBytes);
  dropped.bytes += text.size() - read.size();
  // The last of them is cut, unless it ends where the limit is.
  const bool is_cut = read.size() < text.size() && text[kMaxBytes] != ',';
  Baggage baggage;
  std::size_t count = 0;
  for (std::string_view rest = read; !rest.empty();) {
    const bool is_last = rest.find(',') == rest.npos;
    const std::string_view member_text = TakeUntil(',', rest);
    ++count;
    if (member_text.empty()) continue;
    std::optional<BaggageMember> member;
    if (count <= kMaxMembers && !(is_last && is_cut)) {
      member = ParseMember(member_text);
    }
    if (!member) {
      ++dropped.members;
    } else if (BaggageMember* const former = baggage.FindMember(member->key)) {
      ++dropped.members;
      *former = *std::move(member);
    } else {
      baggage.members_.push_back(*std::move(member));
    }
  }
  return baggage;
}

const AsyncLocalStorage<Baggage>& Baggage::Storage() { return baggages.Get(); }

const Baggage* Baggage::Current() noexcept {
  const auto* const storage = baggages.IfUsed();
  return storage == nullptr ? nullptr : storage->GetStore();
}

Baggage Baggage::CurrentOrEmpty() {
  const Baggage* const current = Current();
  return current == nullptr ? Baggage() : *current;
}

BaggageMember* Baggage::FindMember(std::string_view key) noexcept {
  const auto found = std::find_if(
      members_.begin(), members_.end(),
      [key](const BaggageMember& member) { return member.key == key; });
  return found == members_.end() ? nullptr : &*found;
}

const std::string* Baggage::Find(std::string_view key) const noexcept {
  for (const BaggageMember& member : members_) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Baggage Baggage::With(std::string_view key, std::string_view value,
                      std::string_view properties) const {
  if (!IsToken(key)) {
    throw std::invalid_argument("not a key of baggage: " + std::string(key));
  }
  std::optional<std::string> parsed = ParseProperties(properties);
  if (!parsed) {
    throw std::invalid_argument("not properties of baggage: " +
                                std::string(properties));
  }
  BaggageMember member{.key = std::string(key),
                       .value = std::string(value),
                       .properties = *std::move(parsed)};
  Baggage changed = *this;
  if (BaggageMember* const former = changed.FindMember(key)) {
    *former = std::move(member);
  } else {
    changed.members_.push_back(std::move(member));
  }
  return changed;
}

Baggage Baggage::Without(std::string_view key) const {
  Baggage changed = *this;
  std::erase_if(changed.members_, [key](const BaggageMember& member) {
    return member.key == key;
  });
  return changed;
}

std::string Baggage::ToString(Dropped& dropped) const {
  std::string list;
  std::size_t count = 0;
  for (const BaggageMember& member : members_) {
    const std::size_t end = list.size();
    if (count > 0) list += ',';
    (list += member.key) += '=';
    AppendPercentEncoded(member.value, list);
    if (!member.properties.empty()) (list += ';') += member.properties;
    if (count < kMaxMembers && list.size() <= kMaxBytes) {
      ++count;
    } else {
      ++dropped.members;
      list.resize(end);
    }
  }
  return list;
}

}  // namespace weft
