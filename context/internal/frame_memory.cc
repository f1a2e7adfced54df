// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/frame_memory.h"

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace weft::context_internal {
namespace {

constinit thread_local bool stocks_are_kept = false;
constinit thread_local bool stocks_are_over = false;  // the thread is ending

// Empties the stocks at the end of the thread; destructors that come later keep
// nothing.
class StockGuard {
 public:
  void Arm() noexcept { armed_ = true; }
  ~StockGuard() {
    if (!armed_) return;
    stocks_are_over = true;
    EmptyFrameStocks();
  }

 private:
  bool armed_ = false;
};

constinit thread_local StockGuard stock_guard;

}  // namespace

constinit thread_local std::array<FrameStock, kFrameBlockSizes.size()>
    frame_stocks;

void FreeOneMore(void* block, std::size_t size_class) noexcept {
  if (stocks_are_kept || stocks_are_over) return ::operator delete(block);
  stock_guard.Arm();
  stocks_are_kept = true;
  for (FrameStock& stock : frame_stocks) stock.count = 0;
  frame_stocks[size_class].Push(block);
}

void EmptyFrameStocks() noexcept {
  stocks_are_kept = false;
  for (FrameStock& stock : frame_stocks) {
    FrameStock::Block* block = std::exchange(stock, {}).first;
    while (block != nullptr) {
      ::operator delete(std::exchange(block, block->next));
    }
  }
}

}  // namespace weft::context_internal
