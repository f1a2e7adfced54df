// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/onetbb/task_arena.h
// -----------------------------------------------------------------------------
//
// `weft::tbb::task_arena` is `tbb::task_arena` whose functions run in the
// context of the caller.
//
// To hooks a function that is enqueued is a resource, "TBB_ENQUEUED_TASK",
// caused by the caller, with init, before, after and destroy. `execute()` is a
// call: it causes no events, and the function runs as the caller's own
// resource.

#ifndef WEFT_ADAPTERS_ONETBB_TASK_ARENA_H_
#define WEFT_ADAPTERS_ONETBB_TASK_ARENA_H_

#include <source_location>
#include <utility>

#include "oneapi/tbb/task_arena.h"
#include "weft/adapters/onetbb/internal/bound_task.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"
#include "weft/adapters/onetbb/task_group.h"

namespace weft {

namespace tbb_internal {

inline constexpr char kEnqueuedTask[] = "TBB_ENQUEUED_TASK";

}  // namespace tbb_internal

namespace tbb {

using ::tbb::attach;

// task_arena
//
// A oneTBB arena, whose other members are inherited. The two below hide
// oneTBB's, which remain for code that sees the arena as a `tbb::task_arena`.
//
// Thread-safety, errors: those of oneTBB's. An exception that leaves an
//   enqueued function ends the process.
class task_arena : public ::tbb::task_arena {
 public:
  using ::tbb::task_arena::task_arena;

  // Queues `f` and returns. It runs in the context that is current now; its
  // captures are destroyed there.
  template <tbb_internal::TaskFunction F>
  void enqueue(F&& f,
               std::source_location where = std::source_location::current()) {
    ::tbb::task_arena::enqueue(tbb_internal::BindTask(
        std::forward<F>(f), tbb_internal::kEnqueuedTask, where));
  }
  // Queues the task of `handle`, whose context is that of
  // `weft::tbb::task_group::defer()`.
  void enqueue(task_handle&& handle) {
    ::tbb::task_arena::enqueue(std::move(handle));
  }

  // Calls `f` in the arena, on this thread or, if the arena has no room for it,
  // on another, and returns its result. Either way it runs as if called here:
  // in the caller's context and resource, and what it enters stays entered.
  template <typename F>
  auto execute(F&& f) -> decltype(f()) {
    tbb_internal::CallerFlow caller;
    return ::tbb::task_arena::execute([&]() -> decltype(f()) {
      const tbb_internal::CallerFlow::Scope scope(caller);
      return f();
    });
  }
};

namespace this_task_arena {

using ::tbb::this_task_arena::current_thread_index;
using ::tbb::this_task_arena::isolate;  // a plain call, on this thread
using ::tbb::this_task_arena::max_concurrency;

// Queues `f` as `task_arena::enqueue()` does, to the arena in which the calling
// thread is.
template <tbb_internal::TaskFunction F>
void enqueue(F&& f,
             std::source_location where = std::source_location::current()) {
  ::tbb::this_task_arena::enqueue(tbb_internal::BindTask(
      std::forward<F>(f), tbb_internal::kEnqueuedTask, where));
}
inline void enqueue(task_handle&& handle) {
  ::tbb::this_task_arena::enqueue(std::move(handle));
}

}  // namespace this_task_arena

}  // namespace tbb
}  // namespace weft

#endif  // WEFT_ADAPTERS_ONETBB_TASK_ARENA_H_
