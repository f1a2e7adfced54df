// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task_scope.h"

#include <utility>

#include "weft/context/internal/check.h"
#include "weft/hooks/internal/emit.h"

namespace weft::executor_internal {

TaskOrigin::TaskOrigin(Provider provider, std::source_location where)
    : TaskOrigin(provider, hooks_internal::DefaultTrigger(), where) {}

TaskOrigin::TaskOrigin(Provider provider, AsyncId trigger_async_id,
                       std::source_location where)
    : frame_(context_internal::CaptureFrame()),
      resource_(ProviderName(provider), hooks_internal::NewAsyncId(),
                trigger_async_id, where) {}

void TaskOrigin::EmitInit() noexcept { hooks_internal::EmitInit(resource_); }

TaskScope::TaskScope(TaskOrigin& origin, Purpose purpose) noexcept
    : last_step_{origin.resource_},
      purpose_(purpose),
      execution_(origin.resource_),
      frame_(std::move(origin.frame_)) {
  if (purpose_ == Purpose::kRun) {
    hooks_internal::EmitBefore(last_step_.resource);
  }
}

TaskScope::~TaskScope() {
  if (purpose_ == Purpose::kRun) {
    hooks_internal::EmitAfter(last_step_.resource);
  }
}

void TaskScope::EmitPromiseResolve() noexcept {
  hooks_internal::EmitPromiseResolve(last_step_.resource);
}

TaskScope::LastStep::~LastStep() {
  hooks_internal::EmitDestroy(resource);
  resource.ReleaseState();
}

PromiseOrigin::PromiseOrigin(std::source_location where) noexcept
    : resource_(ProviderName(Provider::kPromise), hooks_internal::NewAsyncId(),
                hooks_internal::DefaultTrigger(), where) {
  hooks_internal::EmitInit(resource_);
}

PromiseOrigin::~PromiseOrigin() { hooks_internal::EmitDestroy(resource_); }

void PromiseOrigin::EmitPromiseResolve() noexcept {
  hooks_internal::EmitPromiseResolve(resource_);
}

void CheckIdle() noexcept {
  WEFT_DCHECK(context_internal::CurrentFrame() == nullptr,
              "a worker kept the context of a task that has ended");
}

}  // namespace weft::executor_internal
