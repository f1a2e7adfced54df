// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/resource.h
// -----------------------------------------------------------------------------
//
// `Resource` is the object that an async id stands for: a task, a user's
// `AsyncResource`, a thread's root. Events of hooks give it (hook_event.h);
// `ExecutionAsyncResource()` returns the running one, which is the same object.
// State can be attached to it (resource_state.h).
//
// Node counterpart: the `resource` argument of init.

#ifndef WEFT_HOOKS_RESOURCE_H_
#define WEFT_HOOKS_RESOURCE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string_view>
#include <utility>

#include "weft/hooks/async_id.h"

namespace weft {

class Resource;

namespace hooks_internal {

// For a resource whose id is drawn when somebody asks for it.
inline constexpr AsyncId kDrawnWhenAsked = ~AsyncId{0};

// A trigger that lives at least as long as what it causes.
struct LastingTrigger {
  const Resource& resource;
};

// One attached state; a list of them hangs on a resource.
struct AttachedState {
  explicit AttachedState(std::uint64_t attached_key) noexcept
      : key(attached_key) {}
  virtual ~AttachedState() = default;

  const std::uint64_t key;
  AttachedState* next = nullptr;
};

// The end of such a list is null, or the number of what caused the resource,
// with a mark: so that takes no room, and no time where it is not kept.
inline bool IsEnd(const AttachedState* state) noexcept {
  return state == nullptr || (reinterpret_cast<std::uintptr_t>(state) & 1) != 0;
}
inline std::uint32_t CauseOfEnd(const AttachedState* end) noexcept {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(end) >> 1);
}
inline AttachedState* EndWithCause(std::uint32_t cause) noexcept {
  return reinterpret_cast<AttachedState*>(std::uintptr_t{cause} << 1 | 1);
}

}  // namespace hooks_internal

// Resource
//
// A resource, which only the runtime makes. Its address is its identity.
//
// Thread-safety: thread-compatible. It is safe to read and attach state in the
//   callbacks of the resource's events and while it runs on the calling thread;
//   for an `AsyncResource` that runs on several threads at once it takes a lock
//   of the user's own.
// Lifetime: it lives from init to destroy; a pointer that is kept longer
// dangles.
class Resource {
 public:
  // The most characters that a type may have.
  static constexpr std::size_t kMaxTypeSize = (std::size_t{1} << 31) - 1;

  // Makes a resource. `type` must outlive it.
  constexpr Resource(std::string_view type, AsyncId async_id,
                     AsyncId trigger_async_id,
                     std::source_location where = {}) noexcept
      : type_(type.data()),
        async_id_(async_id),
        trigger_async_id_(trigger_async_id),
        where_(where),
        type_size_(static_cast<std::uint32_t>(type.size())) {}
  // For the runtime: the same with a trigger whose id, as its own, is drawn
  // when somebody asks for it.
  constexpr Resource(std::string_view type,
                     hooks_internal::LastingTrigger trigger,
                     std::source_location where) noexcept
      : type_(type.data()),
        async_id_(hooks_internal::kDrawnWhenAsked),
        trigger_(&trigger.resource),
        where_(where),
        type_size_(static_cast<std::uint32_t>(type.size()) | kHasTrigger) {}
  Resource(const Resource&) = delete;
  Resource& operator=(const Resource&) = delete;
  ~Resource() { ReleaseState(); }

  // Returns the type.
  std::string_view type() const noexcept {
    return {type_, type_size_ & ~kHasTrigger};
  }
  // Returns the id.
  AsyncId async_id() const noexcept {
    // relaxed: a number; nothing is reached through it.
    const AsyncId id = async_id_.load(std::memory_order_relaxed);
    if (id != hooks_internal::kDrawnWhenAsked) [[likely]]
      return id;
    return DrawId();
  }
  // Returns the id of the resource that caused this one.
  AsyncId trigger_async_id() const noexcept {
    return (type_size_ & kHasTrigger) == 0 ? trigger_async_id_
                                           : trigger_->async_id();
  }
  // Returns where in the source it was made: the call of `Post()`, `Then()` and
  // the like. The line is 0 for a resource that has no such place, as the root
  // of a thread.
  std::source_location source_location() const noexcept { return where_; }

  // For ResourceState: returns the state attached under `key`, or null.
  hooks_internal::AttachedState* FindState(std::uint64_t key) const noexcept;
  // For ResourceState: takes over `state`, in the place of one with its key.
  // Throws std::logic_error, and deletes `state`, if this is no resource (id
  // 0).
  void AttachState(hooks_internal::AttachedState* state);
  // For the runtime: false if no state is attached for sure.
  bool may_have_state() const noexcept { return state_ != nullptr; }
  // For the runtime: takes over the state that is attached to `other`. No state
  // may be attached here.
  void TakeState(Resource& other) noexcept {
    state_ = std::exchange(other.state_, nullptr);
  }
  // For the runtime: destroys all attached state.
  void ReleaseState() noexcept {
    if (state_ != nullptr) [[unlikely]]
      DestroyState();
  }

  // For the runtime: the number of what caused it (internal/causes.h), 0 if
  // that is not kept. It is set on the thread that makes the resource, before
  // any state is attached.
  std::uint32_t cause() const noexcept {
    const hooks_internal::AttachedState* state = state_;
    while (!hooks_internal::IsEnd(state)) state = state->next;
    return hooks_internal::CauseOfEnd(state);
  }
  void SetCause(std::uint32_t cause) const noexcept {
    if (hooks_internal::IsEnd(state_)) {
      state_ = hooks_internal::EndWithCause(cause);
    }
  }
  // For the runtime: the resource whose id is the trigger's, if that lives as
  // long as this one for sure; otherwise null.
  const Resource* lasting_trigger() const noexcept {
    return (type_size_ & kHasTrigger) == 0 ? nullptr : trigger_;
  }

 private:
  // In `type_size_`: `trigger_` is the one that is set.
  static constexpr std::uint32_t kHasTrigger = std::uint32_t{1} << 31;

  AsyncId DrawId() const noexcept;
  void DestroyState() noexcept;

  const char* const type_;
  mutable std::atomic<AsyncId> async_id_;
  union {
    const AsyncId trigger_async_id_;
    const Resource* const trigger_;
  };
  const std::source_location where_;
  mutable hooks_internal::AttachedState* state_ = nullptr;
  // This member is last, and short, so that a few bytes of a class that derives
  // from this, or has it with [[no_unique_address]], lie behind it.
  const std::uint32_t type_size_;
};

}  // namespace weft

#endif  // WEFT_HOOKS_RESOURCE_H_
