// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Counted references to immutable, shared things: frames and bindings.

#ifndef WEFT_BASE_REF_H_
#define WEFT_BASE_REF_H_

#include <atomic>
#include <cstdint>
#include <utility>

#include "weft/base/language.h"

namespace weft::base {

// A count that starts at one, the reference of its maker. It is wide enough for
// caches that hold references by the ten thousand (frame_cache.h).
//
// Edges:
//   [R1] DropRefs() <-> DropRefs(), on `refs_`. All that a holder did with the
//        object happens before its destruction: each drop releases, the last
//        one acquires. The early load acquires for the same reason: it saw what
//        every other holder's drop released, and nobody else is left to drop.
//        is_sole() acquires as that does. Breaks if weakened: a reader of the
//        value races with its destructor, or with who changes it. Test:
//        FrameStressTest.LastHolderDestroysOnAnyThread and
//        SoleHolderChangesIt (TSan).
class RefCounted {
 public:
  void AddRef(std::uint64_t n = 1) const noexcept {
    // relaxed: the caller already holds a reference.
    refs_.fetch_add(n, std::memory_order_relaxed);
  }

  // True if there is another reference than the caller's. It may go at any
  // time.
  bool is_shared() const noexcept {
    // relaxed: a number.
    return refs_.load(std::memory_order_relaxed) > 1;
  }
  // True if the caller's reference is the only one: it may change the object.
  bool is_sole() const noexcept {
    // [R1]
    return refs_.load(std::memory_order_acquire) == 1;
  }

 protected:
  // For an object that counts nothing.
  struct Uncounted {};

  RefCounted() noexcept : refs_(1) {}
  // Leaves the count as it is in memory, so that this stores nothing.
  explicit RefCounted(Uncounted) noexcept {}

  // Drops `n` references held by the caller; true if they were the last.
  bool DropRefs(std::uint64_t n) const noexcept {
    // [R1] The load spares a sole holder the read-modify-write.
    return refs_.load(std::memory_order_acquire) == n ||
           refs_.fetch_sub(n, std::memory_order_acq_rel) == n;
  }

 private:
  union {
    mutable std::atomic<std::uint64_t> refs_;
  };
};

// Owns one reference, or none. T has AddRef() and Release(),
// which are const.
//
// Thread-compatible; the object itself may be shared between threads.
template <typename T>
class Ref {
 public:
  Ref() = default;
  // Takes over a reference that the caller holds.
  static Ref Adopt(T* object) noexcept { return Ref(object); }
  // Adds a reference of its own; null stays null.
  static Ref Share(T* object) noexcept {
    if (object != nullptr) object->AddRef();
    return Ref(object);
  }

  Ref(const Ref& other) noexcept : Ref(Share(other.object_)) {}
  Ref(Ref&& other) noexcept : object_(other.Detach()) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr) object_->Release();
  }

  T* get() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  // Hands the reference to the caller.
  T* Detach() noexcept { return std::exchange(object_, nullptr); }

 private:
  explicit Ref(T* object) noexcept : object_(object) {}

  T* object_ = nullptr;
};

}  // namespace weft::base

#endif  // WEFT_BASE_REF_H_
