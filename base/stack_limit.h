// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How deep a thread's stack may be used.

#ifndef WEFT_BASE_STACK_LIMIT_H_
#define WEFT_BASE_STACK_LIMIT_H_

#include <cstddef>
#include <cstdint>

#include "weft/base/language.h"

namespace weft::base {

// What a fork, or a wait that runs other tasks, leaves for those: so much of
// the stack must be there still, or half of it if that is less.
inline constexpr std::size_t kStackReserveBytes = std::size_t{128} * 1024;

// Addresses in a thread's stack, which grows downwards. As long as nobody has
// asked any position is below; if they cannot be had, none is.
struct StackBounds {
  static constexpr std::uintptr_t kNotAsked = UINTPTR_MAX;

  std::uintptr_t limit = kNotAsked;  // below it less than the reserve is left
  std::uintptr_t end = 0;            // the lowest
};

// The calling thread's. Of the main thread it takes a look at /proc/self/maps.
StackBounds BoundsOfThisStack() noexcept;

// About where in its stack the calling thread is.
inline std::uintptr_t StackPosition() noexcept {
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
}

}  // namespace weft::base

#endif  // WEFT_BASE_STACK_LIMIT_H_
