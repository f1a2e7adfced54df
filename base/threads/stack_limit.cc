// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/threads/stack_limit.h"

#include <pthread.h>

#include <algorithm>

namespace weft::base {

StackBounds BoundsOfThisStack() noexcept {
  constexpr StackBounds kNone{.limit = 0, .end = 0};
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return kNone;
  void* lowest = nullptr;
  std::size_t size = 0;
  const int error = pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  if (error != 0) return kNone;
  const auto end = reinterpret_cast<std::uintptr_t>(lowest);
  return {.limit = end + std::min(kStackReserveBytes, size / 2), .end = end};
}

}  // namespace weft::base
