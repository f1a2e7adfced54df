// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Asio's own headers forget it.
#include <utility>

#include "boost/asio/post.hpp"
#include "boost/asio/strand.hpp"
#include "weft/benchmarks/workloads/lanes/lanes.h"
#include "weft/benchmarks/workloads/peers/asio_pool.h"

namespace weft::benchmarks::lanes {

double AsioStrand(int threads) {
  const auto strand = boost::asio::make_strand(AsioPool(threads));
  return Measure([&](Tally& tally) {
    boost::asio::post(strand, [&tally] { tally.Add(); });
  });
}

}  // namespace weft::benchmarks::lanes
