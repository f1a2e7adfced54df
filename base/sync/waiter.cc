// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/sync/waiter.h"

#include <utility>

#include "weft/base/sync/parker.h"

namespace weft::base {

void WaiterList::Add(Waiter& waiter) noexcept {
  waiter.next = first_;
  waiter.listed = true;
  first_ = &waiter;
}

void WaiterList::Remove(Waiter& waiter) noexcept {
  Waiter** place = &first_;
  while (*place != &waiter) place = &(*place)->next;
  *place = waiter.next;
  waiter.listed = false;
}

Waiter* WaiterList::TakeOne() noexcept {
  Waiter* const taken = first_;
  if (taken != nullptr) Remove(*taken);
  return taken;
}

WaiterList WaiterList::WakeAll() const noexcept {
  WaiterList listeners;
  for (Waiter* waiter = first_; waiter != nullptr;) {
    // Once woken the waiter still has to take the lock; its link is read first
    // all the same.
    Waiter* const next = waiter->next;
    waiter->listed = false;
    if (waiter->parker != nullptr) {
      waiter->parker->Unpark();
    } else {
      waiter->next = std::exchange(listeners.first_, waiter);
    }
    waiter = next;
  }
  return listeners;
}

void WaiterList::CallAll() const noexcept {
  for (Waiter* waiter = first_; waiter != nullptr;) {
    auto& listener = static_cast<Listener&>(*waiter);
    waiter = waiter->next;
    listener.function(listener);
  }
}

}  // namespace weft::base
