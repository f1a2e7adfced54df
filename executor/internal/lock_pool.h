// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Locks for objects that have none of their own: because there are too many of
// them, or because they may be gone before who has locked one for them unlocks
// it.

#ifndef WEFT_EXECUTOR_INTERNAL_LOCK_POOL_H_
#define WEFT_EXECUTOR_INTERNAL_LOCK_POOL_H_

#include "weft/context/internal/mutex.h"

namespace weft::executor_internal {

// The lock for what is at that address, which it shares with others: who holds
// one takes no other lock and calls nothing of the user's. It outlives all, and
// fork() waits for it.
context_internal::Mutex& PooledLock(const void* address) noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_LOCK_POOL_H_
