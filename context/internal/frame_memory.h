// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Memory for frames and bindings, which a flow that enters stores makes and
// ends all the time: blocks of two sizes, used again.
//
// Each thread keeps a few free blocks of each size, those that it has freed
// last, until it ends. Whoever frees more gives them to the allocator, and
// whoever has none takes from it, as does everything that is larger. Under the
// sanitizers all comes from the allocator, so that they see each block come and
// go.

#ifndef WEFT_CONTEXT_INTERNAL_FRAME_MEMORY_H_
#define WEFT_CONTEXT_INTERNAL_FRAME_MEMORY_H_

#include <array>
#include <cstddef>
#include <new>

#include "absl/base/config.h"
#include "weft/base/language.h"

namespace weft::context_internal {

// The smaller one has room for a frame of four places, and for the binding of a
// number or a pointer; the larger one for a frame of eight, and for the binding
// of a std::string.
inline constexpr std::array<std::size_t, 2> kFrameBlockSizes = {64, 128};

// Returns the class of blocks for `size`; kFrameBlockSizes.size() if there is
// none.
[[gnu::always_inline]] constexpr std::size_t FrameSizeClass(
    std::size_t size) noexcept {
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
  static_cast<void>(size);
  return kFrameBlockSizes.size();
#else
  std::size_t i = 0;
  while (i < kFrameBlockSizes.size() && size > kFrameBlockSizes[i]) ++i;
  return i;
#endif
}

// A thread's free blocks of one size. When the thread begins, and again when it
// is ending, there are none, but the number says that there are enough: so the
// first that is freed takes the path that makes sure that none is kept longer
// than the thread.
struct FrameStock {
  struct Block {
    Block* next;
  };
  // The most blocks that are kept.
  static constexpr int kMost = 32;

  Block* first = nullptr;
  int count = kMost;

  void Push(void* memory) noexcept {
    first = new (memory) Block{first};
    ++count;
  }
};
extern constinit thread_local std::array<FrameStock, kFrameBlockSizes.size()>
    frame_stocks;

// Frees a block of which the thread has enough.
void FreeOneMore(void* block, std::size_t size_class) noexcept;

// Gives all that the calling thread keeps to the allocator.
void EmptyFrameStocks() noexcept;

// Throws std::bad_alloc. Inline, so that where the size is known its class is.
[[gnu::always_inline]] inline void* AllocateFrame(std::size_t size) {
  const std::size_t size_class = FrameSizeClass(size);
  if (size_class == kFrameBlockSizes.size()) return ::operator new(size);
  FrameStock& stock = frame_stocks[size_class];
  FrameStock::Block* const block = stock.first;
  if (block == nullptr) [[unlikely]]
    return ::operator new(kFrameBlockSizes[size_class]);
  stock.first = block->next;
  --stock.count;
  return block;
}

// `size` is the one given to AllocateFrame(), perhaps on another thread.
[[gnu::always_inline]] inline void FreeFrame(void* memory,
                                             std::size_t size) noexcept {
  const std::size_t size_class = FrameSizeClass(size);
  if (size_class == kFrameBlockSizes.size()) return ::operator delete(memory);
  FrameStock& stock = frame_stocks[size_class];
  if (stock.count >= FrameStock::kMost) [[unlikely]]
    return FreeOneMore(memory, size_class);
  stock.Push(memory);
}

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_FRAME_MEMORY_H_
