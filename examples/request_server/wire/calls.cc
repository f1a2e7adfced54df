// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/wire/calls.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#include "boost/asio/ip/address_v4.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/verb.hpp"
#include "boost/beast/http/write.hpp"
#include "boost/system/error_code.hpp"
#include "boost/system/system_error.hpp"
#include "weft/adapters/beast/fields.h"
#include "weft/context/deadline.h"
#include "weft/executor/promise.h"
#include "weft/propagation/trace_context.h"

namespace request_server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kTimeout(30);
constexpr std::uint64_t kBodyLimit = 1024 * 1024;

}  // namespace

// One call. All but the construction is for the I/O thread.
class Calls::Call : public std::enable_shared_from_this<Call> {
 public:
  Call(Calls& calls, std::uint16_t port, Request request)
      : calls_(calls),
        port_(port),
        request_(std::move(request)),
        promise_(calls.executor_) {}

  weft::Future<Response> GetFuture() { return promise_.GetFuture(); }

  void Start() {
    std::vector<std::unique_ptr<Stream>>& idle = calls_.idle_[port_];
    if (idle.empty()) return Connect();
    stream_ = std::move(idle.back());
    idle.pop_back();
    is_new_ = false;
    Write();
  }

 private:
  void Connect() {
    is_new_ = true;
    stream_ = std::make_unique<Stream>(calls_.io_);
    stream_->expires_at(deadline_);
    stream_->async_connect(
        tcp::endpoint(asio::ip::address_v4::loopback(), port_),
        [self = shared_from_this()](error_code error) {
          if (error) return self->Fail(error);
          error_code ignored;
          self->stream_->socket().set_option(tcp::no_delay(true), ignored);
          self->Write();
        });
  }

  void Write() {
    stream_->expires_at(deadline_);
    http::async_write(
        *stream_, request_,
        [self = shared_from_this()](error_code error, std::size_t) {
          if (error) return self->Fail(error);
          self->Read();
        });
  }

  void Read() {
    parser_.emplace();
    parser_->body_limit(kBodyLimit);
    http::async_read(
        *stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) {
          if (error) return self->Fail(error);
          self->End();
        });
  }

  void End() {
    if (parser_->get().keep_alive()) {
      stream_->expires_never();
      calls_.idle_[port_].push_back(std::move(stream_));
    }
    promise_.SetValue(parser_->release());
  }

  void Fail(error_code error) {
    // The server may have closed the connection since its last response.
    const bool is_late = std::chrono::steady_clock::now() >= deadline_;
    if (!is_new_ && !is_late && request_.method() == http::verb::get) {
      buffer_.clear();
      return Connect();
    }
    promise_.SetException(
        std::make_exception_ptr(boost::system::system_error(error)));
  }

  Calls& calls_;
  const std::uint16_t port_;
  Request request_;
  weft::Promise<Response> promise_;
  const std::chrono::steady_clock::time_point deadline_ =
      std::min(weft::Deadline::Current(), weft::Deadline::In(kTimeout)).time();
  std::unique_ptr<Stream> stream_;
  bool is_new_ = true;
  boost::beast::flat_buffer buffer_;
  std::optional<http::response_parser<http::string_body>> parser_;
};

Calls::Calls(asio::io_context& io, weft::Executor& executor,
             const RequestContext& context)
    : io_(io), executor_(executor), context_(context) {}

weft::Future<Calls::Response> Calls::Send(std::uint16_t port, Request request) {
  request.version(11);
  request.set(http::field::host, "localhost");
  request.prepare_payload();
  weft::TraceContext::Storage().Run(
      weft::TraceContext::CurrentOrNew().Child(),
      [&] { context_.propagator.Inject(weft::beast::FieldsWriter(request)); });
  const auto call = std::make_shared<Call>(*this, port, std::move(request));
  weft::Future<Response> response = call->GetFuture();
  asio::post(io_, [call] { call->Start(); });
  return response;
}

}  // namespace request_server
