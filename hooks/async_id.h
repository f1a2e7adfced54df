// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/async_id.h
// -----------------------------------------------------------------------------
//
// Every resource (a task, a user's `AsyncResource`, a thread's root) has an id,
// never given twice in a process. Ids grow within the thread that makes them;
// between threads their order means nothing. What caused what is told by the
// trigger id, never by comparing ids.
//
// Node counterpart: asyncId. Differs from Node: not one counter but a block of
// ids for each thread, so that making one touches no shared cache line.

#ifndef WEFT_HOOKS_ASYNC_ID_H_
#define WEFT_HOOKS_ASYNC_ID_H_

#include <cstdint>

#include "weft/base/language.h"

namespace weft {

// An id.
using AsyncId = std::uint64_t;

// No resource: outside of everything, as in a destroy callback.
inline constexpr AsyncId kNoAsyncId = 0;
// The main thread outside of any resource. Other threads have roots of their
// own, made at first use.
inline constexpr AsyncId kMainAsyncId = 1;

}  // namespace weft

#endif  // WEFT_HOOKS_ASYNC_ID_H_
