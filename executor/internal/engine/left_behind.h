// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Executors that fork(2) leaves without threads: a child has a copy of all
// executors, but only the thread that has called fork().

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_LEFT_BEHIND_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_LEFT_BEHIND_H_

#include <memory>

#include "weft/base/threads/fork_generation.h"

namespace weft::executor_internal {

// Call it before oneTBB is first asked for threads. Throws std::logic_error in
// a child of a process that has passed this before: there oneTBB counts threads
// that do not exist, and starts none.
void CheckWorkersCanBeHad();

// The process in which an object was made. Immutable.
class ProcessOfOrigin {
 public:
  // True in a child of it made by fork().
  bool is_left() const noexcept { return base::ForkGeneration() != forks_; }

 private:
  const int forks_ = base::ForkGeneration();
};

// Throws the std::logic_error for an executor whose threads fork() has left
// behind.
[[noreturn]] void ThrowLeftBehind();

// Keeps an object that cannot be destroyed in this process.
void KeepForEver(std::shared_ptr<const void> object);

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_LEFT_BEHIND_H_
