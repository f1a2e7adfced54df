// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/labels.h
// -----------------------------------------------------------------------------
//
// `VisitLabels()` reads the labels of the calling flow: of each storage that
// has a label (label.h) and a store here, the storage's name and the store as
// text. It is what logs, traces and pages show of a context; the stores of
// private storages are in none of them.
//
// Example:
//
//   weft::VisitLabels(weft::Visibility::kLog,
//                     [&](std::string_view name, std::string_view text) {
//                       line << name << '=' << text << ' ';
//                     });
//
//   std::clog << weft::LogPrefix() << "served\n";  // [request=42] served
//
// Node counterpart: none.

#ifndef WEFT_CONTEXT_LABELS_H_
#define WEFT_CONTEXT_LABELS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>

#include "weft/context/label.h"

namespace weft {
namespace context_internal {

using LabelVisitor = void (*)(void* visitor, std::string_view name,
                              std::string_view text);
void VisitLabels(Visibility place, void* visitor, LabelVisitor visit);

// What the stores of a flow depend on: they are the same wherever this is, by
// value, and their frame has an id.
struct ContextStamp {
  std::uint64_t frame = 0;     // its id; 0: it has none, or nothing is bound
  std::uint64_t renewals = 0;  // of slots

  friend bool operator==(const ContextStamp&, const ContextStamp&) = default;
};
// Returns the calling flow's. Thread-safe.
ContextStamp CurrentStamp() noexcept;

}  // namespace context_internal

// VisitLabels()
//
// Calls `visitor(name, text)`, both std::string_view and good during the call,
// for each label of the calling flow that may be shown at `place`; at kPrivate
// it shows what it does at kLog. The order is that in which the storages were
// made, unless one has the place of another that is gone. A default value is no
// store: it is not shown.
//
// Thread-safety: thread-safe.
// Cost: takes no lock and allocates nothing. Grows with the number of storages
//   with a label that have existed at once, not with that of all storages.
// Errors: throws what `visitor` throws.
template <typename Visitor>
  requires std::is_invocable_v<Visitor&, std::string_view, std::string_view>
void VisitLabels(Visibility place, Visitor&& visitor) {
  using Called = std::remove_reference_t<Visitor>;
  context_internal::VisitLabels(
      place, const_cast<void*>(static_cast<const void*>(&visitor)),
      [](void* called, std::string_view name, std::string_view text) {
        std::invoke(*static_cast<Called*>(called), name, text);
      });
}

// LogPrefix()
//
// Returns the labels that a log may show, as it puts them before a line:
// "[request=42 customer=7] ", or nothing if there are none. A text with a
// space, a quote, a bracket or an equals sign stands in double quotes, where a
// quote and a backslash have a backslash before them. Call it where the line is
// logged: an asynchronous logger formats it elsewhere.
//
// Thread-safety: thread-safe.
// Cost: that of `VisitLabels()` and of the string.
// Errors: throws std::bad_alloc.
std::string LogPrefix();

}  // namespace weft

#endif  // WEFT_CONTEXT_LABELS_H_
