// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Tells readers about the process: the facts that its owner gives, and the
// names of the keys in records. OTEP 4719 says where it is found, in a mapping
// named OTEL_CTX, and how it is changed under the eyes of a reader.

#ifndef WEFT_ADAPTERS_PROFILER_INTERNAL_PROCESS_CONTEXT_H_
#define WEFT_ADAPTERS_PROFILER_INTERNAL_PROCESS_CONTEXT_H_

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/profiler/profiler_options.h"
#include "weft/base/sync/mutex.h"

namespace weft::profiler_internal {

// The numbers of names of labels. A name keeps its number for good, through all
// objects: records that were made earlier have it.
//
// Edges:
//   [PK1] Add()'s store of `count_` <-> the loads of it: the names before it
//         are complete. Breaks if weakened: a number stands for half a name.
//         Test: ProfilerStressTest.RecordsComeAndGoWhileTasksRun (TSan).
class KeyTable {
 public:
  static constexpr std::size_t kMax = 256;

  // Returns the number of a name; nothing if it has none. Thread-safe.
  std::optional<std::uint8_t> Find(std::string_view name) const noexcept {
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) {
      if (names_[i] == name) return static_cast<std::uint8_t>(i);
    }
    return std::nullopt;
  }
  // Gives a number to `name`, which lives for ever and has none. Returns
  // nothing if all are given. One call at a time.
  std::optional<std::uint8_t> Add(std::string_view name) noexcept {
    // relaxed: changed by such a call only.
    const std::size_t count = count_.load(std::memory_order_relaxed);
    if (count == kMax) return std::nullopt;
    names_[count] = name;
    // [PK1]
    count_.store(count + 1, std::memory_order_release);
    return static_cast<std::uint8_t>(count);
  }

  std::size_t size() const noexcept {
    // [PK1]
    return count_.load(std::memory_order_acquire);
  }
  // Returns the name with that number, less than size().
  std::string_view operator[](std::size_t number) const noexcept {
    return names_[number];
  }

 private:
  std::array<std::string_view, kMax> names_{};
  std::atomic<std::size_t> count_{0};
};

// The head of the mapping, as OTEP 4719 lays it out.
struct MappedHead {
  std::array<char, 8> signature;
  std::uint32_t version;
  std::atomic<std::uint32_t> size;
  // The time of CLOCK_BOOTTIME, in nanoseconds; 0: it is being changed.
  std::atomic<std::uint64_t> published;
  std::atomic<std::uint64_t> payload;
};
static_assert(sizeof(MappedHead) == 32);

// One for the process.
//
// Edges:
//   [PC1] the stores of `published`, `payload` and `size` <-> a reader in
//         another process, which reads `published` before and after the others.
//         All are seq_cst, so they become visible in the order in which they
//         stand here. Breaks if weakened: a reader takes a size for that of
//         another payload. Test: profiler_reader_test, where names are added
//         while it reads.
class ProcessContext {
 public:
  constexpr ProcessContext() = default;

  base::Mutex& mutex() noexcept ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  // Makes the mapping. Throws std::system_error, and std::bad_alloc.
  void Publish(std::vector<ResourceAttribute> resource)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Removes it.
  void Withdraw() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns the number of a name, which lives for ever; gives it one, and tells
  // readers, if it has none. Returns nothing if all are given, or there is no
  // memory.
  std::optional<std::uint8_t> KeyOf(std::string_view name) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::size_t keys() const noexcept { return keys_.size(); }

 private:
  // Returns the message ProcessContext.
  std::string Encode() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes `payload` what readers find.
  void Replace(std::string payload) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True if the mapping is there, and not that of the parent of a fork().
  bool IsOurs() const noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  base::Mutex mutex_;
  MappedHead* head_ ABSL_GUARDED_BY(mutex_) = nullptr;
  pid_t owner_ ABSL_GUARDED_BY(mutex_) = 0;
  // `head_` points to this.
  std::string payload_ ABSL_GUARDED_BY(mutex_);
  std::vector<ResourceAttribute> resource_ ABSL_GUARDED_BY(mutex_);
  // Changed under the lock only.
  KeyTable keys_;
};

}  // namespace weft::profiler_internal

#endif  // WEFT_ADAPTERS_PROFILER_INTERNAL_PROCESS_CONTEXT_H_
