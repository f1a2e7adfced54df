// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/providers.h"

#include <array>
#include <cstddef>

namespace weft {
namespace {

struct Entry {
  Provider provider;
  std::string_view name;
};

constexpr std::array kTable = {
    Entry{Provider::kNone, "NONE"},
    Entry{Provider::kThread, "THREAD"},
    Entry{Provider::kTask, "TASK"},
    Entry{Provider::kFutureTask, "FUTURE_TASK"},
    Entry{Provider::kGroupTask, "GROUP_TASK"},
    Entry{Provider::kDeferred, "DEFERRED"},
    Entry{Provider::kPromise, "PROMISE"},
    Entry{Provider::kContinuation, "CONTINUATION"},
};

constexpr auto kProviders = [] {
  std::array<Provider, kTable.size()> providers{};
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    providers[i] = kTable[i].provider;
  }
  return providers;
}();

static_assert(
    [] {
      for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (static_cast<std::size_t>(kTable[i].provider) != i) return false;
      }
      return true;
    }(),
    "a provider's number is its place in the table");

}  // namespace

std::string_view ProviderName(Provider provider) noexcept {
  return kTable[static_cast<std::size_t>(provider)].name;
}

std::span<const Provider> Providers() noexcept { return kProviders; }

}  // namespace weft
