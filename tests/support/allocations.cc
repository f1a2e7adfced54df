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

// Null if this call is to fail.
void* Allocate(std::size_t size) noexcept {
  ++count;
  if (in_next != nullptr) std::exchange(in_next, nullptr)();
  if (failing >= 0 && failing-- == 0) return nullptr;
  return std::malloc(size);
}

}  // namespace weft::tests

void* operator new(std::size_t size) {
  void* const memory = weft::tests::Allocate(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }

void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
