// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/sync/async_semaphore.h"

#include <stdexcept>
#include <string>

#include "weft/executor/internal/engine/submission.h"

namespace weft {

using executor_internal::EngineOf;
using executor_internal::SemaphoreCore;
using executor_internal::ShareEngine;

namespace {

std::size_t Checked(std::size_t permits) {
  if (permits == 0) {
    throw std::invalid_argument(
        "AsyncSemaphore: permits is 0; it must be at least 1, or nobody would "
        "ever get one");
  }
  return permits;
}

void CheckCount(const char* function, std::size_t count, std::size_t permits) {
  if (count >= 1 && count <= permits) return;
  throw std::invalid_argument(
      std::string("AsyncSemaphore::") + function + ": count is " +
      std::to_string(count) + "; it must be from 1 to the " +
      std::to_string(permits) + " that the semaphore has");
}

}  // namespace

AsyncSemaphore::AsyncSemaphore(Executor& executor, std::size_t permits)
    : core_(base::Ref<SemaphoreCore>::Adopt(new SemaphoreCore(
          ShareEngine(EngineOf::Get(executor)), Checked(permits)))) {}

AsyncSemaphore::~AsyncSemaphore() { core_.get()->Close(); }

ValueFuture<AsyncSemaphore::Permits> AsyncSemaphore::Acquire(
    std::size_t count, std::source_location where) {
  CheckCount("Acquire", count, permits());
  return core_.get()->Acquire(count, where);
}

AsyncSemaphore::Permits AsyncSemaphore::TryAcquire(std::size_t count) {
  CheckCount("TryAcquire", count, permits());
  return core_.get()->Try(count);
}

}  // namespace weft
