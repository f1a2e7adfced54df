// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Locks for objects that have none of their own: because there are too many of
// them, or because an object may be gone before the thread that locked it
// unlocks.

#ifndef WEFT_BASE_SYNC_LOCK_POOL_H_
#define WEFT_BASE_SYNC_LOCK_POOL_H_

#include "weft/base/sync/mutex.h"

namespace weft::base {

// Returns the lock for the object at that address, which shares it with other
// objects: a thread that holds one takes no other lock and calls no user code.
// The lock outlives all objects, and fork() waits for it.
Mutex& PooledLock(const void* address) noexcept;

}  // namespace weft::base

#endif  // WEFT_BASE_SYNC_LOCK_POOL_H_
