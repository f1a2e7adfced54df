// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Several stacks that take turns on one thread.

#ifndef WEFT_EXECUTOR_INTERNAL_SIMULATION_FIBER_H_
#define WEFT_EXECUTOR_INTERNAL_SIMULATION_FIBER_H_

#include <ucontext.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "weft/base/threads/stack_limit.h"

namespace weft::executor_internal {

// A stack, and where it goes on. What C++ keeps of a thread's exceptions goes
// with it. Owner-only: all fibers that switch to each other are of one thread.
class Fiber {
 public:
  // How large a stack is: as large as that of a thread, so that what runs there
  // runs here. Only the pages that are used take memory.
  static constexpr std::size_t kStackBytes = std::size_t{8} * 1024 * 1024;

  // What a fiber does; when it returns the fiber goes on in `returns_to`.
  struct Body {
    virtual void RunOnFiber() noexcept = 0;

   protected:
    ~Body() = default;
  };

  // Stands for the stack that it is made on.
  Fiber() noexcept;
  // Makes a stack. Throws std::bad_alloc.
  enum class OwnStack {};
  explicit Fiber(OwnStack);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  // It must not be running, nor have a body that has not returned.
  ~Fiber();

  // Call it before the first switch to the fiber, and after its body has
  // returned.
  void SetBody(Body& body, Fiber& returns_to) noexcept {
    body_ = &body;
    returns_to_ = &returns_to;
  }
  // Goes on in `other`, on the fiber that is running, until some other one
  // switches back.
  void SwitchTo(Fiber& other) noexcept;

  // Returns the bounds of a stack of its own.
  base::StackBounds bounds() const noexcept;

 private:
  // The two words of `__cxa_eh_globals` (Itanium C++ ABI, 2.2.2).
  struct Exceptions {
    void* caught = nullptr;
    unsigned uncaught = 0;
  };

  static void Enter(unsigned low, unsigned high) noexcept;
  [[noreturn]] void Loop() noexcept;
  // Tells AddressSanitizer on which stack it is now.
  void Arrived() noexcept;

  ucontext_t context_;
  char* stack_ = nullptr;  // with its guard page; null: not its own
  Body* body_ = nullptr;
  Fiber* returns_to_ = nullptr;
  Exceptions exceptions_;
  // For the sanitizers.
  const void* lowest_ = nullptr;
  std::size_t bytes_ = 0;
  [[maybe_unused]] void* fake_stack_ = nullptr;
  [[maybe_unused]] void* tsan_fiber_ = nullptr;
  Fiber* came_from_ = nullptr;  // the last time
};

// Fibers with stacks whose bodies have returned, to be used again. Owner-only.
class FiberPool {
 public:
  std::unique_ptr<Fiber> Take();
  void Put(std::unique_ptr<Fiber> fiber);

 private:
  std::vector<std::unique_ptr<Fiber>> idle_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_SIMULATION_FIBER_H_
