// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/new_async_id.h"

#include <atomic>

namespace weft::hooks_internal {
namespace {

constexpr AsyncId kIdsPerBlock = 1024;

// The rest of the thread's block.
struct IdBlock {
  AsyncId next = 0;
  AsyncId end = 0;
};
constinit thread_local IdBlock id_block;

}  // namespace

AsyncId NewAsyncId() noexcept {
  static constinit std::atomic<AsyncId> next_block{kMainAsyncId + 1};
  IdBlock& block = id_block;
  if (block.next == block.end) [[unlikely]] {
    // relaxed: only uniqueness is asked of it.
    block.next = next_block.fetch_add(kIdsPerBlock, std::memory_order_relaxed);
    block.end = block.next + kIdsPerBlock;
  }
  return block.next++;
}

}  // namespace weft::hooks_internal
