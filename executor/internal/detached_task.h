// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A task that nobody waits for.

#ifndef WEFT_EXECUTOR_INTERNAL_DETACHED_TASK_H_
#define WEFT_EXECUTOR_INTERNAL_DETACHED_TASK_H_

#include <exception>
#include <source_location>
#include <utility>

#include "weft/executor/internal/submission.h"
#include "weft/executor/internal/task.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {

template <typename Fn>
class DetachedTask final : public Task {
 public:
  template <typename F>
  DetachedTask(F&& fn, Provider provider, std::source_location where)
      : Task(Form::kTask, provider, TaskOrigin::Hold::kCached, where),
        function_(std::forward<F>(fn)) {}

 private:
  void Call() override { static_cast<void>(function_.Call()); }
  void DropFunction() noexcept override { function_.Drop(); }
  void Fail(std::exception_ptr exception, Engine& engine) noexcept override {
    HandleUnhandled(engine, std::move(exception));
  }
  void Refuse(std::exception_ptr) noexcept override {}
  void Finish() noexcept override {}
  void Dispose() noexcept override { delete this; }

  TaskFunction<Fn> function_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_DETACHED_TASK_H_
