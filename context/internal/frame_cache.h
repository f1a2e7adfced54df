// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// References to frames that a worker keeps ready, so that detached tasks, each
// of which owns its frame, do not all count in one place, and workers do not
// pass that place's cache line around.
//
// A submitter takes a task's reference from the spare ones of its own worker;
// the worker that ends the task keeps it, as a spare one of its own. The
// frame's count is touched only once in ten thousand references.
//
//   cache.AddRef(PromoteCurrentFrame());       // where the task is submitted
//   {
//     const BorrowedFrameScope scope(frame);   // where it runs: the task's
//     ...                                      // reference keeps the frame
//   }
//   cache.Release(frame);                      // of that worker's cache

#ifndef WEFT_CONTEXT_INTERNAL_FRAME_CACHE_H_
#define WEFT_CONTEXT_INTERNAL_FRAME_CACHE_H_

#include <cstddef>
#include <cstdint>

#include "weft/context/internal/frame.h"

namespace weft::context_internal {

// Owner-only. Null frames cost and do nothing; others are on the heap.
//
// A spare reference keeps the frame, and its values, until Flush(), or until
// another frame takes its place here: a worker flushes when it runs out of
// work.
//
// AddRef() and Release() of one frame may drop the last reference to another,
// and Flush() that to any: then destructors of values run inside, where
// `destroy` runs them. They may use this cache; so these are called with no
// lock held.
class FrameCache {
 public:
  using Destroy = void (*)(const Frame* frame) noexcept;

  explicit FrameCache(Destroy destroy = &Frame::Destroy) noexcept
      : destroy_(destroy) {}
  FrameCache(const FrameCache&) = delete;
  FrameCache& operator=(const FrameCache&) = delete;
  ~FrameCache() { Flush(); }

  // Makes a reference to `frame`, which the caller keeps alive.
  [[gnu::always_inline]] inline void AddRef(const Frame* frame) noexcept {
    if (frame == nullptr) return;
    Entry& entry = EntryFor(frame);
    if (entry.frame == frame && entry.spare > 0) [[likely]] {
      --entry.spare;
    } else {
      Take(entry, frame);
    }
  }

  // Takes over a reference that the caller holds.
  [[gnu::always_inline]] inline void Release(const Frame* frame) noexcept {
    if (frame == nullptr) return;
    Entry& entry = EntryFor(frame);
    if (entry.frame == frame && entry.spare < 2 * kBatch) [[likely]] {
      ++entry.spare;
    } else {
      Give(entry, frame);
    }
  }

  // Drops all spare references.
  void Flush() noexcept;

 private:
  // Where `spare` is 0, `frame` may be gone.
  struct Entry {
    const Frame* frame = nullptr;
    std::uint64_t spare = 0;
  };

  static constexpr std::uint64_t kBatch = std::uint64_t{1} << 16;
  static constexpr int kLogEntries = 4;

  Entry& EntryFor(const Frame* frame) noexcept {
    // Fibonacci hashing: the high bits depend on all bits of the address.
    const auto address = reinterpret_cast<std::uintptr_t>(frame);
    return entries_[(address * 0x9E3779B97F4A7C15u) >> (64 - kLogEntries)];
  }

  void Drop(const Entry& entry) const noexcept {
    if (entry.frame->Drop(entry.spare)) destroy_(entry.frame);
  }
  void Take(Entry& entry, const Frame* frame) noexcept;
  void Give(Entry& entry, const Frame* frame) noexcept;

  const Destroy destroy_;
  Entry entries_[std::size_t{1} << kLogEntries];
};

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_FRAME_CACHE_H_
