// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Connections to the store, a bounded number of them.

#ifndef WEFT_EXAMPLES_BACKEND_STORE_POOL_H_
#define WEFT_EXAMPLES_BACKEND_STORE_POOL_H_

#include <cstddef>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "weft/examples/backend/line_connection.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/sync/async_semaphore.h"

namespace examples {

// The store was busy: it is worth another attempt.
struct BusyError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A permit stands for a connection, made when it is first needed, and again
// when one was given up. Thread-safe.
class StorePool {
 public:
  StorePool(weft::Executor& executor, boost::asio::io_context& io,
            boost::asio::ip::tcp::endpoint store, std::size_t connections);

  // Asks the store for the value of `key`. Throws BusyError,
  // std::runtime_error, boost::system::system_error.
  weft::Task<std::string> Get(std::string key);
  // Waits until nobody uses a connection, and closes them.
  weft::Task<> Disconnect();

 private:
  std::optional<LineConnection> TakeIdle();
  void GiveBack(LineConnection connection);

  weft::Executor& executor_;
  boost::asio::io_context& io_;
  const boost::asio::ip::tcp::endpoint store_;
  weft::AsyncSemaphore permits_;
  std::mutex mutex_;
  std::vector<LineConnection> idle_;  // guarded by mutex_
};

}  // namespace examples

#endif  // WEFT_EXAMPLES_BACKEND_STORE_POOL_H_
