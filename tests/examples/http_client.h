// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A client for tests: sends any bytes, reads one response after the other.

#ifndef WEFT_TESTS_EXAMPLES_HTTP_CLIENT_H_
#define WEFT_TESTS_EXAMPLES_HTTP_CLIENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/beast/http/string_body.hpp"

namespace request_server {

// Of a request for /hops, without a body. `request_id` empty: no such field.
std::string GetHops(const std::string& request_id);

// Owner-only. Calls block; a test that waits in vain ends by its timeout. They
// throw boost::system::system_error where not said otherwise.
class HttpClient {
 public:
  using Response =
      boost::beast::http::response<boost::beast::http::string_body>;

  // Connects to 127.0.0.1.
  explicit HttpClient(std::uint16_t port);

  void Send(std::string_view bytes);
  Response ReadResponse();
  // Reads the response to a HEAD request.
  Response ReadResponseHead();
  // Waits for what comes next: true if it is the end, of whatever kind.
  bool IsAtEnd();

  // Sends, and reads the response.
  Response Ask(std::string_view bytes) {
    Send(bytes);
    return ReadResponse();
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace request_server

#endif  // WEFT_TESTS_EXAMPLES_HTTP_CLIENT_H_
