// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/resource_core.h"

#include <stdexcept>
#include <utility>

#include "weft/context/internal/inherit.h"
#include "weft/hooks/internal/emit.h"
#include "weft/hooks/internal/new_async_id.h"

namespace weft::hooks_internal {

ResourceCoreRef ResourceCore::Make(std::string_view type,
                                   AsyncId trigger_async_id, Destroy destroy,
                                   std::source_location where) {
  if (type.empty()) {
    throw std::invalid_argument(
        "AsyncResource: type is empty; give it a name, such as \"DB_QUERY\"");
  }
  if (type.size() > Resource::kMaxTypeSize) {
    throw std::invalid_argument(
        "AsyncResource: type has " + std::to_string(type.size()) +
        " characters; it may have " + std::to_string(Resource::kMaxTypeSize));
  }
  const ResourceCoreRef core = ResourceCoreRef::Adopt(
      new ResourceCore(type, trigger_async_id, destroy, where));
  EmitInit(core.get()->resource(), core.get()->frame_.get());
  return core;
}

ResourceCore::ResourceCore(std::string_view type, AsyncId trigger_async_id,
                           Destroy destroy, std::source_location where)
    : type_(type),
      resource_(type_, NewAsyncId(), trigger_async_id, where),
      destroy_(destroy),
      frame_(context_internal::Inherit().frame) {}

ResourceCore::~ResourceCore() {
  // relaxed: the last reference is gone, so no other thread is here, see [R1].
  const std::uint32_t state = state_.load(std::memory_order_relaxed);
  if ((state & kDestroyAsked) == 0 && destroy_ == Destroy::kWithLastReference) {
    hooks_internal::EmitDestroy(resource_);
  }
}

void ResourceCore::EmitDestroy() const {
  // [D1]
  const std::uint32_t before =
      state_.fetch_or(kDestroyAsked, std::memory_order_acq_rel);
  if ((before & kDestroyAsked) != 0) {
    throw std::logic_error("AsyncResource::EmitDestroy: called twice for " +
                           type_ + ", async id " +
                           std::to_string(resource_.async_id()));
  }
  if (before < kOneScope) DeliverDestroy();
}

void ResourceCore::Open() const noexcept {
  // [D1]
  state_.fetch_add(kOneScope, std::memory_order_acq_rel);
}

void ResourceCore::Close() const noexcept {
  // [D1]
  const std::uint32_t before =
      state_.fetch_sub(kOneScope, std::memory_order_acq_rel);
  if (before == (kOneScope | kDestroyAsked)) DeliverDestroy();
}

void ResourceCore::DeliverDestroy() const noexcept {
  // [D1] A scope opened after the event must not cause another.
  const std::uint32_t before =
      state_.fetch_or(kDestroyDelivered, std::memory_order_acq_rel);
  if ((before & kDestroyDelivered) == 0) {
    // const: it lives on, and what is attached to it stays.
    hooks_internal::EmitDestroy(std::as_const(resource_));
  }
}

ResourceScope::OpenScope::OpenScope(ResourceCoreRef scope_core) noexcept
    : core(std::move(scope_core)) {
  core.get()->Open();
}

ResourceScope::OpenScope::~OpenScope() { core.get()->Close(); }

ResourceScope::ResourceScope(ResourceCoreRef core) noexcept
    : open_(std::move(core)),
      execution_(open_.core.get()->resource()),
      frame_(open_.core.get()->frame_.get()) {
  EmitBefore(open_.core.get()->resource());
}

ResourceScope::~ResourceScope() { EmitAfter(open_.core.get()->resource()); }

}  // namespace weft::hooks_internal
