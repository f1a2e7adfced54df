// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the server does with a request: sends it on a way of several hops
// through tasks, a timer, perhaps another server, a task group and back to the
// I/O thread. No step is told the request's id; each finds it in the storage.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_HANDLER_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_HANDLER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "boost/asio/io_context.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/beast/http/status.hpp"
#include "boost/beast/http/string_body.hpp"
#include "weft/examples/request_server/hop.h"
#include "weft/examples/request_server/request_id.h"
#include "weft/examples/request_server/request_log.h"
#include "weft/examples/request_server/wire/calls.h"
#include "weft/examples/request_server/wire/request_context.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/executor.h"
#include "weft/executor/serial_executor.h"
#include "weft/propagation/propagator.h"

namespace request_server {

using Request = Calls::Request;
using Response = Calls::Response;

// Without version, lengths and fields about the connection: whoever sends the
// response knows these.
Response TextResponse(boost::beast::http::status status,
                      const std::string& text);

struct HandlerLimits {
  // How many requests may wait for a worker to begin with them.
  std::size_t waiting = 1024;
  // How long a request may take.
  std::chrono::milliseconds deadline = std::chrono::seconds(10);
  // Do id, trace, baggage and deadline travel with the request? If not there is
  // none of them: to see what they cost.
  bool context = true;
  // What is taken of the context that a client sends.
  weft::Trust trust = weft::Trust::kContinue;
  // The port of a server that each request of /hops calls; 0: none.
  std::uint16_t upstream = 0;
  // Is there /relay (relay.h)? It makes calls for whoever asks.
  bool relay = false;
};

// Handler
//
// Answers GET and HEAD of /hops, and POST of /relay: with 503 where too many
// requests wait already, or one has waited for too long; with 504 where a
// request's time is up when it has begun; with 502 where another server fails;
// with 500 where a hop fails otherwise. A client may say in the field
// `request-timeout-ms` how long it waits. The time travels in the context: no
// hop asks for it.
//
// Thread-safety: owner-only; `Handle()` is for the I/O thread.
// Lifetime: until `io.run()` has returned, which it does no earlier than the
//   last request has been answered. What the handler is given must outlive it.
class Handler {
 public:
  // Called once for each request, on the I/O thread, in the request's context.
  using Respond = std::function<void(Response)>;

  Handler(boost::asio::io_context& io, weft::Executor& executor,
          const HandlerLimits& limits, const RequestContext& context,
          Calls& calls, const RequestLog& log);

  // `strand` is the connection's; both live until `respond` has been called and
  // is gone.
  void Handle(const Request& request, weft::SerialExecutor& strand,
              Respond respond);

 private:
  struct Journey;
  // One that is dropped before it was answered, in a queue, is answered.
  struct GiveBack {
    void operator()(Journey* journey) const;
    Handler* handler = nullptr;
  };
  using JourneyPtr = std::unique_ptr<Journey, GiveBack>;

  // The hops, in order. Each hands the journey to the next.
  using HopFunction = void (Handler::*)(JourneyPtr& journey);
  void Start(JourneyPtr& journey);       // on the I/O thread, as HTTP_REQUEST
  void RunTask(JourneyPtr& journey);     // on a worker
  void OnTimer(JourneyPtr& journey);     // on the I/O thread, as TIMER
  void Call(JourneyPtr& journey);        // there, if there is another server
  void OnResponse(JourneyPtr& journey);  // on a worker
  void FanOut(JourneyPtr& journey);  // on the strand, its parts on any worker
  void Return(JourneyPtr& journey);  // on a worker
  void Finish(JourneyPtr& journey);  // on the I/O thread, as HTTP_REQUEST
  // In the place of all between the first and the last two: of /relay.
  void MakeCalls(JourneyPtr& journey);  // on a worker

  // Runs a hop, on a thread that is nobody's in particular: what it throws
  // costs its request an error, and nobody else anything.
  void Run(HopFunction hop, JourneyPtr journey);
  // A callable that does that.
  auto Later(HopFunction hop, JourneyPtr journey);

  void Fail(JourneyPtr journey);  // as Finish, for one that was dropped

  // In the context of the request, if there is one.
  void Begin(const Request& request, weft::SerialExecutor& strand,
             Respond respond);
  // Logs the hop and returns what is seen at it.
  Hop Visit(std::string_view name) const;
  // Responds in the name of the current request.
  void Answer(const Respond& respond, Response response) const;
  // Empty: the client gave one that is not acceptable.
  std::optional<RequestId> IdOf(const Request& request);

  boost::asio::io_context& io_;
  weft::Executor& executor_;
  weft::BoundedExecutor admission_;  // where requests wait to begin
  const HandlerLimits limits_;
  const RequestContext& context_;
  Calls& calls_;
  const RequestLog& log_;
  std::uint64_t ids_made_ = 0;
};

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_HANDLER_H_
