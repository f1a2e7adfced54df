// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/async_id.h
// -----------------------------------------------------------------------------
//
// Every resource (a task, a user's `AsyncResource`, a thread's root) has an id,
// which is never given twice in a process. Ids grow within the thread that
// draws them; between threads their order means nothing. A task gets its id
// when somebody asks for it: a hook, at init, or whoever calls `async_id()`.
// The trigger id tells which resource caused which; comparing ids does not.
//
// Node counterpart: asyncId. Differs from Node: not one counter but a block of
// ids for each thread, so that making one touches no shared cache line.

#ifndef WEFT_HOOKS_ASYNC_ID_H_
#define WEFT_HOOKS_ASYNC_ID_H_

#include <cstdint>

#include "weft/base/language.h"

namespace weft {

// The id of a resource.
using AsyncId = std::uint64_t;

// The id that stands for no resource, as in a destroy callback.
inline constexpr AsyncId kNoAsyncId = 0;
// The id of the main thread outside of any resource. Other threads have roots
// of their own, which are made at first use.
inline constexpr AsyncId kMainAsyncId = 1;

}  // namespace weft

#endif  // WEFT_HOOKS_ASYNC_ID_H_
