// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/frame_cache.h"

#include <utility>

namespace weft::context_internal {

// In all of these functions the entry has its final state before anything is
// released: destructors of values may call back.

void FrameCache::Take(Entry& entry, const Frame* frame) noexcept {
  frame->AddRef(kBatch);
  const Entry old = std::exchange(entry, {frame, kBatch - 1});
  if (old.spare > 0) Drop(old);
}

void FrameCache::Give(Entry& entry, const Frame* frame) noexcept {
  if (entry.frame == frame) {
    entry.spare -= kBatch - 1;
    frame->Release(kBatch);
    return;
  }
  const Entry old = std::exchange(entry, {frame, 1});
  if (old.spare > 0) Drop(old);
}

void FrameCache::Flush() noexcept {
  bool empty = false;
  while (!empty) {
    empty = true;
    for (Entry& entry : entries_) {
      const Entry old = std::exchange(entry, {});
      if (old.spare == 0) continue;
      Drop(old);
      empty = false;  // there may be others by now
    }
  }
}

}  // namespace weft::context_internal
