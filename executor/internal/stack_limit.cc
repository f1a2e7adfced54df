// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/stack_limit.h"

#include <pthread.h>

namespace weft::executor_internal {

StackBounds BoundsOfThisStack() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return {};
  void* lowest = nullptr;
  std::size_t size = 0;
  const int error = pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  if (error != 0 || size < 2 * kStackReserveBytes) return {};
  const auto end = reinterpret_cast<std::uintptr_t>(lowest);
  return {end + kStackReserveBytes, end + size / 2};
}

}  // namespace weft::executor_internal
