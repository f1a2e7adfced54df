// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/server.h"

#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "boost/asio/ip/address_v4.hpp"
#include "boost/asio/post.hpp"
#include "boost/system/error_code.hpp"
#include "boost/system/system_error.hpp"
#include "weft/examples/request_server/thread_name.h"
#include "weft/executor/executor_options.h"

namespace request_server {

namespace asio = boost::asio;

using asio::ip::tcp;
using boost::system::error_code;

namespace {

// How long to wait when a connection could not be accepted, for want of file
// descriptors perhaps.
constexpr std::chrono::milliseconds kRetry(100);

tcp::acceptor Listen(asio::io_context& io, std::uint16_t port) {
  try {
    return {io, tcp::endpoint(asio::ip::address_v4::loopback(), port)};
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error(absl::StrCat("cannot listen on 127.0.0.1:", port,
                                          ": ", error.code().message()));
  }
}

}  // namespace

Server::Server(const ServerOptions& options, RequestLog::Sink log_sink)
    : log_(context_.request_id, std::move(log_sink)),
      executor_({.concurrency = options.workers, .thread_name = "http"}),
      calls_(io_, executor_, context_),
      handler_(io_, executor_, options.handling, context_, calls_, log_),
      connections_{.limits = options.limits,
                   .executor = executor_,
                   .handler = handler_,
                   .log = log_},
      acceptor_(Listen(io_, options.port)),
      retry_(io_),
      port_(acceptor_.local_endpoint().port()) {
  Accept();
  io_thread_ = std::thread([this] {
    SetThreadName("http-io");
    RunIo();
  });
}

Server::~Server() { Stop(); }

void Server::Stop() {
  if (!io_thread_.joinable()) return;
  asio::post(io_, [this] { StopAccepting(); });
  io_thread_.join();
  executor_.Drain();
}

void Server::RunIo() {
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& error) {
      // The handler that threw was all that held its connection.
      log_.Write(absl::StrCat("dropped: ", error.what()));
    }
  }
}

void Server::Accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (!error && acceptor_.is_open()) Accept();
    if (!error) return Serve(std::move(socket));
    if (!acceptor_.is_open()) return;
    log_.Write(absl::StrCat("cannot accept: ", error.message()));
    retry_.expires_after(kRetry);
    retry_.async_wait([this](error_code cancelled) {
      if (!cancelled) Accept();
    });
  });
}

void Server::Serve(tcp::socket socket) {
  const auto connection =
      std::make_shared<Connection>(std::move(socket), connections_);
  connection->Start();
  if (!acceptor_.is_open()) connection->Drain();
}

void Server::StopAccepting() {
  // Those that wait to be accepted may have sent a request already.
  error_code none_left;
  acceptor_.non_blocking(true, none_left);
  while (!none_left) {
    tcp::socket socket = acceptor_.accept(none_left);
    if (!none_left) Serve(std::move(socket));
  }
  acceptor_.close();
  retry_.cancel();
  for (Connection* const connection : connections_.all) connection->Drain();
  log_.Write("draining");
}

}  // namespace request_server
