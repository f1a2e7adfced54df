// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/resource.h"

#include <memory>
#include <stdexcept>
#include <utility>

#include "weft/hooks/internal/new_async_id.h"

namespace weft {

using hooks_internal::AttachedState;
using hooks_internal::IsEnd;

AsyncId Resource::DrawId() const noexcept {
  AsyncId known = hooks_internal::kDrawnWhenAsked;
  const AsyncId drawn = hooks_internal::NewAsyncId();
  // relaxed: see async_id(). Of several threads that ask at once, one decides.
  return async_id_.compare_exchange_strong(
             known, drawn, std::memory_order_relaxed, std::memory_order_relaxed)
             ? drawn
             : known;
}

AttachedState* Resource::FindState(std::uint64_t key) const noexcept {
  AttachedState* state = state_;
  while (!IsEnd(state) && state->key != key) state = state->next;
  return IsEnd(state) ? nullptr : state;
}

void Resource::AttachState(AttachedState* state) {
  std::unique_ptr<AttachedState> owned(state);
  if (async_id() == kNoAsyncId) {
    throw std::logic_error(
        "ResourceState::Set: nothing is executing here (async id 0), so there "
        "is no resource to attach state to");
  }
  AttachedState** place = &state_;
  while (!IsEnd(*place) && (*place)->key != state->key) {
    place = &(*place)->next;
  }
  if (IsEnd(*place)) {
    state->next = *place;
    *place = owned.release();
    return;
  }
  state->next = (*place)->next;
  // The old state goes last: its destructor may call back.
  owned.reset(std::exchange(*place, owned.release()));
}

void Resource::DestroyState() noexcept {
  while (!IsEnd(state_)) {
    const std::unique_ptr<AttachedState> first(state_);
    state_ = first->next;
  }
}

}  // namespace weft
