// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/asio_pool.h"

#include <cstddef>
#include <memory>

#include "weft/benchmarks/workloads/peers/by_size.h"

namespace weft::benchmarks {

boost::asio::thread_pool& AsioPool(int threads) {
  using Pool = boost::asio::thread_pool;
  static auto& pools = *new BySize<Pool>;
  return pools.Get(threads, [](int size) {
    return std::make_unique<Pool>(static_cast<std::size_t>(size));
  });
}

}  // namespace weft::benchmarks
