// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task.h"

#include <utility>

namespace weft::executor_internal {

void Task::Run(Engine& engine) noexcept {
  if (!Begin()) [[unlikely]]
    return Discard(nullptr);
  {
    TaskScope scope(origin_, TaskScope::Purpose::kRun);
    RunFunction(engine);
    DropFunction();
    if (settles_promise()) scope.EmitPromiseResolve();
  }
  Finish();
  Dispose();
}

void Task::RunFunction(Engine& engine) noexcept {
  try {
    Call();
  } catch (...) {
    Fail(std::current_exception(), engine);
  }
}

void Task::Discard(std::exception_ptr why) noexcept {
  {
    const TaskScope scope(origin_, TaskScope::Purpose::kDiscard);
    Refuse(std::move(why));
    DropFunction();
  }
  Finish();
  Dispose();
}

void Task::Abandon() noexcept {
  {
    const TaskScope scope(origin_, TaskScope::Purpose::kDiscard);
    DropFunction();
  }
  Dispose();
}

}  // namespace weft::executor_internal
