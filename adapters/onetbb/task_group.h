// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/onetbb/task_group.h
// -----------------------------------------------------------------------------
//
// `weft::tbb::task_group` is `tbb::task_group` whose tasks run in the context
// that was current where they were given to it.
//
// Example:
//
//   weft::tbb::task_group group;
//   request_id.Run(RequestId{42}, [&] {
//     group.run([&] { Log(*request_id.GetStore()); });  // logs 42
//   });
//   group.wait();
//
// To hooks each task is a resource, "TBB_TASK", caused by its submitter. Init
// comes at the submission, before and after around its run, destroy after that,
// or when it is dropped. All have come before `wait()` returns.

#ifndef WEFT_ADAPTERS_ONETBB_TASK_GROUP_H_
#define WEFT_ADAPTERS_ONETBB_TASK_GROUP_H_

#include <concepts>
#include <functional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "oneapi/tbb/task_group.h"
#include "weft/adapters/onetbb/internal/bound_task.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"

namespace weft {

namespace tbb_internal {

inline constexpr char kTask[] = "TBB_TASK";

// A type of function that is no task_handle.
template <typename F>
concept TaskFunction =
    !std::same_as<std::remove_cvref_t<F>, ::tbb::task_handle>;

}  // namespace tbb_internal

namespace tbb {

using ::tbb::canceled;
using ::tbb::complete;
using ::tbb::is_current_task_group_canceling;
using ::tbb::not_complete;
using ::tbb::task_group_context;
using ::tbb::task_group_status;
using ::tbb::task_handle;

// task_group
//
// A group of tasks. Members, meaning, exceptions and cancellation are those of
// oneTBB's, except for a last parameter, the place of the call, which the
// caller leaves out. What a task enters ends with it; its captures are
// destroyed in its context, when it has run or when it is dropped, before
// `wait()` returns.
//
// Thread-safety: that of oneTBB's.
// Cost: one allocation more for each task than with oneTBB's.
// Differs from oneTBB: work that the waiting thread runs meanwhile, and that is
//   no task of Weft's, runs outside of the waiter's context.
class task_group {
 public:
  task_group() : group_() {}
  explicit task_group(task_group_context& context) : group_(context) {}
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;
  // Cancels and waits if there are tasks, and then throws `tbb::missing_wait`
  // unless an exception is in flight, as oneTBB's does.
  ~task_group() noexcept(false) {
    const tbb_internal::OutsideScope outside;
    group_.~task_group();
  }

  template <tbb_internal::TaskFunction F>
  void run(F&& f,
           std::source_location where = std::source_location::current()) {
    group_.run(
        tbb_internal::BindTask(std::forward<F>(f), tbb_internal::kTask, where));
  }
  // Runs the task of `handle`, which is from `defer()` of this group. The
  // task's context is that of `defer()`.
  void run(task_handle&& handle) { group_.run(std::move(handle)); }

  template <typename F>
  task_handle defer(
      F&& f, std::source_location where = std::source_location::current()) {
    return group_.defer(
        tbb_internal::BindTask(std::forward<F>(f), tbb_internal::kTask, where));
  }

  template <tbb_internal::TaskFunction F>
  task_group_status run_and_wait(
      const F& f,
      std::source_location where = std::source_location::current()) {
    const auto task =
        tbb_internal::BindTask(std::cref(f), tbb_internal::kTask, where);
    const tbb_internal::OutsideScope outside;
    return group_.run_and_wait(task);
  }
  task_group_status run_and_wait(task_handle&& handle) {
    const tbb_internal::OutsideScope outside;
    return group_.run_and_wait(std::move(handle));
  }

  task_group_status wait() {
    const tbb_internal::OutsideScope outside;
    return group_.wait();
  }

  void cancel() { group_.cancel(); }

 private:
  // The group is destroyed by hand, as it may have to wait.
  union {
    ::tbb::task_group group_;
  };
};

}  // namespace tbb
}  // namespace weft

#endif  // WEFT_ADAPTERS_ONETBB_TASK_GROUP_H_
