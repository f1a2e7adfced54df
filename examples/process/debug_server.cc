// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/process/debug_server.h"

#include <pthread.h>

#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/ip/address_v4.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/beast/http/write.hpp"
#include "boost/system/error_code.hpp"
#include "boost/system/system_error.hpp"
#include "weft/observe/retention.h"

namespace examples {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kHeaderBytes = 8 * 1024;
constexpr std::chrono::seconds kTimeout(10);
// More wait until one of these has ended.
constexpr int kMaxSessions = 16;
// How long to wait when a connection could not be accepted, for want of file
// descriptors perhaps.
constexpr std::chrono::milliseconds kRetry(100);

tcp::acceptor ListenOn(asio::io_context& io, std::uint16_t port) {
  try {
    return {io, tcp::endpoint(asio::ip::address_v4::loopback(), port)};
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error(absl::StrCat("cannot listen on 127.0.0.1:", port,
                                          ": ", error.code().message()));
  }
}

std::string_view View(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

bool IsThisMachine(std::string_view host) {
  const std::string_view name = host.substr(0, host.find_last_of(':'));
  return name == "127.0.0.1" || name == "localhost";
}

}  // namespace

// One connection; held by what it waits for.
class DebugServer::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(DebugServer& server, tcp::socket socket)
      : server_(server), stream_(std::move(socket)) {
    ++server_.sessions_;
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    --server_.sessions_;
    if (!server_.is_accepting_) server_.Accept();
  }

  void Start() {
    parser_.header_limit(kHeaderBytes);
    stream_.expires_after(kTimeout);
    http::async_read_header(
        stream_, buffer_, parser_,
        [self = shared_from_this()](error_code error, std::size_t) {
          if (!error) self->Answer();
        });
  }

 private:
  void Answer() {
    const auto& request = parser_.get();
    if (IsThisMachine(View(request[http::field::host]))) {
      const std::string_view target = View(request.target());
      const std::size_t mark = target.find('?');
      weft::observe::DebugAnswer answer = server_.page_.Handle(
          {.method = View(request.method_string()),
           .path = target.substr(0, mark),
           .query = mark == target.npos ? "" : target.substr(mark + 1),
           .accept = View(request[http::field::accept])},
          server_.Facts());
      response_.result(static_cast<unsigned>(answer.status));
      response_.set(http::field::content_type, answer.content_type);
      response_.body() = std::move(answer.body);
      if (answer.status == 405) response_.set(http::field::allow, "GET");
    } else {
      response_.result(http::status::forbidden);
      response_.set(http::field::content_type, "text/plain; charset=utf-8");
      response_.body() = "the Host must be 127.0.0.1 or localhost\n";
    }
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    response_.keep_alive(false);
    response_.prepare_payload();
    stream_.expires_after(kTimeout);
    http::async_write(stream_, response_,
                      [self = shared_from_this()](error_code, std::size_t) {
                        error_code ignored;
                        self->stream_.socket().shutdown(
                            tcp::socket::shutdown_send, ignored);
                      });
  }

  DebugServer& server_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> response_;
};

DebugServer::DebugServer(
    std::uint16_t port, const std::string& title, std::vector<Shown> executors,
    std::function<std::vector<weft::MetricFamily>()> metrics)
    : executors_(std::move(executors)),
      metrics_(std::move(metrics)),
      watchdog_({.on_report = [](const auto&) {}}),  // the page shows it
      page_(title),
      acceptor_(ListenOn(io_, port)),
      retry_(io_),
      port_(acceptor_.local_endpoint().port()) {
  weft::observe::StartRetention();
  for (const Shown& one : executors_) watchdog_.Watch(one.name, one.executor);
  Accept();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "debug-page");
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception&) {
        // There was no memory for a request; it has lost its connection.
      }
    }
  });
}

DebugServer::~DebugServer() {
  io_.stop();
  thread_.join();
  is_accepting_ = true;  // sessions that end now begin no others
}

weft::observe::DebugFacts DebugServer::Facts() const {
  weft::observe::DebugFacts facts;
  for (const Shown& one : executors_) {
    facts.executors.push_back({one.name, one.executor.stats()});
  }
  if (metrics_ != nullptr) facts.metrics = metrics_();
  const std::vector<weft::observe::WatchdogReport> reports =
      watchdog_.Reports();
  // The newest first.
  for (auto it = reports.rbegin(); it != reports.rend(); ++it) {
    facts.reports.push_back(it->ToString());
  }
  return facts;
}

void DebugServer::Accept() {
  is_accepting_ = true;
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error) {
      retry_.expires_after(kRetry);
      retry_.async_wait([this](error_code) { Accept(); });
      return;
    }
    is_accepting_ = false;
    if (sessions_ + 1 < kMaxSessions) Accept();
    std::make_shared<Session>(*this, std::move(socket))->Start();
  });
}

}  // namespace examples
