// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/providers.h"

#include <array>
#include <iterator>

namespace weft {
namespace {

constexpr auto kProviders = [] {
  std::array<Provider, std::size(hooks_internal::kProviderNames)> providers{};
  for (std::size_t i = 0; i < providers.size(); ++i) {
    providers[i] = static_cast<Provider>(i);
  }
  return providers;
}();

}  // namespace

std::span<const Provider> Providers() noexcept { return kProviders; }

}  // namespace weft
