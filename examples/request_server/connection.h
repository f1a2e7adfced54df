// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// One client's connection: reads requests, has them handled, and writes the
// responses in the order of the requests.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_CONNECTION_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_CONNECTION_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/system/error_code.hpp"
#include "weft/examples/request_server/handler.h"
#include "weft/examples/request_server/request_log.h"
#include "weft/executor/executor.h"
#include "weft/executor/serial_executor.h"

namespace request_server {

struct ConnectionLimits {
  std::uint32_t header_bytes = 8 * 1024;
  std::uint64_t body_bytes = 64 * 1024;
  // From the end of a response to the end of the next request.
  std::chrono::milliseconds read_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);
  // How long to wait, after the last response, for the client to close.
  std::chrono::milliseconds linger_timeout = std::chrono::seconds(2);
  // How long after `Drain()` requests that had arrived are still read.
  std::chrono::milliseconds drain_timeout = std::chrono::seconds(10);
};

// Connection
//
// The next request of a client is read when the last one has been answered: a
// client that sends many at once waits in its socket, and one that reads or
// writes slowly holds no worker.
//
// Thread-safety: owner-only, the I/O thread's.
// Lifetime: until the client is gone, held by what it waits for.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // What the connections of a server share; it must outlive them.
  struct Shared {
    ConnectionLimits limits;
    weft::Executor& executor;
    Handler& handler;
    const RequestLog& log;
    std::unordered_set<Connection*> all = {};
  };

  // Adds itself to `shared.all` while it lives.
  Connection(boost::asio::ip::tcp::socket socket, Shared& shared);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Starts to read.
  void Start();

  // Answers what has arrived by now, then closes.
  void Drain();

 private:
  using error_code = boost::system::error_code;
  using Parser =
      boost::beast::http::request_parser<boost::beast::http::string_body>;

  void ReadHeader();
  void OnHeader(error_code error);
  void OnRequest(error_code error);
  void OnReadError(error_code error);
  // Answers for the protocol, not for a request, and closes.
  void Refuse(boost::beast::http::status status);
  void Write(Response response);
  bool IsLastResponse();
  void Close();
  void DiscardInput();

  boost::beast::tcp_stream stream_;
  Shared& shared_;
  // What its requests do on workers, one step at a time.
  weft::SerialExecutor strand_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;  // of the request being read
  // Of the request being answered.
  unsigned version_ = 11;
  bool is_head_ = false;
  bool keep_alive_ = false;
  Response response_;
  std::array<char, 4096> discarded_;
  std::optional<std::chrono::steady_clock::time_point> drain_until_;
};

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_CONNECTION_H_
