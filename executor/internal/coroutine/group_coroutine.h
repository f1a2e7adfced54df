// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A coroutine as one of a group's tasks.

#ifndef WEFT_EXECUTOR_INTERNAL_COROUTINE_GROUP_COROUTINE_H_
#define WEFT_EXECUTOR_INTERNAL_COROUTINE_GROUP_COROUTINE_H_

#include <coroutine>
#include <exception>
#include <utility>

#include "weft/executor/internal/coroutine/coroutine_promise.h"
#include "weft/executor/internal/coroutine/coroutine_task.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/group_task.h"
#include "weft/hooks/async_id.h"

namespace weft::executor_internal {

// Tells `group` that a coroutine will not be started, and why: one that was
// cancelled is counted as such.
void TellOfUnstarted(GroupState& group, std::exception_ptr why) noexcept;

// Owns the coroutine, and itself, until it has ended.
template <typename T>
class GroupCoroutine final : public CoroutineWaiter {
 public:
  // Makes a thread of `engine` start `coroutine`. Throws ShutdownError and
  // std::bad_alloc; then the coroutine is dropped, and the group as before.
  static void Start(Engine& engine, GroupState& group,
                    OwnedCoroutine<T> coroutine) {
    auto* const self = new GroupCoroutine(group, std::move(coroutine));
    CoroutineTask& task = self->coroutine_.task();
    task.set_waiter(*self, &group.completion());
    group.completion().Add();
    try {
      Requeue(engine, task);
    } catch (...) {
      self->End();
      throw;
    }
  }

 private:
  GroupCoroutine(GroupState& group, OwnedCoroutine<T> coroutine)
      : group_(group), coroutine_(std::move(coroutine)) {}
  ~GroupCoroutine() = default;

  void Ended(std::coroutine_handle<>) noexcept override {
    if (std::exception_ptr failure = coroutine_.promise().TakeException()) {
      group_.AddFailure(std::move(failure));
    }
    End();
  }
  void Refused(std::exception_ptr why) noexcept override {
    TellOfUnstarted(group_, std::move(why));
    End();
  }
  void Destroyed(AsyncId async_id) noexcept override {
    coroutine_.Forget();
    group_.AddFailure(BrokenError(async_id));
    End();
  }

  // The coroutine goes before the group hears of its end.
  void End() noexcept {
    GroupState& group = group_;
    delete this;
    group.completion().Finish();
  }

  GroupState& group_;
  OwnedCoroutine<T> coroutine_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_GROUP_COROUTINE_H_
