// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The source of async ids.

#ifndef WEFT_HOOKS_INTERNAL_NEW_ASYNC_ID_H_
#define WEFT_HOOKS_INTERNAL_NEW_ASYNC_ID_H_

#include "weft/hooks/async_id.h"

namespace weft::hooks_internal {

// Returns the next id of the calling thread's block. Out of line: most tasks
// are never asked for theirs (resource.h).
AsyncId NewAsyncId() noexcept;

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_NEW_ASYNC_ID_H_
