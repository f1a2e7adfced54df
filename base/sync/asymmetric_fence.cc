// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/sync/asymmetric_fence.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "weft/base/check.h"

namespace weft::base {
namespace {

bool Membarrier(membarrier_cmd command) noexcept {
  return syscall(SYS_membarrier, command, 0, 0) == 0;
}

bool Register() noexcept {
  return Membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

enum class Has { kUnknown, kMembarrier, kNothing };

// Not a static local: a child of a fork() during its initialization would wait
// for that for ever.
Has Decide() noexcept {
  static constinit std::atomic<Has> decision{Has::kUnknown};
  // [F1]
  Has has = decision.load(std::memory_order_acquire);
  if (has != Has::kUnknown) [[likely]]
    return has;
  // Tried as well, because a filter may look at the command.
  const Has found = Register() && Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)
                        ? Has::kMembarrier
                        : Has::kNothing;
  // [F1]
  if (decision.compare_exchange_strong(has, found, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
    has = found;
  }
  if (has == Has::kMembarrier) {
    // [F1]
    light_fence_is_free.store(true, std::memory_order_relaxed);
  }
  return has;
}

}  // namespace

constinit std::atomic<bool> light_fence_is_free{false};

void HeavyFence() noexcept {
  if (Decide() == Has::kNothing) {
    FullBarrier();
    return;
  }
  if (Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED)) [[likely]]
    return;
  // The kernel may be short of memory just this once.
  WEFT_CHECK(Register() && Membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED),
             "membarrier is refused after it was granted; call HeavyFence(), "
             "as by enabling a hook, only after the process has entered its "
             "sandbox");
}

}  // namespace weft::base
