// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A small HTTP server of Boost.Beast on one thread, to be put under load by
// http_adapter_load.sh: `http_server bare`, or `http_server carried`, where
// each request is handled in the context that it brings. Both have the same
// handler, which answers with the id of the request's trace: taken from the
// text of the field, or from the current trace. Writes "listening on PORT", and
// runs until it is killed.

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address_v4.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/beast/http/write.hpp"
#include "boost/system/error_code.hpp"
#include "weft/adapters/beast/fields.h"
#include "weft/context/async_local_storage.h"
#include "weft/propagation/propagator.h"
#include "weft/propagation/trace_context.h"
#include "weft/propagation/travels.h"

namespace weft::benchmarks {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using asio::ip::tcp;
using boost::system::error_code;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

class Server {
 public:
  Server(asio::io_context& io, bool carries)
      : acceptor_(io, {asio::ip::address_v4::loopback(), 0}),
        carries_(carries) {
    propagator_.Add(
        tenant_,
        {.name = "x-tenant",
         .encode = [](const std::string& text) { return text; },
         .decode = [](std::string_view text) -> std::optional<std::string> {
           return std::string(text);
         },
         .limit = 64});
  }

  unsigned port() const { return acceptor_.local_endpoint().port(); }

  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!error) {
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        std::make_shared<Connection>(std::move(socket), *this)->Read();
      }
      Accept();
    });
  }

 private:
  class Connection : public std::enable_shared_from_this<Connection> {
   public:
    Connection(tcp::socket socket, const Server& server)
        : stream_(std::move(socket)), server_(server) {}

    void Read() {
      request_ = {};
      http::async_read(
          stream_, buffer_, request_,
          [self = shared_from_this()](error_code error, std::size_t) {
            if (!error) self->Answer();
          });
    }

   private:
    void Answer() {
      response_ = server_.Handle(request_);
      response_.keep_alive(request_.keep_alive());
      response_.prepare_payload();
      http::async_write(
          stream_, response_,
          [self = shared_from_this()](error_code error, std::size_t) {
            if (!error && self->response_.keep_alive()) self->Read();
          });
    }

    boost::beast::tcp_stream stream_;
    const Server& server_;
    boost::beast::flat_buffer buffer_;
    Request request_;
    Response response_;
  };

  Response Handle(const Request& request) const {
    if (!carries_) return HandleBare(request);
    return propagator_.Extract(beast::FieldsReader(request), Trust::kContinue)
        .Run([] { return HandleCarried(); });
  }

  static Response HandleBare(const Request& request) {
    const auto field = request["traceparent"];
    return Text(field.size() < 35 ? std::string("none")
                                  : std::string(field.substr(3, 32)));
  }
  static Response HandleCarried() {
    const TraceContext* const trace = TraceContext::Current();
    return Text(trace == nullptr ? "none" : trace->trace_id().ToHex());
  }
  static Response Text(std::string text) {
    Response response(http::status::ok, 11);
    response.set(http::field::content_type, "text/plain");
    response.body() = std::move(text);
    return response;
  }

  tcp::acceptor acceptor_;
  const bool carries_;
  const AsyncLocalStorage<std::string> tenant_{{.name = "tenant"}};
  Propagator propagator_;
};

int Main(bool carries) {
  asio::io_context io(1);
  Server server(io, carries);
  server.Accept();
  std::printf("listening on %u\n", server.port());
  std::fflush(stdout);
  io.run();
  return 0;
}

}  // namespace
}  // namespace weft::benchmarks

int main(int argc, char** argv) {
  const bool carries = argc == 2 && std::strcmp(argv[1], "carried") == 0;
  if (!carries && (argc != 2 || std::strcmp(argv[1], "bare") != 0)) {
    std::fprintf(stderr, "http_server: the argument must be bare or carried\n");
    return 2;
  }
  return weft::benchmarks::Main(carries);
}
