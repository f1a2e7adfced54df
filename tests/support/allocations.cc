// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/support/allocations.h"

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace weft::tests {
namespace {

constinit thread_local int count = 0;
constinit thread_local int failing = -1;  // as an argument of FailAllocation()

using Call = void (*)();
constinit thread_local Call in_next = nullptr;

}  // namespace

int AllocationCount() noexcept { return count; }

void FailAllocation(int n) noexcept { failing = n; }

bool AllocationFailurePending() noexcept { return failing >= 0; }

void CallInNextAllocation(void (*call)()) noexcept { in_next = call; }

// Throws if this call is to fail.
void* Allocate(std::size_t size, std::size_t alignment) {
  ++count;
  if (in_next != nullptr) std::exchange(in_next, nullptr)();
  if (failing >= 0 && failing-- == 0) throw std::bad_alloc();
  void* const memory =
      std::aligned_alloc(alignment, (size + alignment - 1) & ~(alignment - 1));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace weft::tests

void* operator new(std::size_t size) {
  return weft::tests::Allocate(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__);
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  return weft::tests::Allocate(size, static_cast<std::size_t>(alignment));
}

// AddressSanitizer's would not call those above.
void* operator new[](std::size_t size) { return operator new(size); }

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t&) noexcept {
  try {
    return operator new(size, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void operator delete[](void* memory) noexcept { std::free(memory); }

void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory) noexcept { std::free(memory); }

void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
