// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A task that nobody waits for.

#ifndef WEFT_EXECUTOR_INTERNAL_FUTURE_DETACHED_TASK_H_
#define WEFT_EXECUTOR_INTERNAL_FUTURE_DETACHED_TASK_H_

#include <exception>
#include <source_location>
#include <utility>

#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {

template <typename Fn>
class DetachedTask final : public FunctionTask<DetachedTask<Fn>> {
 public:
  template <typename F>
  DetachedTask(F&& fn, Provider provider, std::source_location where)
      : DetachedTask(std::forward<F>(fn), provider,
                     TaskOrigin::CaptureFlow(TaskOrigin::Hold::kCached),
                     where) {}

 private:
  friend FunctionTask<DetachedTask>;

  template <typename F>
  [[gnu::always_inline]] inline DetachedTask(F&& fn, Provider provider,
                                             TaskOrigin::Captured captured,
                                             std::source_location where)
      : DetachedTask::FunctionTask(Job::Form::kDetached, provider, captured,
                                   where),
        function_(std::forward<F>(fn)) {}

  void Call() { static_cast<void>(function_.Call()); }
  void DropFunction() noexcept { function_.Drop(); }
  void Fail(std::exception_ptr exception, Engine& engine) noexcept {
    HandleUnhandled(engine, std::move(exception));
  }
  void Dispose() noexcept override { this->FreeEnded(this); }

  TaskFunction<Fn> function_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FUTURE_DETACHED_TASK_H_
