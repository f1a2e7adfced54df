// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/async_hook.h"

#include <memory>
#include <stdexcept>
#include <utility>

#include "weft/hooks/internal/hook_list.h"
#include "weft/hooks/internal/hook_registry.h"

namespace weft {

using hooks_internal::Hook;
using hooks_internal::HookRegistry;

AsyncHook CreateHook(HookCallbacks callbacks, HookOptions options) {
  return AsyncHook(
      std::make_shared<Hook>(std::move(callbacks), std::move(options)));
}

AsyncHook::AsyncHook(std::shared_ptr<Hook> hook) noexcept
    : hook_(std::move(hook)) {}

AsyncHook& AsyncHook::operator=(AsyncHook&& other) noexcept {
  AsyncHook taken(std::move(other));
  std::swap(hook_, taken.hook_);
  return *this;
}

const std::shared_ptr<Hook>& AsyncHook::hook() const {
  if (hook_ == nullptr) {
    throw std::logic_error("AsyncHook: used after being moved from");
  }
  return hook_;
}

AsyncHook::~AsyncHook() {
  if (hook_ != nullptr) HookRegistry::Get().Retire(hook_);
}

AsyncHook& AsyncHook::Enable() & {
  HookRegistry::Get().Enable(hook());
  return *this;
}

AsyncHook&& AsyncHook::Enable() && { return std::move(Enable()); }

AsyncHook& AsyncHook::Disable() {
  HookRegistry::Get().Disable(hook());
  return *this;
}

void AsyncHook::DisableAndWait() { HookRegistry::Get().DisableAndWait(hook()); }

}  // namespace weft
