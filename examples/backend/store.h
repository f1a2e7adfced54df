// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The database of the example: a TCP server in this process that takes its
// time, and is busy now and then.

#ifndef WEFT_EXAMPLES_BACKEND_STORE_H_
#define WEFT_EXAMPLES_BACKEND_STORE_H_

#include <atomic>
#include <cstdint>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "weft/examples/backend/line_connection.h"
#include "weft/examples/backend/line_server.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"

namespace examples {

// It answers the line "7" by "7 value-of-7", one of six by "busy", and keys
// that are multiples of 40 by "broken" always.
class Store {
 public:
  Store(weft::Executor& executor, boost::asio::io_context& io);

  boost::asio::ip::tcp::endpoint endpoint() const { return server_.endpoint(); }
  // Serves until its flow is cancelled; then its clients must have left, or
  // leave.
  weft::Task<> Serve() { return server_.Serve(); }

 private:
  weft::Task<> Answer(LineConnection client);

  weft::Executor& executor_;
  std::atomic<std::uint64_t> asked_{0};
  LineServer server_;  // goes first: waits for what uses the others
};

}  // namespace examples

#endif  // WEFT_EXAMPLES_BACKEND_STORE_H_
