// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <stdexcept>

#include "weft/benchmarks/workloads/peers/rayon/rayon_pool.h"

namespace weft::benchmarks {

std::string WhyNoRayon() { return "needs cargo and librust-rayon-dev"; }

std::int64_t RayonFib(int, int) { throw std::logic_error(WhyNoRayon()); }

}  // namespace weft::benchmarks
