// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/manual_engine.h"

namespace weft::executor_internal {

using context_internal::MutexLock;

bool ManualEngine::RunOne() {
  Task* task = nullptr;
  {
    const MutexLock lock(mutex_);
    task = TakeOldest();
  }
  if (task == nullptr) return false;
  Run(*task);
  return true;
}

std::size_t ManualEngine::queued() {
  const MutexLock lock(mutex_);
  return first_.size() + queue_.size();
}

}  // namespace weft::executor_internal
