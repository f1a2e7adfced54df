// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/async_resource.h"

#include <stdexcept>

#include "weft/hooks/internal/execution_state.h"

namespace weft {

using hooks_internal::ResourceCore;

AsyncResource::AsyncResource(std::string_view type,
                             AsyncResourceOptions options,
                             std::source_location where)
    : core_(
          ResourceCore::Make(type,
                             options.trigger_async_id
                                 ? *options.trigger_async_id
                                 : hooks_internal::DefaultTrigger().async_id(),
                             options.require_manual_destroy
                                 ? ResourceCore::Destroy::kManual
                                 : ResourceCore::Destroy::kWithLastReference,
                             where)) {}

AsyncResource& AsyncResource::EmitDestroy() {
  core().EmitDestroy();
  return *this;
}

const ResourceCore& AsyncResource::core() const {
  if (core_.get() == nullptr) {
    throw std::logic_error("AsyncResource: used after being moved from");
  }
  return *core_.get();
}

}  // namespace weft
