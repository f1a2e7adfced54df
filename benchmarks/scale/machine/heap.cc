// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/scale/machine/heap.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "weft/benchmarks/scale/machine/machine_state.h"

namespace weft::scale {
namespace {

constexpr std::uintptr_t kBegin = 0x2000'0000'0000;
constexpr std::size_t kBytes = std::size_t{64} << 30;
constexpr std::size_t kChunk = 64 * 1024;
constexpr std::size_t kSmall = 1024;  // in steps of 16 bytes up to here
constexpr std::size_t kSmallClasses = kSmall / 16;
constexpr std::size_t kClasses = kSmallClasses + 32;  // then powers of two

struct Block {
  Block* next;
};
struct Arena {
  std::array<Block*, kClasses> free{};
};

std::size_t used = 0;  // of the region
bool is_mapped = false;
std::array<Arena, Topology::kMaxProcessors> arenas;
// By chunk, the class of the blocks that begin in it.
std::array<std::uint8_t, kBytes / kChunk> classes;

std::size_t ClassOf(std::size_t bytes) noexcept {
  if (bytes <= kSmall) return (std::max<std::size_t>(bytes, 1) - 1) / 16;
  return kSmallClasses + static_cast<std::size_t>(std::bit_width(bytes - 1)) -
         11;
}
std::size_t BytesOf(std::size_t size_class) noexcept {
  if (size_class < kSmallClasses) return (size_class + 1) * 16;
  return std::size_t{1} << (size_class - kSmallClasses + 11);
}

void* TakeChunks(std::size_t bytes) {
  if (!is_mapped) {
    void* const memory = ::mmap(
        reinterpret_cast<void*>(kBegin), kBytes, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
        0);
    if (memory != reinterpret_cast<void*>(kBegin)) throw std::bad_alloc();
    is_mapped = true;
  }
  bytes = (bytes + kChunk - 1) / kChunk * kChunk;
  // Large blocks are powers of two, and aligned to their size.
  if (std::has_single_bit(bytes)) used = (used + bytes - 1) / bytes * bytes;
  if (used > kBytes || bytes > kBytes - used) throw std::bad_alloc();
  void* const memory = reinterpret_cast<void*>(kBegin + used);
  used += bytes;
  return memory;
}

bool IsOurs(const void* memory) noexcept {
  return reinterpret_cast<std::uintptr_t>(memory) - kBegin < kBytes;
}
std::size_t ChunkOf(const void* memory) noexcept {
  return (reinterpret_cast<std::uintptr_t>(memory) - kBegin) / kChunk;
}

void* Take(std::size_t size_class, int processor) {
  Block*& free = arenas[static_cast<std::size_t>(processor)].free[size_class];
  if (free == nullptr) {
    const std::size_t bytes = BytesOf(size_class);
    char* const chunk = static_cast<char*>(TakeChunks(bytes));
    classes[ChunkOf(chunk)] = static_cast<std::uint8_t>(size_class);
    if (bytes >= kChunk) return chunk;
    for (std::size_t count = kChunk / bytes; count > 0; --count) {
      auto* const block = reinterpret_cast<Block*>(chunk + (count - 1) * bytes);
      block->next = free;
      free = block;
    }
  }
  Block* const block = free;
  free = block->next;
  return block;
}

void* Allocate(std::size_t bytes, std::size_t alignment) {
  const InSimulator simulator;
  Thread* const thread = simulator.thread;
  if (thread == nullptr) {
    void* const memory =
        alignment <= 16
            ? std::malloc(std::max<std::size_t>(bytes, 1))
            : std::aligned_alloc(
                  alignment, (bytes + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  thread->clock += machine->options.prices.allocation;
  if (alignment > 16) {
    bytes =
        std::max((bytes + alignment - 1) / alignment * alignment, alignment);
  }
  return Take(ClassOf(bytes), thread->processor);
}

void Free(void* memory) noexcept {
  if (!IsOurs(memory)) return std::free(memory);
  const InSimulator simulator;
  Thread* const thread = simulator.thread;
  if (thread == nullptr) return;
  thread->clock += machine->options.prices.allocation;
  const std::size_t size_class = classes[ChunkOf(memory)];
  if (BytesOf(size_class) >= kChunk) return;  // few; not used again
  auto* const block = static_cast<Block*>(memory);
  Block*& free =
      arenas[static_cast<std::size_t>(thread->processor)].free[size_class];
  block->next = free;
  free = block;
}

}  // namespace

void* AllocateStack(std::size_t bytes) { return TakeChunks(bytes); }

}  // namespace weft::scale

void* operator new(std::size_t bytes) {
  return weft::scale::Allocate(bytes, 16);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return weft::scale::Allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return weft::scale::Allocate(bytes, 16);
}
void operator delete(void* memory) noexcept { weft::scale::Free(memory); }
void operator delete(void* memory, std::size_t) noexcept {
  weft::scale::Free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  weft::scale::Free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  weft::scale::Free(memory);
}
