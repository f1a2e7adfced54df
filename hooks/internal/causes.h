// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What led to a resource: the site where it was made, that of the resource that
// ran there, and so on. Each such chain is written once, into a table of the
// process, and has a number: so a resource keeps no other one alive, and to
// note what caused it takes a look-up and allocates nothing. The table lies in
// the program's own memory, where a debugger finds it in a core dump too.
//
// A chain has at most kMaxSites sites; older ones are cut off. One site after
// the same is written once and marked, so that the way to a task that posts
// itself again stays.
//
// Edges:
//   [A2] Insert()'s store of a place <-> the look-up's load of it: the chain
//        is complete. Who is handed a number by other means is ordered by
//        these. Breaks if weakened: a chain is read half written. Test:
//        CausesStressTest.ThreadsFindTheSameChains (TSan).

#ifndef WEFT_HOOKS_INTERNAL_CAUSES_H_
#define WEFT_HOOKS_INTERNAL_CAUSES_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string_view>

#include "weft/hooks/resource.h"

namespace weft::hooks_internal {

// The number of a chain; 0: nothing is known.
using Cause = std::uint32_t;

// The last site of a chain, and what led there.
struct CauseNode {
  static constexpr std::size_t kTypeSize = 23;

  std::string_view type_view() const noexcept {
    return {type.data(), type_size};
  }

  std::source_location where;
  std::array<char, kTypeSize> type;  // cut if it is longer
  Cause cause;                       // of the resource that made it; 0: none
  std::uint8_t type_size;
  std::uint8_t depth;  // how many sites the chain has
  bool repeats;        // resources of this site made each other
  bool is_cut;         // what made the first is not known
};

inline constexpr std::size_t kMaxSites = 8;

// `cause` is not 0.
const CauseNode& NodeOf(Cause cause) noexcept;

extern constinit std::atomic<bool> causes_are_kept;

// Says whether resources that are made from here on get their cause. Those that
// were made before have none; what they make begins with them.
void KeepCauses(bool are_kept) noexcept;
inline bool CausesAreKept() noexcept {
  // relaxed: a hint.
  return causes_are_kept.load(std::memory_order_relaxed);
}

// Sets the cause of a resource that the running one makes.
void KeepCause(const Resource& made) noexcept;

// Makes what is caused by `to`, which stands for `from`, be caused by that.
void PassCause(const Resource& from, const Resource& to) noexcept;

// Returns the chain that ends with `resource`.
Cause CauseOf(const Resource& resource) noexcept;

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_CAUSES_H_
