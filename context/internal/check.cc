// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/check.h"

#include <cstdio>
#include <cstdlib>

namespace weft::context_internal {

void CheckFailed(const char* file, int line, const char* message) noexcept {
  std::fprintf(stderr, "weft: %s:%d: %s\n", file, line, message);
  std::abort();
}

}  // namespace weft::context_internal
