// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/backend/line_connection.h"

#include <cstddef>
#include <utility>

#include "boost/asio/buffer.hpp"
#include "boost/asio/read_until.hpp"
#include "boost/asio/write.hpp"
#include "weft/adapters/asio/use_task.h"

namespace examples {

using weft::asio::UseTask;

LineConnection::LineConnection(weft::Executor& executor, Tcp::socket socket)
    : executor_(&executor), socket_(std::move(socket)) {}

weft::Task<LineConnection> LineConnection::Connect(weft::Executor& executor,
                                                   boost::asio::io_context& io,
                                                   Tcp::endpoint peer) {
  Tcp::socket socket(io);
  co_await socket.async_connect(peer, UseTask(executor, socket));
  socket.set_option(Tcp::no_delay(true));
  co_return LineConnection(executor, std::move(socket));
}

weft::Task<std::string> LineConnection::Read() {
  constexpr std::size_t kLongest = 1024;
  const std::size_t length = co_await boost::asio::async_read_until(
      socket_, boost::asio::dynamic_buffer(received_, kLongest), '\n',
      UseTask(*executor_, socket_));
  std::string line = received_.substr(0, length - 1);
  received_.erase(0, length);
  co_return line;
}

weft::Task<> LineConnection::Write(std::string line) {
  line += '\n';
  co_await boost::asio::async_write(socket_, boost::asio::buffer(line),
                                    UseTask(*executor_, socket_));
}

}  // namespace examples
