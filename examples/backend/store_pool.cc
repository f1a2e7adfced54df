// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/backend/store_pool.h"

#include <utility>

namespace examples {

StorePool::StorePool(weft::Executor& executor, boost::asio::io_context& io,
                     boost::asio::ip::tcp::endpoint store,
                     std::size_t connections)
    : executor_(executor),
      io_(io),
      store_(store),
      permits_(executor, connections) {}

weft::Task<std::string> StorePool::Get(std::string key) {
  const auto permit = co_await permits_.Acquire();
  std::optional<LineConnection> connection = TakeIdle();
  if (!connection) {
    connection.emplace(
        co_await LineConnection::Connect(executor_, io_, store_));
  }
  // If this is cut short, the reply is still to come: the connection goes, and
  // with it the reply, which would be taken for that to another question.
  co_await connection->Write(key);
  std::string reply = co_await connection->Read();
  GiveBack(*std::move(connection));
  if (reply == "busy") throw BusyError("the store is busy");
  if (!reply.starts_with(key + ' ')) {
    throw std::runtime_error("the store says " + reply);
  }
  co_return reply.substr(key.size() + 1);
}

weft::Task<> StorePool::Disconnect() {
  const auto all = co_await permits_.Acquire(permits_.permits());
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.clear();
}

std::optional<LineConnection> StorePool::TakeIdle() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.empty()) return std::nullopt;
  std::optional<LineConnection> connection(std::move(idle_.back()));
  idle_.pop_back();
  return connection;
}

void StorePool::GiveBack(LineConnection connection) {
  const std::lock_guard<std::mutex> lock(mutex_);
  idle_.push_back(std::move(connection));
}

}  // namespace examples
