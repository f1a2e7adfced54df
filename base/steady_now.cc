// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/steady_now.h"

namespace weft::base {

constinit thread_local const std::chrono::steady_clock::time_point*
    simulated_now = nullptr;

}  // namespace weft::base
