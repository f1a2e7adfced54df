// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Says how deep a thread's stack may be used.

#ifndef WEFT_BASE_THREADS_STACK_LIMIT_H_
#define WEFT_BASE_THREADS_STACK_LIMIT_H_

#include <cstddef>
#include <cstdint>

#include "weft/base/language.h"

namespace weft::base {

// The stack that a fork, or a wait that runs other tasks, leaves to those
// tasks: at least so much of it must be left, or half of the stack if that is
// less.
inline constexpr std::size_t kStackReserveBytes = std::size_t{128} * 1024;

// Addresses in a thread's stack, which grows downwards. Until the bounds are
// asked for every position is below the limit; if they cannot be had, none is.
struct StackBounds {
  static constexpr std::uintptr_t kNotAsked = UINTPTR_MAX;

  std::uintptr_t limit = kNotAsked;  // less than the reserve is left below it
  std::uintptr_t end = 0;            // the lowest address
};

// Returns the calling thread's bounds. On the main thread it reads
// /proc/self/maps.
StackBounds BoundsOfThisStack() noexcept;

// Returns about where in its stack the calling thread is.
inline std::uintptr_t StackPosition() noexcept {
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
}

}  // namespace weft::base

#endif  // WEFT_BASE_THREADS_STACK_LIMIT_H_
