// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine/left_behind.h"

#include <atomic>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/base/threads/fork_generation.h"

namespace weft::executor_internal {

using base::AtFork;
using base::Mutex;
using base::MutexLock;

namespace {

struct Kept {
  Mutex mutex;
  std::vector<std::shared_ptr<const void>> objects ABSL_GUARDED_BY(mutex);
  const AtFork at_fork{mutex};
};

Kept& GetKept() {
  static Kept& kept = *new Kept;
  return kept;
}

// Made while there is one thread.
[[maybe_unused]] const Kept& kept_made_at_load = GetKept();

}  // namespace

void CheckWorkersCanBeHad() {
  static constinit std::atomic<int> first{-1};
  int seen = -1;
  // relaxed: every thread of this process writes the same number there.
  if (!first.compare_exchange_strong(seen, base::ForkGeneration(),
                                     std::memory_order_relaxed,
                                     std::memory_order_relaxed) &&
      seen != base::ForkGeneration()) {
    throw std::logic_error(
        "Executor: made in a child process after fork(), whose parent had "
        "executors: oneTBB starts no threads there; make the first executor "
        "after fork(), or use a ManualExecutor or a BlockingExecutor");
  }
}

void ThrowLeftBehind() {
  throw std::logic_error(
      "Executor: used in a child process, but made before fork(): its threads "
      "are in the parent only; make an executor after fork(), or call exec() "
      "or "
      "_exit()");
}

void KeepForEver(std::shared_ptr<const void> object) {
  Kept& kept = GetKept();
  const MutexLock lock(kept.mutex);
  kept.objects.push_back(std::move(object));
}

}  // namespace weft::executor_internal
