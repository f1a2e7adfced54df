// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Lets one item at a time through, in the order of their tickets.

#ifndef WEFT_PIPELINES_INTERNAL_IN_ORDER_GATE_H_
#define WEFT_PIPELINES_INTERNAL_IN_ORDER_GATE_H_

#include <cstddef>
#include <map>
#include <utility>

#include "weft/base/language.h"

namespace weft::pipelines_internal {

// `ItemPtr` owns an item. Thread-compatible; its owner has the lock.
template <typename ItemPtr>
class InOrderGate {
 public:
  // For callers that come in the order of arrival.
  std::size_t TakeTicket() noexcept { return tickets_++; }

  // If it is the ticket's turn, the caller is inside, until Leave(). Otherwise
  // takes `item` and keeps it until then. Throws std::bad_alloc.
  bool Enter(std::size_t ticket, ItemPtr& item) {
    if (ticket == next_) return true;
    waiting_.emplace(ticket, std::move(item));
    return false;
  }

  // Returns the item that is inside now, for the caller to carry on; or null.
  ItemPtr Leave() noexcept {
    ++next_;
    const auto first = waiting_.begin();
    if (first == waiting_.end() || first->first != next_) return nullptr;
    ItemPtr item = std::move(first->second);
    waiting_.erase(first);
    return item;
  }

 private:
  std::size_t tickets_ = 0;
  std::size_t next_ = 0;  // whose turn it is, inside or not
  std::map<std::size_t, ItemPtr> waiting_;
};

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_IN_ORDER_GATE_H_
