// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A TCP connection of lines, for coroutines.

#ifndef WEFT_EXAMPLES_BACKEND_LINE_CONNECTION_H_
#define WEFT_EXAMPLES_BACKEND_LINE_CONNECTION_H_

#include <string>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"

namespace examples {

// Owner-only: one coroutine at a time reads or writes. If its flow is cancelled
// or late meanwhile, what has gone over the line is unknown.
class LineConnection {
 public:
  using Tcp = boost::asio::ip::tcp;

  LineConnection(weft::Executor& executor, Tcp::socket socket);

  // Connects to `peer`. Throws boost::system::system_error.
  static weft::Task<LineConnection> Connect(weft::Executor& executor,
                                            boost::asio::io_context& io,
                                            Tcp::endpoint peer);

  // Returns the next line, without its end. Throws boost::system::system_error
  // if the peer has left.
  weft::Task<std::string> Read();
  weft::Task<> Write(std::string line);

 private:
  weft::Executor* executor_;
  Tcp::socket socket_;
  std::string received_;
};

}  // namespace examples

#endif  // WEFT_EXAMPLES_BACKEND_LINE_CONNECTION_H_
