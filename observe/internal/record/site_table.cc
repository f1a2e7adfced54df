// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/record/site_table.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>

namespace weft::observe_internal {

using base::MutexLock;

namespace {

// Copies as much of `text` as there is room for, and a 0.
template <std::size_t kSize>
void CopyText(std::string_view text, std::array<char, kSize>& out) noexcept {
  const std::size_t size = std::min(text.size(), kSize - 1);
  std::memcpy(out.data(), text.data(), size);
  out[size] = '\0';
}

void Write(const Resource& resource, const Place& place,
           ImageSite& site) noexcept {
  CopyText(resource.type(), site.type);
  std::string_view file = place.file;
  file.remove_prefix(file.size() - std::min(file.size(), site.file.size() - 1));
  CopyText(file, site.file);
  CopyText(resource.source_location().function_name(), site.function);
  site.line = place.line;
}

}  // namespace

std::uint16_t SiteTable::Find(Image image, const Resource& resource) noexcept {
  ImageHead& head = image.head();
  const Place place(resource);
  const MutexLock lock(mutex_);
  if (of_ != &head) {
    sites_.clear();
    of_ = &head;
  }
  try {
    // relaxed: written under the lock only.
    const std::uint64_t used = head.sites_used.load(std::memory_order_relaxed);
    const auto [found, is_new] =
        sites_.try_emplace({place, std::string(resource.type())},
                           static_cast<std::uint16_t>(used));
    if (!is_new) return found->second;
    if (used < head.sites) {
      Write(resource, place, image.site(used));
      head.sites_used.store(used + 1, std::memory_order_release);  // [X6]
      return found->second;
    }
    sites_.erase(found);
  } catch (const std::bad_alloc&) {
  }
  // relaxed: a number.
  head.lost_sites.fetch_add(1, std::memory_order_relaxed);
  return 0;
}

}  // namespace weft::observe_internal
