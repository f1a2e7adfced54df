// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Sleeping until another thread has news.

#ifndef WEFT_EXECUTOR_INTERNAL_PARKER_H_
#define WEFT_EXECUTOR_INTERNAL_PARKER_H_

#include "absl/base/thread_annotations.h"
#include "weft/context/internal/mutex.h"

namespace weft::executor_internal {

// A permit that is there or not. Park() is its owner's, Unpark() anybody's; the
// owner must see to it that nobody can still call Unpark() when it is
// destroyed.
class Parker {
 public:
  // Waits until there is a permit, and takes it.
  void Park();
  // Leaves a permit, if there is none.
  void Unpark();

 private:
  context_internal::Mutex mutex_;
  context_internal::CondVar condition_;
  bool permit_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_PARKER_H_
