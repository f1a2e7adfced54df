// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task.h"

namespace weft::executor_internal {

void Task::Run(Engine& engine) noexcept {
  {
    TaskScope scope(origin_, TaskScope::Purpose::kRun);
    try {
      Call();
    } catch (...) {
      Fail(std::current_exception(), engine);
    }
    if (settles_promise()) scope.EmitPromiseResolve();
    DropFunction();
  }
  Finish();
  Dispose();
}

void Task::Discard() noexcept {
  {
    const TaskScope scope(origin_, TaskScope::Purpose::kDiscard);
    Refuse();
    DropFunction();
  }
  Finish();
  Dispose();
}

}  // namespace weft::executor_internal
