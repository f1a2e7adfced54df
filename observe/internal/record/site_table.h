// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The sites that an image (image.h) has: each is written once, when the first
// resource is made there.

#ifndef WEFT_OBSERVE_INTERNAL_RECORD_SITE_TABLE_H_
#define WEFT_OBSERVE_INTERNAL_RECORD_SITE_TABLE_H_

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/hooks/resource.h"
#include "weft/observe/internal/record/image.h"

namespace weft::observe_internal {

// Where a resource was made. Files are compared by the address of their name.
struct Place {
  explicit Place(const Resource& resource) noexcept
      : file(resource.source_location().file_name()),
        line(resource.source_location().line()),
        column(resource.source_location().column()) {}
  Place() = default;

  friend auto operator<=>(const Place&, const Place&) = default;

  const char* file = nullptr;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// Thread-safe.
class SiteTable {
 public:
  base::Mutex& mutex() noexcept ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  // Returns the number of the site of `resource` in `image`, and makes it if
  // need be; 0, and a loss is counted, if there is no place or no memory for
  // it. Another image than before is one without sites.
  std::uint16_t Find(Image image, const Resource& resource) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  base::Mutex mutex_;
  const ImageHead* of_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::map<std::tuple<Place, std::string>, std::uint16_t> sites_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_RECORD_SITE_TABLE_H_
