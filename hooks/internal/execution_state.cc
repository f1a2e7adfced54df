// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/execution_state.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "weft/hooks/providers.h"

namespace weft::hooks_internal {
namespace {

constexpr AsyncId kIdsPerBlock = 1024;

bool IsMainThread() noexcept { return getpid() == syscall(SYS_gettid); }

// The resource of a thread outside of all others. It dies with the thread; code
// that runs on the thread after that runs in no resource.
class ThreadRoot {
 public:
  Resource& resource() noexcept { return resource_; }
  ~ThreadRoot() { execution_state.resource = &NoResource(); }

 private:
  Resource resource_{ProviderName(Provider::kThread),
                     IsMainThread() ? kMainAsyncId : NewAsyncId(), kNoAsyncId};
};

}  // namespace

constinit thread_local ExecutionState execution_state{nullptr, kNoAsyncId, 0,
                                                      0};
constinit ImmortalResource no_resource(ProviderName(Provider::kNone),
                                       kNoAsyncId);

Resource& MakeThreadRoot() noexcept {
  thread_local ThreadRoot root;
  execution_state.resource = &root.resource();
  return root.resource();
}

AsyncId RefillIds() noexcept {
  static constinit std::atomic<AsyncId> next_block{kMainAsyncId + 1};
  // relaxed: only uniqueness is asked of it.
  const AsyncId first =
      next_block.fetch_add(kIdsPerBlock, std::memory_order_relaxed);
  execution_state.next_id = first + 1;
  execution_state.end_id = first + kIdsPerBlock;
  return first;
}

}  // namespace weft::hooks_internal
