// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/asymmetric_fence.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "weft/context/internal/check.h"

namespace weft::context_internal {
namespace {

bool Membarrier(membarrier_cmd command) noexcept {
  return syscall(SYS_membarrier, command, 0, 0) == 0;
}

bool Register() noexcept {
  return Membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

bool Decide() noexcept {
  // Also tried, as a filter may look at the command.
  const bool has_membarrier =
      Register() && Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  // [F1] The decision is made; what follows it is in HeavyFence().
  light_fence_is_free.store(has_membarrier, std::memory_order_relaxed);
  return has_membarrier;
}

}  // namespace

constinit std::atomic<bool> light_fence_is_free{false};

void HeavyFence() noexcept {
  static const bool has_membarrier = Decide();
  if (!has_membarrier) {
    FullBarrier();
    return;
  }
  if (Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) [[likely]]
    return;
  // The kernel may be short of memory for once.
  WEFT_CHECK(Register() && Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED),
             "membarrier is refused after it was granted; call HeavyFence(), "
             "as by enabling a hook, only after the process has entered its "
             "sandbox");
}

}  // namespace weft::context_internal
