// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The load: clients that ask the backend, check its answers, and at times leave
// before they have one.

#ifndef WEFT_EXAMPLES_BACKEND_CLIENTS_H_
#define WEFT_EXAMPLES_BACKEND_CLIENTS_H_

#include <atomic>
#include <cstddef>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"

namespace examples {

struct ClientOptions {
  std::size_t clients = 64;
  std::size_t requests = 50;  // of each
  std::size_t tenants = 4;
};

// Runs them until each has made its requests. Adds to `wrong` each answer that
// is not to the question.
weft::Task<> RunClients(weft::Executor& executor, boost::asio::io_context& io,
                        boost::asio::ip::tcp::endpoint backend,
                        ClientOptions options, std::atomic<std::size_t>& wrong);

}  // namespace examples

#endif  // WEFT_EXAMPLES_BACKEND_CLIENTS_H_
