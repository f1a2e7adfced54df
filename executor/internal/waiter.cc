// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/waiter.h"

#include <utility>

#include "weft/executor/internal/parker.h"

namespace weft::executor_internal {

bool WaiterList::Remove(Waiter& waiter) noexcept {
  for (Waiter** place = &first_; *place != nullptr; place = &(*place)->next) {
    if (*place == &waiter) {
      *place = waiter.next;
      return true;
    }
  }
  return false;
}

void WaiterList::WakeOne() {
  if (first_ == nullptr) return;
  Waiter* const woken = std::exchange(first_, first_->next);
  woken->parker.Unpark();
}

void WaiterList::WakeAll() {
  while (first_ != nullptr) WakeOne();
}

}  // namespace weft::executor_internal
