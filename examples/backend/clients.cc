// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/backend/clients.h"

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "weft/examples/backend/line_connection.h"
#include "weft/executor/sleep.h"
#include "weft/executor/task_group.h"

namespace examples {
namespace {

using boost::asio::ip::tcp;

bool IsAnswer(const std::string& line, const std::string& id,
              const std::string& key) {
  return line == id + " value-of-" + key || line == id + " expired" ||
         line == id + " failed";
}

weft::Task<> RunClient(weft::Executor& executor, boost::asio::io_context& io,
                       tcp::endpoint backend, ClientOptions options,
                       std::size_t number, std::atomic<std::size_t>& wrong) {
  std::minstd_rand random(static_cast<unsigned>(number) + 1);
  const auto one_of = [&](std::size_t count) { return random() % count; };
  std::optional<LineConnection> connection;
  for (std::size_t i = 0; i < options.requests; ++i) {
    if (!connection) {
      connection.emplace(
          co_await LineConnection::Connect(executor, io, backend));
    }
    const std::string id = std::to_string(number) + "." + std::to_string(i);
    const std::string key = std::to_string(1 + one_of(200));
    // The first tenant asks for more than its share.
    const std::size_t tenant = one_of(2) == 0 ? 0 : one_of(options.tenants);
    co_await connection->Write(id + ' ' + std::to_string(tenant) + ' ' + key);
    if (one_of(8) == 0) {
      co_await weft::Sleep(executor, std::chrono::microseconds(one_of(2000)));
      connection.reset();
      continue;
    }
    const std::string line = co_await connection->Read();
    // relaxed: a number, read when all have ended.
    if (!IsAnswer(line, id, key)) wrong.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace

weft::Task<> RunClients(weft::Executor& executor, boost::asio::io_context& io,
                        tcp::endpoint backend, ClientOptions options,
                        std::atomic<std::size_t>& wrong) {
  weft::TaskGroup clients(executor);
  for (std::size_t i = 0; i < options.clients; ++i) {
    Spawn(clients, RunClient(executor, io, backend, options, i, wrong));
  }
  co_await clients;
}

}  // namespace examples
