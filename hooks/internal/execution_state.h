// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The resource that is running on this thread, and the source of its new ids.
// This is the hooks layer's one thread_local that others read inline.

#ifndef WEFT_HOOKS_INTERNAL_EXECUTION_STATE_H_
#define WEFT_HOOKS_INTERNAL_EXECUTION_STATE_H_

#include <string_view>
#include <utility>

#include "weft/hooks/async_id.h"
#include "weft/hooks/resource.h"

namespace weft::hooks_internal {

struct ExecutionState {
  Resource* resource;       // null: the thread's root, not made yet
  AsyncId default_trigger;  // of a DefaultTriggerScope; 0: none is open
  AsyncId next_id;          // the rest of this thread's block of ids
  AsyncId end_id;
};

extern constinit thread_local ExecutionState execution_state;

// Makes the calling thread's root and makes it current.
Resource& MakeThreadRoot() noexcept;
// Takes a block of ids for the calling thread and returns the first.
AsyncId RefillIds() noexcept;

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

inline Resource& CurrentResource() noexcept {
  Resource* const resource = execution_state.resource;
  return resource != nullptr ? *resource : MakeThreadRoot();
}

inline AsyncId NewAsyncId() noexcept {
  ExecutionState& state = execution_state;
  return state.next_id != state.end_id ? state.next_id++ : RefillIds();
}

// Returns the trigger of a resource that is not given one.
inline AsyncId DefaultTrigger() noexcept {
  const AsyncId trigger = execution_state.default_trigger;
  return trigger != kNoAsyncId ? trigger : CurrentResource().async_id();
}

// Makes `resource` the running one for the life of the scope. Owner-only.
class ExecutionScope {
 public:
  explicit ExecutionScope(Resource& resource) noexcept
      : outer_(std::exchange(execution_state.resource, &resource)),
        outer_trigger_(execution_state.default_trigger) {
    if (outer_trigger_ != kNoAsyncId) [[unlikely]] {
      execution_state.default_trigger = kNoAsyncId;
    }
  }
  ExecutionScope(const ExecutionScope&) = delete;
  ExecutionScope& operator=(const ExecutionScope&) = delete;
  ~ExecutionScope() {
    execution_state.resource = outer_;
    // No trigger is set here: scopes that were opened inside have ended.
    if (outer_trigger_ != kNoAsyncId) [[unlikely]] {
      execution_state.default_trigger = outer_trigger_;
    }
  }

 private:
  Resource* const outer_;
  const AsyncId outer_trigger_;
};

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_EXECUTION_STATE_H_
