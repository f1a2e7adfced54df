// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Serves Weft's debug page to browsers and to curl on this machine.

#ifndef WEFT_EXAMPLES_PROCESS_DEBUG_SERVER_H_
#define WEFT_EXAMPLES_PROCESS_DEBUG_SERVER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "weft/observe/debug_page.h"

namespace examples {

// DebugServer
//
// Serves 127.0.0.1, on a thread of its own, so that it answers also when all
// workers are stuck, from construction to destruction. It answers one request
// for each connection, and only those whose Host is this machine: else the
// script of any site could have its name mean 127.0.0.1, and read the page.
//
// Thread-safety: owner-only.
class DebugServer {
 public:
  // Called for each request, on the server's thread.
  using Facts = std::function<weft::observe::DebugFacts()>;

  // Port 0 is any that is free. Throws std::runtime_error if it cannot listen
  // there.
  DebugServer(std::uint16_t port, const std::string& title, Facts facts);
  DebugServer(const DebugServer&) = delete;
  DebugServer& operator=(const DebugServer&) = delete;
  ~DebugServer();

  std::uint16_t port() const { return port_; }

 private:
  class Session;

  void Accept();

  // The thread's. They outlive the sessions, which are gone with the context.
  int sessions_ = 0;
  bool is_accepting_ = false;
  boost::asio::io_context io_{1};
  const Facts facts_;
  weft::observe::DebugPage page_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  const std::uint16_t port_;
  std::thread thread_;
};

}  // namespace examples

#endif  // WEFT_EXAMPLES_PROCESS_DEBUG_SERVER_H_
