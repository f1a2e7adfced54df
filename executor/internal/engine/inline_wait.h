// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Waits that run what they wait for on their own stack.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_INLINE_WAIT_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_INLINE_WAIT_H_

#include <utility>

#include "weft/executor/internal/task/thread_state.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

// Notes that the job which runs here waits, and runs what it waits for on its
// stack. Errors name it. Owner-only.
class InlineWait {
 public:
  InlineWait() noexcept
      : job_(thread_state.running),
        resource_(ExecutionAsyncResource()),
        outer_(std::exchange(thread_state.inline_waits, this)) {}
  InlineWait(const InlineWait&) = delete;
  InlineWait& operator=(const InlineWait&) = delete;
  ~InlineWait() { thread_state.inline_waits = outer_; }

  const RunningJob* job() const noexcept { return job_; }
  const Resource& resource() const noexcept { return resource_; }
  const InlineWait* outer() const noexcept { return outer_; }

 private:
  const RunningJob* const job_;
  const Resource& resource_;
  const InlineWait* const outer_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_INLINE_WAIT_H_
