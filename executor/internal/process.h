// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Which process this is. A child made by fork() has a copy of all executors,
// but of the threads only the one that has called it.

#ifndef WEFT_EXECUTOR_INTERNAL_PROCESS_H_
#define WEFT_EXECUTOR_INTERNAL_PROCESS_H_

#include <atomic>
#include <memory>

#include "weft/context/internal/language.h"

namespace weft::executor_internal {

namespace process_internal {
extern constinit std::atomic<int> forks;
}  // namespace process_internal

// How many calls of fork() lie between the process that was started and this
// one.
inline int Forks() noexcept {
  // relaxed: it changes while a child has one thread only.
  return process_internal::forks.load(std::memory_order_relaxed);
}

// Before oneTBB is first asked for threads. Throws std::logic_error in a child
// of a process that has passed this before: oneTBB counts threads there that
// are not, and starts none.
void CheckWorkersCanBeHad();

// Throws std::logic_error: an executor is used whose threads fork() has left
// behind.
[[noreturn]] void ThrowLeftBehind();

// Keeps what cannot be destroyed in this process.
void KeepForEver(std::shared_ptr<const void> object);

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_PROCESS_H_
