// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The resource that is running on this thread, and what else causes new ones.
// This is the hooks layer's one thread_local that others read inline.

#ifndef WEFT_HOOKS_INTERNAL_EXECUTION_STATE_H_
#define WEFT_HOOKS_INTERNAL_EXECUTION_STATE_H_

#include <cstdint>
#include <string_view>
#include <utility>

#include "weft/hooks/async_id.h"
#include "weft/hooks/resource.h"

namespace weft::hooks_internal {

// What is open where a DefaultTriggerScope is: the trigger of what is made
// there, and the running resource.
struct TriggerOverride {
  const Resource trigger;
  Resource& running;
};

// A resource that runs; with an override, which lives longer; or the thread's
// root, which is made when somebody asks for it. The first is one word without
// a mark, so that one question tells it from the others.
class ExecutionState {
 public:
  // The thread's root.
  constexpr ExecutionState() noexcept : word_(kMark) {}
  explicit ExecutionState(Resource& resource) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(&resource)) {}
  explicit ExecutionState(const TriggerOverride& override) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(&override) | kMark) {}

  bool is_marked() const noexcept { return (word_ & kMark) != 0; }
  // If it is not marked.
  Resource& resource() const noexcept {
    return *reinterpret_cast<Resource*>(word_);
  }
  // If it is marked; null: the thread's root.
  const TriggerOverride* trigger_override() const noexcept {
    return reinterpret_cast<const TriggerOverride*>(word_ & ~kMark);
  }

 private:
  static constexpr std::uintptr_t kMark = 1;

  std::uintptr_t word_;
};

extern constinit thread_local ExecutionState execution_state;

// Never destroyed: threads may outlive static destructors. Never written:
// attaching state to it is refused.
union ImmortalResource {
  constexpr ImmortalResource(std::string_view type, AsyncId async_id) noexcept
      : resource(type, async_id, kNoAsyncId) {}
  ~ImmortalResource() {}
  Resource resource;
};
extern constinit ImmortalResource no_resource;

// Stands for the resource where nothing runs: id 0, trigger 0.
inline Resource& NoResource() noexcept { return no_resource.resource; }

// Each does what the function below does where the state is marked.
Resource& MarkedResource() noexcept;
const Resource& MarkedTrigger() noexcept;

inline Resource& CurrentResource() noexcept {
  const ExecutionState state = execution_state;
  if (state.is_marked()) [[unlikely]]
    return MarkedResource();
  return state.resource();
}

// Returns the trigger of a resource that is not given one. It lives as long as
// what runs here now.
inline const Resource& DefaultTrigger() noexcept {
  const ExecutionState state = execution_state;
  if (state.is_marked()) [[unlikely]]
    return MarkedTrigger();
  return state.resource();
}

// Makes `resource` the running one for the life of the scope; an override of
// the outer one is not its own. Owner-only.
class ExecutionScope {
 public:
  explicit ExecutionScope(Resource& resource) noexcept
      : ExecutionScope(ExecutionState(resource)) {}
  explicit ExecutionScope(ExecutionState state) noexcept
      : outer_(std::exchange(execution_state, state)) {}
  ExecutionScope(const ExecutionScope&) = delete;
  ExecutionScope& operator=(const ExecutionScope&) = delete;
  ~ExecutionScope() { execution_state = outer_; }

 private:
  const ExecutionState outer_;
};

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_EXECUTION_STATE_H_
