// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_BENCHMARKS_WORKLOADS_PEERS_ASIO_POOL_H_
#define WEFT_BENCHMARKS_WORKLOADS_PEERS_ASIO_POOL_H_

// Asio's own headers forget it.
#include <utility>

#include "boost/asio/post.hpp"
#include "boost/asio/thread_pool.hpp"

namespace weft::benchmarks {

boost::asio::thread_pool& AsioPool(int threads);

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_PEERS_ASIO_POOL_H_
