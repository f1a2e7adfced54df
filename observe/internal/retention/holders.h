// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What keeps contexts: the resources and the snapshots that have one, from when
// they are made until they are gone.

#ifndef WEFT_OBSERVE_INTERNAL_RETENTION_HOLDERS_H_
#define WEFT_OBSERVE_INTERNAL_RETENTION_HOLDERS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "weft/hooks/async_backtrace.h"
#include "weft/hooks/async_id.h"
#include "weft/observe/holder_kind.h"
#include "weft/observe/internal/clock.h"
#include "weft/observe/internal/retention/held_stores.h"
#include "weft/observe/level.h"

namespace weft::observe_internal {

struct Holder {
  observe::HolderKind kind{};
  AsyncId async_id = 0;
  AsyncBacktrace backtrace;
  Ticks since = 0;
  std::uint64_t context = 0;  // tells it from others
  std::vector<HeldStore> stores;
  HeldLabels labels;
};

struct Holders {
  observe::Level level{};
  std::uint64_t one_in = 0;
  Ticks known_since = 0;     // 0: nothing is known
  std::uint64_t missed = 0;  // since then
  std::vector<Holder> all;
};

// Begins to note them, if that has not been begun.
void StartHolders(std::size_t capacity) noexcept;

// Throws std::bad_alloc.
Holders ReadHolders();

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_RETENTION_HOLDERS_H_
