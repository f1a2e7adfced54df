// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/asio/executor.h"

#include <utility>
#include <vector>

#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/executor/future.h"
#include "weft/hooks/execution.h"

namespace weft::asio {
namespace {

// The innermost ExecutorContext::RunScope on the calling thread.
constinit thread_local const void* innermost = nullptr;

}  // namespace

ExecutorContext::RunScope::RunScope(const ExecutorContext& context) noexcept
    : context_(context), outer_(static_cast<const RunScope*>(innermost)) {
  innermost = this;
}

ExecutorContext::RunScope::~RunScope() { innermost = outer_; }

ExecutorContext::~ExecutorContext() {
  Join();
  // Services may hold functions, and those may hold executors of this context.
  shutdown();
  destroy();
}

void ExecutorContext::Join() {
  if (IsInside()) {
    throw DeadlockError(
        "ExecutorContext: Join() is called by a function that was given to it, "
        "and that cannot end before Join() returns");
  }
  {
    const base::MutexLock lock(mutex_);
    if (work_ == 0) return;
  }
  Promise<void> done(executor_);  // emits events: not under the lock
  Future<void> future = done.GetFuture();
  {
    const base::MutexLock lock(mutex_);
    if (work_ == 0) return;
    waiters_.push_back(std::move(done));
  }
  future.Get();
}

void ExecutorContext::BeginWork() noexcept {
  const base::MutexLock lock(mutex_);
  ++work_;
}

void ExecutorContext::EndWork() noexcept {
  std::vector<Promise<void>> waiters;
  {
    const base::MutexLock lock(mutex_);
    if (--work_ > 0) return;
    waiters.swap(waiters_);
  }
  for (Promise<void>& waiter : waiters) waiter.SetValue();
}

bool ExecutorContext::IsLimited() noexcept {
  return !Deadline::Current().is_never() ||
         CancellationToken::Current().can_be_cancelled();
}

bool ExecutorContext::IsInside() const noexcept {
  const auto* scope = static_cast<const RunScope*>(innermost);
  while (scope != nullptr && &scope->context_ != this) scope = scope->outer_;
  return scope != nullptr;
}

bool ExecutorContext::IsRunning() const noexcept {
  const auto* const scope = static_cast<const RunScope*>(innermost);
  return scope != nullptr && &scope->context_ == this &&
         scope->async_id_ == ExecutionAsyncId();
}

}  // namespace weft::asio
