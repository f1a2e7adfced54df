// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Tells a process from the children that fork(2) makes of it.

#ifndef WEFT_BASE_THREADS_FORK_GENERATION_H_
#define WEFT_BASE_THREADS_FORK_GENERATION_H_

#include <atomic>

#include "weft/base/language.h"

namespace weft::base {

namespace fork_generation_internal {
extern constinit std::atomic<int> generation;
}  // namespace fork_generation_internal

// Returns how many calls of fork() lie between the process that was started and
// this one.
inline int ForkGeneration() noexcept {
  // relaxed: it changes while a child has one thread only.
  return fork_generation_internal::generation.load(std::memory_order_relaxed);
}

}  // namespace weft::base

#endif  // WEFT_BASE_THREADS_FORK_GENERATION_H_
