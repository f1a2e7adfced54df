// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/backend/store.h"

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "boost/system/system_error.hpp"
#include "weft/executor/sleep.h"

namespace examples {

Store::Store(weft::Executor& executor, boost::asio::io_context& io)
    : executor_(executor),
      server_(executor, io, std::bind_front(&Store::Answer, this)) {}

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
