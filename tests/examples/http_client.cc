// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/examples/http_client.h"

#include "boost/asio/buffer.hpp"
#include "boost/asio/ip/address_v4.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/system/error_code.hpp"

namespace request_server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

std::string GetHops(const std::string& request_id) {
  std::string request = "GET /hops HTTP/1.1\r\nHost: localhost\r\n";
  if (!request_id.empty()) request += "X-Request-Id: " + request_id + "\r\n";
  return request + "\r\n";
}

HttpClient::HttpClient(std::uint16_t port) : socket_(io_) {
  socket_.connect({asio::ip::address_v4::loopback(), port});
}

void HttpClient::Send(std::string_view bytes) {
  asio::write(socket_, asio::buffer(bytes));
}

HttpClient::Response HttpClient::ReadResponse() {
  Response response;
  http::read(socket_, buffer_, response);
  return response;
}

HttpClient::Response HttpClient::ReadResponseHead() {
  http::response_parser<http::string_body> parser;
  parser.skip(true);
  http::read(socket_, buffer_, parser);
  return parser.release();
}

bool HttpClient::IsAtEnd() {
  if (buffer_.size() != 0) return false;
  boost::system::error_code error;
  socket_.read_some(buffer_.prepare(1), error);
  if (!error) buffer_.commit(1);
  return static_cast<bool>(error);
}

}  // namespace request_server
