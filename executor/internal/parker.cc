// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/parker.h"

namespace weft::executor_internal {

using context_internal::MutexLock;

void Parker::Park() {
  const MutexLock lock(mutex_);
  while (!permit_) condition_.Wait(mutex_);
  permit_ = false;
}

void Parker::Unpark() {
  const MutexLock lock(mutex_);
  permit_ = true;
  condition_.NotifyOne();
}

}  // namespace weft::executor_internal
