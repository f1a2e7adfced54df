// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/thread_budget.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "tbb/global_control.h"
#include "tbb/info.h"
#include "weft/context/internal/at_fork.h"
#include "weft/context/internal/mutex.h"

namespace weft::executor_internal {
namespace {

using context_internal::AtFork;
using context_internal::Mutex;
using context_internal::MutexLock;

struct Budget {
  Mutex mutex;
  int threads ABSL_GUARDED_BY(mutex) = 0;
  std::optional<tbb::global_control> control ABSL_GUARDED_BY(mutex);
  const AtFork at_fork{mutex};
};

Budget& GetBudget() {
  // Leaked on purpose: executors may outlive static destruction.
  static Budget& budget = *new Budget;
  return budget;
}

// While there is one thread.
[[maybe_unused]] const Budget& made_at_load = GetBudget();

void Change(int by) {
  Budget& budget = GetBudget();
  const MutexLock lock(budget.mutex);
  budget.threads += by;
  budget.control.reset();
  if (budget.threads == 0) return;
  // Besides what oneTBB's other users have: their algorithms may wait for us.
  budget.control.emplace(
      tbb::global_control::max_allowed_parallelism,
      static_cast<std::size_t>(tbb::info::default_concurrency() +
                               budget.threads));
}

}  // namespace

ThreadShare::ThreadShare(int threads) : threads_(threads) { Change(threads_); }

ThreadShare::~ThreadShare() { Change(-threads_); }

int ThreadShare::available() const {
  const auto limit = static_cast<int>(tbb::global_control::active_value(
      tbb::global_control::max_allowed_parallelism));
  // oneTBB has one thread for enqueued work whatever the limit is.
  return std::clamp(limit - 1, 1, threads_);
}

}  // namespace weft::executor_internal
