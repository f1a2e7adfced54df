// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/wall_now.h"

namespace weft::base {

constinit thread_local const std::chrono::nanoseconds* simulated_wall_ahead =
    nullptr;

}  // namespace weft::base
