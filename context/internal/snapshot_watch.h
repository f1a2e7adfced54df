// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A snapshot is no resource, so no hook and no sink is told of it. Who wants to
// know which snapshots keep which stores is told here. While nobody does, a
// capture costs one load and a branch, and the end of a snapshot nothing: the
// watch puts a store of its own into the frame, which ends with the snapshot
// and its copies.
//
// Edges:
//   [U1] SetSnapshotWatch()'s store <-> Watched()'s load: the watch is
//   complete.
//        Breaks if weakened: a watch is called before it is made. Test:
//        RetentionStressTest.LevelsChangeWhileTasksRun (TSan).

#ifndef WEFT_CONTEXT_INTERNAL_SNAPSHOT_WATCH_H_
#define WEFT_CONTEXT_INTERNAL_SNAPSHOT_WATCH_H_

#include <atomic>
#include <source_location>
#include <utility>

#include "weft/context/internal/frame.h"

namespace weft::context_internal {

// It lives for ever. Thread-safe.
class SnapshotWatch {
 public:
  // Returns a frame for the snapshot that was made at `where`: one that reads
  // as `frame`, which is not null, does.
  virtual FrameRef Watch(FrameRef frame,
                         const std::source_location& where) noexcept = 0;

 protected:
  ~SnapshotWatch() = default;
};

extern constinit std::atomic<SnapshotWatch*> snapshot_watch;

// Null: nobody wants to know. Other threads see the change soon.
inline void SetSnapshotWatch(SnapshotWatch* watch) noexcept {
  // [U1]
  snapshot_watch.store(watch, std::memory_order_release);
}

// Returns the frame that a snapshot holds.
inline FrameRef Watched(FrameRef frame, const std::source_location& where) {
  // [U1]
  SnapshotWatch* const watch = snapshot_watch.load(std::memory_order_acquire);
  if (watch == nullptr || frame.get() == nullptr) [[likely]]
    return frame;
  return watch->Watch(std::move(frame), where);
}

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_SNAPSHOT_WATCH_H_
