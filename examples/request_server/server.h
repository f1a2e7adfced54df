// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// An HTTP/1.1 server on one I/O thread, with a Weft executor for the work.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_SERVER_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_SERVER_H_

#include <cstdint>
#include <thread>
#include <utility>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "weft/examples/request_server/connection.h"
#include "weft/examples/request_server/handler.h"
#include "weft/examples/request_server/request_log.h"
#include "weft/examples/request_server/wire/calls.h"
#include "weft/examples/request_server/wire/request_context.h"
#include "weft/executor/executor.h"

namespace request_server {

struct ServerOptions {
  std::uint16_t port = 0;  // 0: any that is free
  int workers = 2;
  HandlerLimits handling = {};
  ConnectionLimits limits = {};
};

// Server
//
// Serves the machine it runs on (127.0.0.1) from construction to `Stop()`.
//
// Thread-safety: owner-only.
class Server {
 public:
  // Throws std::runtime_error if it cannot listen on the port, and
  // std::invalid_argument for a number of workers out of range.
  Server(const ServerOptions& options, RequestLog::Sink log_sink);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  // As `Stop()`.
  ~Server();

  std::uint16_t port() const { return port_; }

  // Works on requests.
  const weft::Executor& executor() const { return executor_; }

  // Accepts no more connections, answers all requests that have arrived, and
  // returns when the last of their work has ended. May be called again.
  void Stop();

 private:
  // For the I/O thread.
  void RunIo();
  void Accept();
  void Serve(boost::asio::ip::tcp::socket socket);
  void StopAccepting();

  // The order is that of the lifetimes: the I/O thread submits to the executor,
  // so it ends first, and its handlers live as long as the executor's tasks.
  boost::asio::io_context io_{1};
  const RequestContext context_;
  const RequestLog log_;
  weft::Executor executor_;
  Calls calls_;
  Handler handler_;
  Connection::Shared connections_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::uint16_t port_;
  std::thread io_thread_;
};

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_SERVER_H_
