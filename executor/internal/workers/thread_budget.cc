// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/workers/thread_budget.h"

#include <algorithm>
#include <cstddef>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "tbb/global_control.h"
#include "tbb/info.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"

namespace weft::executor_internal {
namespace {

using base::AtFork;
using base::Mutex;
using base::MutexLock;

using Control = tbb::global_control;

struct Budget {
  Mutex mutex;
  int granted ABSL_GUARDED_BY(mutex) = 0;  // to all shares
  std::unique_ptr<Control> control ABSL_GUARDED_BY(mutex);
  const AtFork at_fork{mutex};
};

Budget& GetBudget() {
  // Leaked on purpose: executors may outlive static destruction.
  static Budget& budget = *new Budget;
  return budget;
}

// Made while there is one thread.
[[maybe_unused]] const Budget& budget_made_at_load = GetBudget();

// oneTBB has at least this many threads, whatever it was asked for when it
// started; for more it prints a warning, and has none.
constexpr int kTbbThreads = 256;

// Grants, or takes back if negative, `threads`, as far as there are any;
// returns how many.
int Change(int threads) {
  Budget& budget = GetBudget();
  const MutexLock lock(budget.mutex);
  // Other users of oneTBB keep theirs: their algorithms may wait for our tasks.
  const int others = tbb::info::default_concurrency();
  const int left = std::max(kTbbThreads - others - budget.granted, 0);
  const int change = std::min(threads, left);
  // The smallest control wins. So none is ever smaller than what is granted:
  // shares that have threads keep them.
  std::unique_ptr<Control> control;
  if (budget.granted + change > 0) {
    control = std::make_unique<Control>(
        Control::max_allowed_parallelism,
        static_cast<std::size_t>(others + budget.granted + change));
  }
  budget.granted += change;
  budget.control.swap(control);
  return change;
}

}  // namespace

ThreadShare::ThreadShare(int threads) : granted_(Change(threads)) {}

ThreadShare::~ThreadShare() { Change(-granted_); }

int ThreadShare::available() const {
  if (granted_ == 0) return 0;
  const auto limit =
      static_cast<int>(Control::active_value(Control::max_allowed_parallelism));
  // oneTBB has one thread for enqueued work whatever the limit is.
  return std::clamp(limit - 1, 1, granted_);
}

}  // namespace weft::executor_internal
