// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/onetbb/parallel_invoke.h
// -----------------------------------------------------------------------------
//
// `weft::tbb::parallel_invoke` is `tbb::parallel_invoke` whose functions run,
// on whichever threads, in the context of the caller.
//
// To hooks the call is one resource, "TBB_PARALLEL_INVOKE". Init and destroy
// come at its beginning and end, before and after around each function.

#ifndef WEFT_ADAPTERS_ONETBB_PARALLEL_INVOKE_H_
#define WEFT_ADAPTERS_ONETBB_PARALLEL_INVOKE_H_

#include <concepts>
#include <source_location>

#include "oneapi/tbb/parallel_invoke.h"
#include "oneapi/tbb/task_group.h"
#include "weft/adapters/onetbb/internal/bound_body.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"

namespace weft {

namespace tbb_internal {

inline ::tbb::task_group_context& Borrow(const AlgorithmCall&,
                                         ::tbb::task_group_context& context) {
  return context;
}

}  // namespace tbb_internal

namespace tbb {

using ::tbb::task_group_context;

// parallel_invoke()
//
// Calls `tbb::parallel_invoke`, which takes two functions or more and, last,
// perhaps a task_group_context. A function starts in the context that was
// current at the call; what it enters ends with it. The caller's context is
// untouched. The resource does not know the place of the call in the source.
//
// Cost, with no hook: about 2 ns for a function; no
// shared count, and no allocation.
// Differs from oneTBB: other work that the caller's thread runs until the call
// returns runs outside of the caller's context.
template <typename... Fns>
  requires(sizeof...(Fns) >= 2)
void parallel_invoke(Fns&&... fns) {
  const tbb_internal::AlgorithmCall call("TBB_PARALLEL_INVOKE", {});
  ::tbb::parallel_invoke(tbb_internal::Borrow(call, fns)...);
}

}  // namespace tbb
}  // namespace weft

#endif  // WEFT_ADAPTERS_ONETBB_PARALLEL_INVOKE_H_
