// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Which stores a context holds, and which snapshots there are: where the room
// looks into frames, and nowhere else. It shows no value of a store but what a
// label writes.

#ifndef WEFT_OBSERVE_INTERNAL_RETENTION_HELD_STORES_H_
#define WEFT_OBSERVE_INTERNAL_RETENTION_HELD_STORES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "weft/hooks/async_backtrace.h"

namespace weft::context_internal {
class Frame;
class StorageSlot;
}  // namespace weft::context_internal

namespace weft::observe_internal {

// A store as a holder keeps it.
struct HeldStore {
  const void* store;  // what tells it from others; it may be gone by now
  const context_internal::StorageSlot* slot;  // of the storage
  std::uint64_t key;  // tells the storage from others with that slot
};

// Returns what `frame` holds; storages of the observer itself are left out.
// Throws std::bad_alloc.
std::vector<HeldStore> StoresOf(const context_internal::Frame& frame);

using HeldLabels = std::vector<std::pair<std::string, std::string>>;
// Returns names and texts of the labels that logs may show. Throws
// std::bad_alloc.
HeldLabels LabelsOf(const context_internal::Frame& frame);

// False if the storage has been disabled or destroyed.
bool IsBound(const HeldStore& store) noexcept;
// True if nobody may see the stores of the storage.
bool IsPrivate(const HeldStore& store) noexcept;
// Returns the name that the storage was given; nothing if it is not bound.
// Throws std::bad_alloc.
std::string StorageNameOf(const HeldStore& store);

// Is told of snapshots. It lives for ever. Thread-safe.
class SnapshotListener {
 public:
  // A snapshot of `frame` is made. Returns a number for it; 0 if its end is not
  // to be told.
  virtual std::uint64_t Made(const context_internal::Frame& frame,
                             AsyncBacktrace backtrace) noexcept = 0;
  // The snapshot and all its copies are gone.
  virtual void Gone(std::uint64_t number) noexcept = 0;

 protected:
  ~SnapshotListener() = default;
};

// Makes `listener` the one that is told of the snapshots that are made from now
// on; null: nobody is.
void ListenToSnapshots(SnapshotListener* listener) noexcept;

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_RETENTION_HELD_STORES_H_
