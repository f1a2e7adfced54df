// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/simulation/fiber.h"

#include <cxxabi.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "absl/base/config.h"

#ifdef ABSL_HAVE_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef ABSL_HAVE_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace weft::executor_internal {
namespace {

constexpr std::size_t kGuardBytes = 4096;

}  // namespace

Fiber::Fiber() noexcept {
#ifdef ABSL_HAVE_THREAD_SANITIZER
  tsan_fiber_ = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(OwnStack) {
  void* const memory =
      ::mmap(nullptr, kStackBytes + kGuardBytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  stack_ = static_cast<char*>(memory);
  if (::mprotect(stack_, kGuardBytes, PROT_NONE) != 0) {
    ::munmap(stack_, kStackBytes + kGuardBytes);
    throw std::bad_alloc();
  }
  lowest_ = stack_ + kGuardBytes;
  bytes_ = kStackBytes;
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  // Another stack may have been here.
  ASAN_UNPOISON_MEMORY_REGION(lowest_, bytes_);
#endif
#ifdef ABSL_HAVE_THREAD_SANITIZER
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
  ::getcontext(&context_);
  context_.uc_stack.ss_sp = stack_ + kGuardBytes;
  context_.uc_stack.ss_size = kStackBytes;
  context_.uc_link = nullptr;
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  ::makecontext(&context_, reinterpret_cast<void (*)()>(&Fiber::Enter), 2,
                static_cast<unsigned>(self),
                static_cast<unsigned>(static_cast<std::uint64_t>(self) >> 32));
}

Fiber::~Fiber() {
  if (stack_ == nullptr) return;
#ifdef ABSL_HAVE_THREAD_SANITIZER
  __tsan_destroy_fiber(tsan_fiber_);
#endif
  ::munmap(stack_, kStackBytes + kGuardBytes);
}

base::StackBounds Fiber::bounds() const noexcept {
  const auto end = reinterpret_cast<std::uintptr_t>(stack_) + kGuardBytes;
  return {end + base::kStackReserveBytes, end};
}

void Fiber::Enter(unsigned low, unsigned high) noexcept {
  const std::uint64_t self = (std::uint64_t{high} << 32) | low;
  reinterpret_cast<Fiber*>(static_cast<std::uintptr_t>(self))->Loop();
}

void Fiber::Loop() noexcept {
  Arrived();
  for (;;) {
    body_->RunOnFiber();
    SwitchTo(*returns_to_);
  }
}

void Fiber::SwitchTo(Fiber& other) noexcept {
  auto* const exceptions = reinterpret_cast<char*>(abi::__cxa_get_globals());
  std::memcpy(&exceptions_, exceptions, sizeof exceptions_);
  std::memcpy(exceptions, &other.exceptions_, sizeof exceptions_);
  other.came_from_ = this;
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(&fake_stack_, other.lowest_, other.bytes_);
#endif
#ifdef ABSL_HAVE_THREAD_SANITIZER
  // Here, and not in a function of its own, which would end on another stack
  // than it began.
  __tsan_switch_to_fiber(other.tsan_fiber_, 0);
#endif
  ::swapcontext(&context_, &other.context_);
  Arrived();
}

void Fiber::Arrived() noexcept {
#ifdef ABSL_HAVE_ADDRESS_SANITIZER
  const void* lowest = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(fake_stack_, &lowest, &bytes);
  // The bounds of a thread's own stack are told here.
  if (came_from_->stack_ == nullptr) {
    came_from_->lowest_ = lowest;
    came_from_->bytes_ = bytes;
  }
#endif
}

std::unique_ptr<Fiber> FiberPool::Take() {
  if (idle_.empty()) return std::make_unique<Fiber>(Fiber::OwnStack{});
  std::unique_ptr<Fiber> fiber = std::move(idle_.back());
  idle_.pop_back();
  return fiber;
}

void FiberPool::Put(std::unique_ptr<Fiber> fiber) {
  idle_.push_back(std::move(fiber));
}

}  // namespace weft::executor_internal
