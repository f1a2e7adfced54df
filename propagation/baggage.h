// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// propagation/baggage.h
// -----------------------------------------------------------------------------
//
// `Baggage` is a list of names and values that a request takes along through
// all the services it reaches, whoever wrote them: W3C Baggage. It stands in a
// storage, as the trace does (trace_context.h).
//
// Anyone on the way can read and change it: no place for what is private, nor
// for what is trusted.
//
// Example:
//
//   const auto scope = weft::Baggage::Storage().WithScope(
//       weft::Baggage::CurrentOrEmpty().With("region", "eu"));

#ifndef WEFT_PROPAGATION_BAGGAGE_H_
#define WEFT_PROPAGATION_BAGGAGE_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "weft/context/async_local_storage.h"
#include "weft/propagation/dropped.h"

namespace weft {

// BaggageMember
//
// One entry of a `Baggage`.
struct BaggageMember {
  // A token of HTTP: one or more letters, digits or !#$%&'*+-.^_`|~
  std::string key;
  // Any bytes. Those that the field may not have, or '%', are percent-encoded
  // there.
  std::string value;
  // As in the field, "ttl=60;private"; empty if there are none.
  std::string properties = {};

  friend bool operator==(const BaggageMember&, const BaggageMember&) = default;
};

// Baggage
//
// A list of members, each with a key of its own.
//
// Thread-safety: thread-compatible.
// Cost: three strings a member. Within a process there is no limit; a limit
//   holds for what enters and what leaves.
class Baggage {
 public:
  // The number of members, and of bytes in all, that are read and written. They
  // are what the specification asks for at least.
  static constexpr std::size_t kMaxMembers = 64;
  static constexpr std::size_t kMaxBytes = 8192;

  // Makes the empty list.
  Baggage() = default;

  // Baggage::Parse()
  //
  // Returns what of `text` is well-formed and within the limits, from the
  // front, and adds the rest to `dropped`. Of a key that comes again the last
  // value counts, and the earlier is dropped. Members count by their commas,
  // empty and malformed ones too. What is beyond kMaxBytes is not looked at: it
  // takes the same time and memory whatever is sent. A value that is not UTF-8
  // once decoded has U+FFFD for each wrong byte. Throws std::bad_alloc.
  static Baggage Parse(std::string_view text, Dropped& dropped);

  // Returns the storage in which a flow has its baggage. One for the process,
  // made at the first use; throws std::bad_alloc then.
  static const AsyncLocalStorage<Baggage>& Storage();
  // Returns the calling flow's, valid as `AsyncLocalStorage::GetStore()` says;
  // null if it has none.
  static const Baggage* Current() noexcept;
  // Returns a copy of the calling flow's; the empty list if it has none.
  static Baggage CurrentOrEmpty();

  // Returns the members in order.
  const std::vector<BaggageMember>& members() const noexcept {
    return members_;
  }
  bool empty() const noexcept { return members_.empty(); }
  // Returns the value of a key, null if it has none.
  const std::string* Find(std::string_view key) const noexcept;

  // Baggage::With()
  //
  // Returns the list with that value, in the place of the key's former one, or
  // at the end. Throws std::invalid_argument, which names the text, if key or
  // properties are malformed.
  Baggage With(std::string_view key, std::string_view value,
               std::string_view properties = {}) const;
  // Returns the list without that key.
  Baggage Without(std::string_view key) const;

  // Baggage::ToString()
  //
  // Returns the field: the members that fit, in order. Adds those that do not
  // to `dropped`.
  std::string ToString(Dropped& dropped) const;

  friend bool operator==(const Baggage&, const Baggage&) = default;

 private:
  BaggageMember* FindMember(std::string_view key) noexcept;

  std::vector<BaggageMember> members_;
};

}  // namespace weft

#endif  // WEFT_PROPAGATION_BAGGAGE_H_
