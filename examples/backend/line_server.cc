// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/backend/line_server.h"

#include <utility>

#include "weft/adapters/asio/use_task.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/errors.h"

namespace examples {

using boost::asio::ip::tcp;

LineServer::LineServer(weft::Executor& executor, boost::asio::io_context& io,
                       std::function<weft::Task<>(LineConnection)> converse)
    : executor_(executor),
      acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}),
      converse_(std::move(converse)),
      clients_(executor) {}

weft::Task<> LineServer::Serve() {
  try {
    while (true) {
      tcp::socket socket = co_await acceptor_.async_accept(
          weft::asio::UseTask(executor_, acceptor_));
      socket.set_option(tcp::no_delay(true));
      const weft::ShieldScope shield;  // a client is served to its end
      Spawn(clients_, converse_(LineConnection(executor_, std::move(socket))));
    }
  } catch (const weft::CancelledError&) {
  }
  const weft::ShieldScope shield;
  co_await clients_;
}

}  // namespace examples
