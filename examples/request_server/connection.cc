// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/connection.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "boost/asio/buffer.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/verb.hpp"
#include "boost/beast/http/write.hpp"

namespace request_server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using asio::ip::tcp;

Connection::Connection(tcp::socket socket, Shared& shared)
    : stream_(std::move(socket)), shared_(shared), strand_(shared.executor) {
  error_code ignored;
  stream_.socket().set_option(tcp::no_delay(true), ignored);
  shared_.all.insert(this);
}

Connection::~Connection() { shared_.all.erase(this); }

void Connection::Start() { ReadHeader(); }

void Connection::Drain() {
  drain_until_ =
      std::chrono::steady_clock::now() + shared_.limits.drain_timeout;
  // What is in the socket can still be read, then comes the end of the stream.
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_receive, ignored);
}

void Connection::ReadHeader() {
  parser_.emplace();
  parser_->header_limit(shared_.limits.header_bytes);
  parser_->body_limit(shared_.limits.body_bytes);
  stream_.expires_after(shared_.limits.read_timeout);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) {
        self->OnHeader(error);
      });
}

void Connection::OnHeader(error_code error) {
  if (error) return OnReadError(error);
  const auto& header = parser_->get();
  if (header.version() == 11 && header.count(http::field::host) != 1) {
    return Refuse(http::status::bad_request);
  }
  // No resource here has use for a body: no need to ask for it.
  if (header.count(http::field::expect) != 0) {
    return Refuse(http::status::expectation_failed);
  }
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](error_code body_error, std::size_t) {
        self->OnRequest(body_error);
      });
}

void Connection::OnRequest(error_code error) {
  if (error) return OnReadError(error);
  const Request request = parser_->release();
  version_ = request.version();
  is_head_ = request.method() == http::verb::head;
  keep_alive_ = request.keep_alive();
  shared_.handler.Handle(request, strand_,
                         [self = shared_from_this()](Response response) {
                           self->Write(std::move(response));
                         });
}

void Connection::OnReadError(error_code error) {
  if (error == http::error::header_limit) {
    return Refuse(http::status::request_header_fields_too_large);
  }
  if (error == http::error::body_limit) {
    return Refuse(http::status::payload_too_large);
  }
  const bool is_http =
      error.category() == make_error_code(http::error::bad_method).category();
  if (is_http && error != http::error::end_of_stream &&
      error != http::error::partial_message) {
    return Refuse(http::status::bad_request);
  }
  Close();
}

void Connection::Refuse(http::status status) {
  version_ = 11;
  is_head_ = parser_->get().method() == http::verb::head;
  keep_alive_ = false;
  const std::string reason = std::string(http::obsolete_reason(status));
  shared_.log.Write(
      absl::StrCat("refused: ", static_cast<unsigned>(status), " ", reason));
  Write(TextResponse(status, reason));
}

void Connection::Write(Response response) {
  response_ = std::move(response);
  response_.version(version_);
  response_.keep_alive(keep_alive_ && !IsLastResponse());
  response_.prepare_payload();
  if (is_head_) response_.body().clear();  // its length stays in the header
  stream_.expires_after(shared_.limits.write_timeout);
  http::async_write(stream_, response_,
                    [self = shared_from_this()](error_code error, std::size_t) {
                      if (error || !self->response_.keep_alive()) {
                        self->Close();
                      } else {
                        self->ReadHeader();
                      }
                    });
}

bool Connection::IsLastResponse() {
  if (!drain_until_) return false;
  error_code ignored;
  return std::chrono::steady_clock::now() >= *drain_until_ ||
         (buffer_.size() == 0 && stream_.socket().available(ignored) == 0);
}

void Connection::Close() {
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  // Closing a socket with unread input would reset the connection, and the
  // client might lose the response.
  stream_.expires_after(shared_.limits.linger_timeout);
  DiscardInput();
}

void Connection::DiscardInput() {
  stream_.async_read_some(
      asio::buffer(discarded_),
      [self = shared_from_this()](error_code error, std::size_t) {
        if (!error) self->DiscardInput();
      });
}

}  // namespace request_server
