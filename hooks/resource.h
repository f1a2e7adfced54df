// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/resource.h
// -----------------------------------------------------------------------------
//
// `Resource` is what an async id stands for: a task, a user's `AsyncResource`,
// a thread's root. Events of hooks tell it (hook_event.h);
// `ExecutionAsyncResource()` returns the running one, the same object. State
// can be attached to it (resource_state.h).
//
// Node counterpart: the `resource` argument of init.

#ifndef WEFT_HOOKS_RESOURCE_H_
#define WEFT_HOOKS_RESOURCE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <source_location>
#include <string_view>
#include <utility>

#include "weft/hooks/async_id.h"

namespace weft {

namespace hooks_internal {

// One attached state; a list of them hangs on a resource.
struct AttachedState {
  explicit AttachedState(std::uint64_t attached_key) noexcept
      : key(attached_key) {}
  virtual ~AttachedState() = default;

  const std::uint64_t key;
  AttachedState* next = nullptr;
};

}  // namespace hooks_internal

// Resource
//
// Made by the runtime only. Its address is its identity.
//
// Thread-safety: thread-compatible. It is safe to read and attach state in the
//   callbacks of the resource's events and while it runs on the calling thread;
//   for an `AsyncResource` that runs on several at once, with a lock of one's
//   own.
// Lifetime: from init to destroy; a pointer kept longer dangles.
class Resource {
 public:
  // So many characters a type may have.
  static constexpr std::size_t kMaxTypeSize =
      std::numeric_limits<std::uint32_t>::max();

  // `type` must outlive the resource.
  constexpr Resource(std::string_view type, AsyncId async_id,
                     AsyncId trigger_async_id,
                     std::source_location where = {}) noexcept
      : type_(type.data()),
        async_id_(async_id),
        trigger_async_id_(trigger_async_id),
        where_(where),
        type_size_(static_cast<std::uint32_t>(type.size())) {}
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;
  ~Resource() { ReleaseState(); }

  // What it is, its id, and the id of the resource that caused it.
  std::string_view type() const noexcept { return {type_, type_size_}; }
  AsyncId async_id() const noexcept { return async_id_; }
  AsyncId trigger_async_id() const noexcept { return trigger_async_id_; }
  // Where in the source it was made: the call of `Post()`, `Then()` and the
  // like. Line 0 for what has no such place, as the root of a thread.
  std::source_location source_location() const noexcept { return where_; }

  // For ResourceState: the state attached under `key`, or null.
  hooks_internal::AttachedState* FindState(std::uint64_t key) const noexcept;
  // For ResourceState: takes over `state`, in the place of one with its key.
  // Throws std::logic_error, and deletes `state`, if this is no resource (id
  // 0).
  void AttachState(hooks_internal::AttachedState* state);
  // For ResourceState: true if any state is attached.
  bool has_state() const noexcept { return state_ != nullptr; }
  // For the runtime: takes over what is attached to `other`; nothing is
  // attached here.
  void TakeState(Resource& other) noexcept {
    state_ = std::exchange(other.state_, nullptr);
  }
  // For the runtime: destroys all attached state.
  void ReleaseState() noexcept {
    if (state_ != nullptr) [[unlikely]]
      DestroyState();
  }

 private:
  void DestroyState() noexcept;

  const char* const type_;
  const AsyncId async_id_;
  const AsyncId trigger_async_id_;
  const std::source_location where_;
  hooks_internal::AttachedState* state_ = nullptr;
  // Last, and short, so that a few bytes of who derives from this, or has it
  // with [[no_unique_address]], lie behind it.
  const std::uint32_t type_size_;
};

}  // namespace weft

#endif  // WEFT_HOOKS_RESOURCE_H_
