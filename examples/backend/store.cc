// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/backend/store.h"

#include <chrono>
#include <string>
#include <utility>

#include "boost/system/system_error.hpp"
#include "weft/adapters/asio/use_task.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/errors.h"
#include "weft/executor/sleep.h"

namespace examples {

using boost::asio::ip::tcp;

Store::Store(weft::Executor& executor, boost::asio::io_context& io)
    : executor_(executor),
      acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}),
      clients_(executor) {}

weft::Task<> Store::Serve() {
  try {
    while (true) {
      tcp::socket socket = co_await acceptor_.async_accept(
          weft::asio::UseTask(executor_, acceptor_));
      socket.set_option(tcp::no_delay(true));
      const weft::ShieldScope shield;  // a client is served to its end
      Spawn(clients_, Answer(LineConnection(executor_, std::move(socket))));
    }
  } catch (const weft::CancelledError&) {
  }
  const weft::ShieldScope shield;
  co_await clients_;
}

weft::Task<> Store::Answer(LineConnection client) {
  try {
    while (true) {
      const std::string key = co_await client.Read();
      // relaxed: a number that tells one question from the next.
      const auto number = asked_.fetch_add(1, std::memory_order_relaxed);
      co_await weft::Sleep(executor_,
                           std::chrono::microseconds(500 + number % 7 * 300));
      std::string reply = key + " value-of-" + key;
      if (number % 6 == 5) reply = "busy";
      if (std::stoul(key) % 40 == 0) reply = "broken";
      co_await client.Write(std::move(reply));
    }
  } catch (const boost::system::system_error&) {
    // It has left.
  }
}

}  // namespace examples
