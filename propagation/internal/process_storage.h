// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A storage that the whole process shares, made at its first use and leaked on
// purpose. Not a static local: a child of a fork() during its initialization
// would wait for that for ever.

#ifndef WEFT_PROPAGATION_INTERNAL_PROCESS_STORAGE_H_
#define WEFT_PROPAGATION_INTERNAL_PROCESS_STORAGE_H_

#include <atomic>
#include <memory>
#include <utility>

#include "weft/context/async_local_storage.h"

namespace weft::propagation_internal {

// Thread-safe. Meant to be constinit, with static storage duration.
//
// Edges:
//   [PS1] Get()'s exchange <-> every load in Get() and IfUsed(): a thread that
//        sees the storage sees it complete. Breaks if weakened: a slot is read
//        half written. Test: ProcessStorageTest.OneIsMadeForAllThreads (TSan).
template <typename T>
class ProcessStorage {
 public:
  using Storage = AsyncLocalStorage<T>;

  explicit constexpr ProcessStorage(const char* name) noexcept : name_(name) {}
  ProcessStorage(const ProcessStorage&) = delete;
  ProcessStorage& operator=(const ProcessStorage&) = delete;

  // Throws std::bad_alloc.
  const Storage& Get() {
    if (const Storage* const storage = IfUsed()) [[likely]]
      return *storage;
    auto made = std::make_unique<const Storage>(
        typename Storage::Options{.name = name_});
    const Storage* storage = nullptr;
    // [PS1]
    if (storage_.compare_exchange_strong(storage, made.get(),
                                         std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {
      storage = made.release();
    }
    return *storage;
  }

  // Null before the first use in the process.
  const Storage* IfUsed() const noexcept {
    // [PS1]
    return storage_.load(std::memory_order_acquire);
  }

 private:
  const char* const name_;
  std::atomic<const Storage*> storage_{nullptr};
};

}  // namespace weft::propagation_internal

#endif  // WEFT_PROPAGATION_INTERNAL_PROCESS_STORAGE_H_
