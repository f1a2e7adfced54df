// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/profiler/profiler_scope.h
// -----------------------------------------------------------------------------
//
// `ProfilerScope` tells profilers of what the calling code has entered since
// its task began: a `ProfilerRecords` (profiler_records.h) by itself shows a
// context as it was at the begin of the task.
//
// Example:
//
//   route.Run("/cart", [&] {
//     const weft::ProfilerScope shown;
//     Serve(request);  // samples of it have http.route=/cart
//   });
//
// Node counterpart: none.

#ifndef WEFT_ADAPTERS_PROFILER_PROFILER_SCOPE_H_
#define WEFT_ADAPTERS_PROFILER_PROFILER_SCOPE_H_

#include "weft/adapters/profiler/internal/thread_records.h"

namespace weft {

// ProfilerScope
//
// From its construction until its end, the calling thread shows the trace and
// the labels that are current where it is made; then again what it showed
// before. It is a local variable of code that stays on one thread meanwhile: a
// coroutine that is resumed on another thread shows there what its task shows.
//
// Thread-safety: owner-only; to be destroyed on the thread that made it, the
//   innermost first. One that is destroyed elsewhere or later changes nothing
//   there.
// Lifetime: it may be older or younger than the `ProfilerRecords`; without one
//   it does nothing.
// Cost: without a `ProfilerRecords` two loads, otherwise that of a task's
//   record.
// Errors: none. Without memory for records the thread shows none.
class ProfilerScope {
 public:
  // Shows the calling flow as it is now.
  ProfilerScope() noexcept { profiler_internal::BeginScope(this); }
  ProfilerScope(const ProfilerScope&) = delete;
  ProfilerScope& operator=(const ProfilerScope&) = delete;
  // Shows what was shown before.
  ~ProfilerScope() { profiler_internal::EndScope(this); }
};

}  // namespace weft

#endif  // WEFT_ADAPTERS_PROFILER_PROFILER_SCOPE_H_
