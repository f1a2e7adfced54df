// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/patterns/task_scope.h"

#include "weft/executor/errors.h"

namespace weft {

using base::MutexLock;

namespace {

bool SaysCancelled(const std::exception_ptr& failure) noexcept {
  try {
    std::rethrow_exception(failure);
  } catch (const CancelledError&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

void TaskScope::Begin() noexcept {
  const MutexLock lock(mutex_);
  ++running_;
}

void TaskScope::End(const std::exception_ptr& failure) noexcept {
  const bool counts =
      failure != nullptr && !(source_.is_cancelled() && SaysCancelled(failure));
  bool is_first = false;
  if (counts) {
    const MutexLock lock(mutex_);
    is_first = failure_ == nullptr;
    if (is_first) failure_ = failure;
  }
  if (is_first) Cancel();
  {
    const MutexLock lock(mutex_);
    if (--running_ != 0) return;
  }
  all_ended_.Set();
}

std::exception_ptr TaskScope::failure() noexcept {
  const MutexLock lock(mutex_);
  return failure_;
}

}  // namespace weft
