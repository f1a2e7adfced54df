// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/resource_state.h
// -----------------------------------------------------------------------------
//
// `ResourceState<T>` attaches a `T` to resources, tasks included. It is a key,
// like a property name in Node.
//
// Example (continuation-local storage, built from hooks alone):
//
//   const weft::ResourceState<int> request;
//   weft::AsyncHook hook = weft::CreateHook({
//       .init = [&](const weft::InitEvent& event) {
//         if (int* id = request.Get(weft::ExecutionAsyncResource())) {
//           request.Set(event.resource(), *id);
//         }
//       }});
//
// Node counterpart: `executionAsyncResource()[symbol] = value`.

#ifndef WEFT_HOOKS_RESOURCE_STATE_H_
#define WEFT_HOOKS_RESOURCE_STATE_H_

#include <cstdint>
#include <utility>

#include "weft/hooks/resource.h"

namespace weft {

namespace hooks_internal {

// Returns a number that no other ResourceState had.
std::uint64_t NewStateKey() noexcept;

}  // namespace hooks_internal

// ResourceState
//
// A key under which a `T` can be attached to each resource.
//
// Thread-safety: thread-safe; access to one resource is as safe as `Resource`
//   says.
// Lifetime: attached values live until their resource is destroyed, whether or
//   not the `ResourceState` still exists.
// Cost: a walk over the states attached to that resource.
template <typename T>
class ResourceState {
 public:
  ResourceState() : key_(hooks_internal::NewStateKey()) {}
  ResourceState(const ResourceState&) = delete;
  ResourceState& operator=(const ResourceState&) = delete;

  // Returns the value attached to `resource`, null if there is none.
  T* Get(const Resource& resource) const noexcept {
    auto* attached = static_cast<Attached*>(resource.FindState(key_));
    return attached == nullptr ? nullptr : &attached->value;
  }

  // Attaches `value` in the place of any earlier one, which is destroyed.
  // Throws std::logic_error where nothing is executing (in a destroy callback).
  T& Set(Resource& resource, T value) const {
    auto* attached = new Attached(key_, std::move(value));
    resource.AttachState(attached);
    return attached->value;
  }

 private:
  struct Attached final : hooks_internal::AttachedState {
    Attached(std::uint64_t attached_key, T&& attached_value)
        : AttachedState(attached_key), value(std::move(attached_value)) {}
    T value;
  };

  const std::uint64_t key_;
};

}  // namespace weft

#endif  // WEFT_HOOKS_RESOURCE_STATE_H_
