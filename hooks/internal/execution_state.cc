// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/execution_state.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "weft/hooks/providers.h"

namespace weft::hooks_internal {
namespace {

bool IsMainThread() noexcept { return getpid() == syscall(SYS_gettid); }

// The resource of a thread outside of all others. It dies with the thread; code
// that runs on the thread after that runs in no resource.
class ThreadRoot {
 public:
  Resource& resource() noexcept { return resource_; }
  ~ThreadRoot() { execution_state = ExecutionState(NoResource()); }

 private:
  Resource resource_{ProviderName(Provider::kThread),
                     IsMainThread() ? kMainAsyncId : kDrawnWhenAsked,
                     kNoAsyncId};
};

}  // namespace

constinit thread_local ExecutionState execution_state;
constinit ImmortalResource no_resource(ProviderName(Provider::kNone),
                                       kNoAsyncId);

Resource& MarkedResource() noexcept {
  if (const TriggerOverride* const found = execution_state.trigger_override()) {
    return found->running;
  }
  thread_local ThreadRoot root;
  execution_state = ExecutionState(root.resource());
  return root.resource();
}

const Resource& MarkedTrigger() noexcept {
  const TriggerOverride* const found = execution_state.trigger_override();
  return found != nullptr ? found->trigger : MarkedResource();
}

}  // namespace weft::hooks_internal
