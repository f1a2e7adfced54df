// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A TCP server of lines.

#ifndef WEFT_EXAMPLES_BACKEND_LINE_SERVER_H_
#define WEFT_EXAMPLES_BACKEND_LINE_SERVER_H_

#include <functional>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "weft/examples/backend/line_connection.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/task_group.h"

namespace examples {

// Listens on a port of its own, and has a coroutine converse with each client.
// Its destructor waits for these.
class LineServer {
 public:
  // The coroutine that `converse` returns ends when the client has left.
  LineServer(weft::Executor& executor, boost::asio::io_context& io,
             std::function<weft::Task<>(LineConnection)> converse);

  boost::asio::ip::tcp::endpoint endpoint() const {
    return acceptor_.local_endpoint();
  }
  // Serves until its flow is cancelled, and then those that are connected, to
  // their ends.
  weft::Task<> Serve();

 private:
  weft::Executor& executor_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const std::function<weft::Task<>(LineConnection)> converse_;
  weft::TaskGroup clients_;  // goes first: waits for what uses the others
};

}  // namespace examples

#endif  // WEFT_EXAMPLES_BACKEND_LINE_SERVER_H_
