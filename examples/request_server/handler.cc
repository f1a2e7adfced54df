// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/handler.h"

#include <chrono>
#include <exception>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/http/verb.hpp"
#include "boost/system/error_code.hpp"
#include "weft/adapters/beast/fields.h"
#include "weft/context/deadline.h"
#include "weft/examples/request_server/wire/relay.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/future.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_resource.h"

namespace request_server {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr char kPath[] = "/hops";
constexpr char kRelayPath[] = "/relay";
constexpr char kMethods[] = "GET, HEAD";

// Stands for a database, or another server, that answers after a while.
constexpr std::chrono::milliseconds kDelay(1);

std::string_view PathOf(const Request& request) {
  const std::string_view target(request.target().data(),
                                request.target().size());
  return target.substr(0, target.find('?'));
}

bool IsRelay(const Request& request) {
  return PathOf(request) == kRelayPath && request.method() == http::verb::post;
}

// The response to what is not GET or HEAD of /hops.
std::optional<Response> Refusal(const Request& request) {
  if (PathOf(request) != kPath) {
    return TextResponse(http::status::not_found,
                        absl::StrCat("not found; try ", kPath));
  }
  if (request.method() != http::verb::get &&
      request.method() != http::verb::head) {
    Response response = TextResponse(http::status::method_not_allowed,
                                     absl::StrCat("allowed: ", kMethods));
    response.set(http::field::allow, kMethods);
    return response;
  }
  return std::nullopt;
}

}  // namespace

Response TextResponse(http::status status, const std::string& text) {
  Response response;
  response.result(status);
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.body() = text + "\n";
  return response;
}

// A request under way. Made in its context, destroyed on the I/O thread.
struct Handler::Journey {
  Journey(asio::io_context& io, weft::SerialExecutor& strand_of_connection,
          Respond respond_to)
      : strand(strand_of_connection),
        respond(std::move(respond_to)),
        timer(io),
        work(io.get_executor()) {}

  weft::SerialExecutor& strand;
  const Respond respond;
  const weft::AsyncResource resource{"HTTP_REQUEST"};
  asio::steady_timer timer;
  HopFunction first = &Handler::RunTask;  // on a worker
  // Asio cannot see the executor's tasks: keeps `io.run()` from returning.
  const asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<RelayedCall> calls = {};  // of /relay
  Response response = {};               // of the other server
  std::vector<Hop> hops = {};
  // What it is answered with if it is dropped; nothing if it has been answered.
  std::optional<http::status> if_dropped = http::status::service_unavailable;
  std::exception_ptr error = {};  // what a hop has thrown
};

// On whichever thread drops the task that held it.
void Handler::GiveBack::operator()(Journey* journey) const {
  if (!journey->if_dropped) {
    delete journey;
    return;
  }
  JourneyPtr failed(journey, *this);
  asio::post(handler->io_,
             journey->resource.Bind(
                 [handler = handler, failed = std::move(failed)]() mutable {
                   handler->Fail(std::move(failed));
                 }));
}

Handler::Handler(asio::io_context& io, weft::Executor& executor,
                 const HandlerLimits& limits, const RequestContext& context,
                 Calls& calls, const RequestLog& log)
    : io_(io),
      executor_(executor),
      admission_(executor, {.capacity = limits.waiting}),
      limits_(limits),
      context_(context),
      calls_(calls),
      log_(log) {}

void Handler::Handle(const Request& request, weft::SerialExecutor& strand,
                     Respond respond) {
  const std::optional<RequestId> id = IdOf(request);
  if (!id) {
    log_.Write(absl::StrCat("refused: bad ", kRequestIdHeader));
    respond(TextResponse(http::status::bad_request,
                         absl::StrCat("bad ", kRequestIdHeader)));
    return;
  }
  if (!limits_.context) return Begin(request, strand, std::move(respond));
  const weft::Extracted extracted = context_.propagator.Extract(
      weft::beast::FieldsReader(request), limits_.trust);
  extracted.Run([&] {
    const auto scope = context_.request_id.WithScope(*id);
    const weft::DeadlineScope deadline(weft::Deadline::In(limits_.deadline));
    if (extracted.dropped().any()) log_.Write("dropped some of the context");
    Begin(request, strand, std::move(respond));
  });
}

void Handler::Begin(const Request& request, weft::SerialExecutor& strand,
                    Respond respond) {
  log_.Write("start " + std::string(request.method_string()) + " " +
             std::string(request.target()));
  std::vector<RelayedCall> calls;
  std::optional<Response> refusal;
  const bool is_relay = limits_.relay && IsRelay(request);
  if (!is_relay) {
    refusal = Refusal(request);
  } else {
    try {
      calls = RelayedCallsFromJson(request.body());
    } catch (const std::invalid_argument& error) {
      refusal = TextResponse(http::status::bad_request, error.what());
    }
  }
  if (refusal) return Answer(respond, *std::move(refusal));
  JourneyPtr journey(new Journey(io_, strand, std::move(respond)),
                     GiveBack{this});
  if (is_relay) journey->first = &Handler::MakeCalls;
  journey->calls = std::move(calls);
  const weft::AsyncResource& resource = journey->resource;
  resource.RunInAsyncScope([&] { Run(&Handler::Start, std::move(journey)); });
}

void Handler::Run(HopFunction hop, JourneyPtr journey) {
  try {
    (this->*hop)(journey);
  } catch (...) {
    // Gone already, or answered: then there is nobody left to tell.
    if (journey == nullptr || !journey->if_dropped) return;
    journey->error = std::current_exception();
  }
}

auto Handler::Later(HopFunction hop, JourneyPtr journey) {
  return [this, hop, journey = std::move(journey)](auto&&...) mutable {
    Run(hop, std::move(journey));
  };
}

void Handler::Start(JourneyPtr& journey) {
  journey->hops.push_back(HopHere("start", context_));
  // If it is turned away it is dropped here.
  const HopFunction first = journey->first;
  static_cast<void>(admission_.TryPost(Later(first, std::move(journey))));
}

void Handler::RunTask(JourneyPtr& journey) {
  journey->if_dropped = http::status::gateway_timeout;
  journey->hops.push_back(Visit("task"));
  asio::steady_timer& timer = journey->timer;
  timer.expires_after(kDelay);
  timer.async_wait(weft::AsyncResource::Bind(
      Later(&Handler::OnTimer, std::move(journey)), "TIMER"));
}

void Handler::OnTimer(JourneyPtr& journey) {
  journey->hops.push_back(Visit("timer"));
  if (limits_.upstream != 0) return Call(journey);
  weft::SerialExecutor& strand = journey->strand;
  strand.Post(Later(&Handler::FanOut, std::move(journey)));
}

void Handler::Call(JourneyPtr& journey) {
  journey->hops.push_back(Visit("call"));
  journey->if_dropped = http::status::bad_gateway;
  weft::Future<Response> response =
      calls_.Send(limits_.upstream, Request(http::verb::get, kPath, 11));
  // Without a response it is dropped with the function.
  static_cast<void>(std::move(response).Then(
      [this, journey = std::move(journey)](Response answer) mutable {
        journey->response = std::move(answer);
        Run(&Handler::OnResponse, std::move(journey));
      }));
}

void Handler::OnResponse(JourneyPtr& journey) {
  const Response response = std::move(journey->response);
  std::vector<Hop> hops;
  if (response.result() == http::status::ok) {
    try {
      hops = HopsFromJson(response.body());
    } catch (const std::invalid_argument& error) {
      log_.Write(error.what());
    }
  }
  if (hops.empty()) return;  // dropped
  for (Hop& hop : hops) {
    hop.name.insert(0, kUpstreamHop);
    journey->hops.push_back(std::move(hop));
  }
  journey->hops.push_back(Visit("response"));
  journey->if_dropped = http::status::gateway_timeout;
  weft::SerialExecutor& strand = journey->strand;
  strand.Post(Later(&Handler::FanOut, std::move(journey)));
}

void Handler::FanOut(JourneyPtr& journey) {
  journey->hops.push_back(Visit("fan out"));
  Hop part_1;
  Hop part_2;
  Hop subtask;
  weft::TaskGroup parts(executor_);
  parts.Run([&] { part_1 = Visit("part 1"); });
  parts.Run([&] {
    part_2 = Visit("part 2");
    subtask = executor_.Submit([this] { return Visit("subtask"); }).Get();
  });
  parts.Wait();
  for (Hop* const hop : {&part_1, &part_2, &subtask}) {
    journey->hops.push_back(std::move(*hop));
  }
  Return(journey);
}

void Handler::MakeCalls(JourneyPtr& journey) {
  journey->hops.push_back(Visit("relay"));
  journey->if_dropped = http::status::bad_gateway;
  weft::Future<void> made =
      weft::Spawn(executor_, Relay(calls_, std::move(journey->calls)));
  static_cast<void>(
      std::move(made).Then(Later(&Handler::Return, std::move(journey))));
}

void Handler::Return(JourneyPtr& journey) {
  // Bound at the start of the way to the request's own resource and context.
  const weft::AsyncResource& resource = journey->resource;
  asio::post(io_, resource.Bind(Later(&Handler::Finish, std::move(journey))));
}

void Handler::Finish(JourneyPtr& journey) {
  journey->hops.push_back(HopHere("finish", context_));
  Response response;
  response.set(http::field::content_type, "application/json");
  response.body() = HopsToJson(journey->hops);
  journey->if_dropped.reset();
  Answer(journey->respond, std::move(response));
}

void Handler::Fail(JourneyPtr journey) {
  http::status status = *journey->if_dropped;
  if (status == http::status::bad_gateway &&
      weft::Deadline::Current().has_passed()) {
    status = http::status::gateway_timeout;
  }
  try {
    if (journey->error) std::rethrow_exception(journey->error);
  } catch (const weft::DeadlineExceededError&) {
    status = http::status::gateway_timeout;
  } catch (const std::exception& error) {
    status = http::status::internal_server_error;
    log_.Write(error.what());
  }
  journey->if_dropped.reset();
  Answer(journey->respond,
         TextResponse(status, std::string(http::obsolete_reason(status))));
}

Hop Handler::Visit(std::string_view name) const {
  log_.Write(name);
  return HopHere(name, context_);
}

void Handler::Answer(const Respond& respond, Response response) const {
  if (const RequestId* const id = context_.request_id.GetStore()) {
    response.set(kRequestIdHeader, *id);
  }
  log_.Write(absl::StrCat("finish ", response.result_int()));
  respond(std::move(response));
}

std::optional<RequestId> Handler::IdOf(const Request& request) {
  const auto [first, last] = request.equal_range(kRequestIdHeader);
  if (first == last) return absl::StrCat("made-here-", ++ids_made_);
  RequestId id = std::string(first->value());
  if (std::next(first) != last || !IsRequestId(id)) return std::nullopt;
  return id;
}

}  // namespace request_server
