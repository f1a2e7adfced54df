// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Calls of other HTTP servers, with the context of the request that makes them.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_WIRE_CALLS_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_WIRE_CALLS_H_

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/beast/http/string_body.hpp"
#include "weft/examples/request_server/wire/request_context.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"

namespace request_server {

// Calls
//
// Connections to servers on this machine (127.0.0.1), kept while they last.
//
// Thread-safety: thread-safe, but for destruction.
// Lifetime: until `io.run()` has returned. `io` must have work until the
//   futures are ready.
class Calls {
 public:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response =
      boost::beast::http::response<boost::beast::http::string_body>;

  Calls(boost::asio::io_context& io, weft::Executor& executor,
        const RequestContext& context);

  // Sends `request` as HTTP/1.1 to that port, with the calling flow's context
  // in its header, in which the call has a span of its own. The future throws
  // boost::system::system_error if no response comes within the flow's
  // deadline, or 30 seconds.
  weft::Future<Response> Send(std::uint16_t port, Request request);

 private:
  class Call;
  using Stream = boost::beast::tcp_stream;

  boost::asio::io_context& io_;
  weft::Executor& executor_;
  const RequestContext& context_;
  // For the I/O thread: connections without a call, by port.
  std::unordered_map<std::uint16_t, std::vector<std::unique_ptr<Stream>>> idle_;
};

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_WIRE_CALLS_H_
