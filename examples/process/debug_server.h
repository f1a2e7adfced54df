// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Serves Weft's debug page to browsers and to curl on this machine.

#ifndef WEFT_EXAMPLES_PROCESS_DEBUG_SERVER_H_
#define WEFT_EXAMPLES_PROCESS_DEBUG_SERVER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/steady_timer.hpp"
#include "weft/executor/executor.h"
#include "weft/executor/metric_family.h"
#include "weft/observe/debug_page.h"
#include "weft/observe/watchdog.h"

namespace examples {

// DebugServer
//
// Serves 127.0.0.1, on a thread of its own, so that it answers also when all
// workers are stuck, from construction to destruction. It answers one request
// for each connection, and only those whose Host is this machine: else the
// script of any site could have its name mean 127.0.0.1, and read the page. A
// watchdog looks after the executors; what it finds is on the page, and so is
// what keeps stores: that is noted from construction on, as far as the level of
// observation has it.
//
// Thread-safety: owner-only.
class DebugServer {
 public:
  // An executor, which outlives the server, and the name that it is shown by.
  struct Shown {
    std::string name;
    const weft::Executor& executor;
  };

  // Port 0 is any that is free. `metrics` returns numbers of the program's own,
  // on the server's thread. Throws std::runtime_error if it cannot listen
  // there.
  DebugServer(std::uint16_t port, const std::string& title,
              std::vector<Shown> executors,
              std::function<std::vector<weft::MetricFamily>()> metrics = {});
  DebugServer(const DebugServer&) = delete;
  DebugServer& operator=(const DebugServer&) = delete;
  ~DebugServer();

  std::uint16_t port() const { return port_; }

 private:
  class Session;

  void Accept();
  weft::observe::DebugFacts Facts() const;

  // The thread's. They outlive the sessions, which are gone with the context.
  int sessions_ = 0;
  bool is_accepting_ = false;
  boost::asio::io_context io_{1};
  const std::vector<Shown> executors_;
  const std::function<std::vector<weft::MetricFamily>()> metrics_;
  weft::observe::Watchdog watchdog_;
  weft::observe::DebugPage page_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  const std::uint16_t port_;
  std::thread thread_;
};

}  // namespace examples

#endif  // WEFT_EXAMPLES_PROCESS_DEBUG_SERVER_H_
