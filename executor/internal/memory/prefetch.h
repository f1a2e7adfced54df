// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_EXECUTOR_INTERNAL_MEMORY_PREFETCH_H_
#define WEFT_EXECUTOR_INTERNAL_MEMORY_PREFETCH_H_

#include "weft/base/language.h"

namespace weft::executor_internal {

// Begins to fetch the two cache lines of a small task, to be written soon. The
// task may be gone: nothing is read.
inline void PrefetchTask(const void* task) noexcept {
  constexpr int kToWrite = 1;
  __builtin_prefetch(task, kToWrite);
  __builtin_prefetch(static_cast<const char*>(task) + 64, kToWrite);
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_MEMORY_PREFETCH_H_
