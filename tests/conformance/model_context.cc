// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/model_context.h"

#include <memory>

namespace weft::conformance {

const Entry* ModelContext::Raw(const ObjectRef& storage) const {
  if (frame_ == nullptr) return nullptr;
  const auto found = frame_->find(storage);
  return found == frame_->end() ? nullptr : &found->second;
}

const Entry* ModelContext::Find(const ObjectRef& storage) const {
  const Entry* const entry = Raw(storage);
  if (entry == nullptr || storage->disabled) return nullptr;
  if (rules_.disable_everywhere && entry->epoch != storage->epoch) {
    return nullptr;
  }
  return entry;
}

Value ModelContext::Get(const ObjectRef& storage) const {
  const Entry* const entry = Find(storage);
  if (entry != nullptr) {
    return !entry->value && Is(Flaw::kNoneShowsDefault) ? storage->default_value
                                                        : entry->value;
  }
  if (Is(Flaw::kDisableHidesDefault) && storage->epoch > 0) return {};
  return storage->default_value;
}

void ModelContext::Bind(const ObjectRef& storage, std::optional<Entry> entry) {
  frame_ = frame_ == nullptr ? std::make_shared<Frame>()
                             : std::make_shared<Frame>(*frame_);
  if (entry) {
    frame_->insert_or_assign(storage, *std::move(entry));
  } else {
    frame_->erase(storage);
  }
}

void ModelContext::Enter(const ObjectRef& storage, Value value) {
  storage->disabled = false;
  Bind(storage, Entry{std::move(value), storage->epoch});
}

void ModelContext::EnterWith(const ObjectRef& storage, Value value) {
  if (Is(Flaw::kEnterChangesSharedFrame) && frame_ != nullptr) {
    frame_->insert_or_assign(storage, Entry{value, storage->epoch});
  } else {
    Enter(storage, std::move(value));
  }
}

std::optional<Entry> ModelContext::Prior(const ObjectRef& storage) const {
  if (!rules_.always_scope) return Entry{Get(storage), storage->epoch};
  const Entry* const entry =
      Is(Flaw::kRunRebindsAfterDisable) ? Find(storage) : Raw(storage);
  return entry == nullptr ? std::nullopt : std::optional(*entry);
}

void ModelContext::Disable(const ObjectRef& storage) {
  if (Is(Flaw::kDisableUntilNextUse)) {
    storage->disabled = true;
  } else if (Is(Flaw::kDisableThisFlowOnly)) {
    Bind(storage, std::nullopt);
  } else if (!rules_.disable_everywhere) {
    if (frame_ != nullptr) frame_->erase(storage);
  } else {
    ++storage->epoch;
  }
}

FrameRef ModelContext::Merged(const FrameRef& inner) const {
  auto merged = inner == nullptr ? std::make_shared<Frame>()
                                 : std::make_shared<Frame>(*inner);
  if (frame_ != nullptr) merged->insert(frame_->begin(), frame_->end());
  return merged;
}

}  // namespace weft::conformance
