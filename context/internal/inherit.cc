// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/inherit.h"

#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "weft/context/internal/binding.h"
#include "weft/context/internal/bound_store.h"

namespace weft::context_internal {
namespace {

BindingRef InheritBinding(const Binding& binding) {
  if (!binding.is_current()) return {};
  if (binding.rule() == Rule::kNever) return {};
  if (binding.rule() != Rule::kCopy || binding.value() == nullptr) {
    return BindingRef::Share(&binding);
  }
  // Null if the storage has been destroyed or disabled.
  const std::shared_ptr<const BindingCopier> copier =
      binding.slot().CopierOf(binding.key());
  return copier == nullptr ? BindingRef() : copier->Copy(binding);
}

FrameRef WithCopies(FrameRef frame) {
  // A copy may submit: if that copied too, it would never end.
  BoundStore suppression(SuppressionSlot(), std::optional<char>());
  const BoundStoreScope scope(suppression);
  return frame.get()->Inherit(&InheritBinding);
}

}  // namespace

Inherited InheritOther() {
  FrameRef frame = CaptureFrame();
  if (frame.get() == nullptr || frame.get()->is_plain()) {
    return {std::move(frame), false};
  }
  if (frame.get()->has_rule(Rule::kSuppress)) return {{}, false};
  if (frame.get()->has_rule(Rule::kCopy)) {
    return {WithCopies(std::move(frame)), true};
  }
  return {frame.get()->WithoutNever(), false};
}

const StorageSlot& SuppressionSlot() {
  static constinit std::atomic<const StorageSlot*> slot{nullptr};
  return StorageSlot::AcquireOnce(slot, Rule::kSuppress, "suppressed flow");
}

}  // namespace weft::context_internal
