// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Locks for objects that have none of their own: because there are too many of
// them, or because they may be gone before who has locked one for them unlocks
// it.

#ifndef WEFT_BASE_LOCK_POOL_H_
#define WEFT_BASE_LOCK_POOL_H_

#include "weft/base/mutex.h"

namespace weft::base {

// The lock for what is at that address, which it shares with others: who holds
// one takes no other lock and calls nothing of the user's. It outlives all, and
// fork() waits for it.
Mutex& PooledLock(const void* address) noexcept;

}  // namespace weft::base

#endif  // WEFT_BASE_LOCK_POOL_H_
