// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace weft::base {

void CheckFailed(const char* file, int line, const char* message) noexcept {
  std::fprintf(stderr, "weft: %s:%d: %s\n", file, line, message);
  std::abort();
}

}  // namespace weft::base
