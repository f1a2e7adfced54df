// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The backend: a server whose clients ask for values of the store, each in the
// context of its request.

#ifndef WEFT_EXAMPLES_BACKEND_BACKEND_H_
#define WEFT_EXAMPLES_BACKEND_BACKEND_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/examples/backend/line_connection.h"
#include "weft/examples/backend/line_server.h"
#include "weft/examples/backend/store_pool.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/patterns/rate_limiter.h"
#include "weft/executor/patterns/single_flight.h"

namespace examples {

// What became of the requests: each that was read is asked, and one of the next
// four. `mixed` counts those that met another request's context.
struct RequestCounts {
  std::atomic<std::size_t> asked{0};
  std::atomic<std::size_t> answered{0};
  std::atomic<std::size_t> cancelled{0};
  std::atomic<std::size_t> expired{0};
  std::atomic<std::size_t> failed{0};
  std::atomic<std::size_t> mixed{0};
};

// A request is a line "id tenant key"; the answer, "id value", "id expired" or
// "id failed". A client sends one at a time; if it leaves, its request is
// cancelled.
class Backend {
 public:
  struct Options {
    std::size_t tenants = 4;
    double tenant_per_second = 400;
    int tenant_burst = 50;
    std::size_t store_connections = 8;
    std::chrono::milliseconds request_time{60};
  };

  Backend(weft::Executor& executor, boost::asio::io_context& io,
          boost::asio::ip::tcp::endpoint store, const Options& options);

  boost::asio::ip::tcp::endpoint endpoint() const { return server_.endpoint(); }
  // Serves until its flow is cancelled, and then those that are connected, to
  // their ends.
  weft::Task<> Serve() { return server_.Serve(); }
  // Closes the connections to the store, when Serve() has ended and what nobody
  // waits for any more has given them back.
  weft::Task<> Disconnect() { return pool_.Disconnect(); }

  const RequestCounts& counts() const noexcept { return counts_; }

 private:
  struct Request {
    std::string id;
    std::size_t tenant;
    std::string key;
  };
  static std::optional<Request> Parse(const std::string& line);

  weft::Task<> Converse(LineConnection client);
  // Waits for what the client does while its request is worked on: if it leaves
  // it cancels `gone`.
  weft::Task<> Watch(LineConnection& client, weft::CancellationSource& gone);
  // Waits for the answer, and counts what becomes of the request. Returns the
  // line to send; nothing if nobody waits for it.
  weft::Task<std::optional<std::string>> Await(
      std::string id, weft::Future<std::string> answer);
  weft::Task<std::string> Handle(Request request);
  weft::Task<std::string> FindValue();
  weft::Task<std::string> Load(std::string key);

  weft::Executor& executor_;
  const Options options_;
  StorePool pool_;
  weft::SingleFlight<std::string, std::string> flights_;
  std::vector<std::unique_ptr<weft::RateLimiter>> limiters_;  // by tenant
  const weft::AsyncLocalStorage<Request> request_;
  RequestCounts counts_;
  LineServer server_;  // goes first: waits for what uses the others
};

}  // namespace examples

#endif  // WEFT_EXAMPLES_BACKEND_BACKEND_H_
