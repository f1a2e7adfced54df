// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The server of examples/request_server with real clients over loopback.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address_v4.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/status.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/beast/http/write.hpp"
#include "boost/system/error_code.hpp"
#include "boost/system/system_error.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/examples/http_client.h"
#include "tests/examples/log_gate.h"
#include "weft/examples/request_server/demo/demo_clients.h"
#include "weft/examples/request_server/event_counts.h"
#include "weft/examples/request_server/hop.h"
#include "weft/examples/request_server/request_id.h"
#include "weft/examples/request_server/request_log.h"
#include "weft/examples/request_server/server.h"
#include "weft/hooks/hook_event.h"
#include "weft/propagation/propagator.h"

namespace request_server {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::EndsWith;
using testing::Field;
using testing::Gt;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Le;
using testing::Lt;
using testing::MatchesRegex;
using testing::Ne;
using testing::Not;

// The parameter: how many workers.
class RequestServerTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { Serve({}); }

  void TearDown() override {
    log_.Open();
    upstream_log_.Open();
    server_.reset();  // with its connections to the other one
    upstream_.reset();
    EXPECT_TRUE(counts_.balanced()) << counts_;
  }

  void Serve(const ConnectionLimits& limits,
             const HandlerLimits& handling = {}) {
    server_.reset();
    log_.Clear();  // of what the last one logged at its end
    server_ = std::make_unique<Server>(ServerOptions{.port = 0,
                                                     .workers = GetParam(),
                                                     .handling = handling,
                                                     .limits = limits},
                                       log_.sink());
  }

  // Starts another server, on a free port by default, and returns its port.
  std::uint16_t ServeUpstream(const HandlerLimits& handling = {},
                              std::uint16_t port = 0) {
    upstream_.reset();
    upstream_ = std::make_unique<Server>(
        ServerOptions{
            .port = port,
            .workers = GetParam(),
            .handling = handling,
            .limits = {.linger_timeout = std::chrono::milliseconds(20)}},
        upstream_log_.sink());
    return upstream_->port();
  }

  std::uint16_t port() const { return server_->port(); }

  // Is there a server that answers?
  bool IsAlive() const {
    return HttpClient(port()).Ask(GetHops("alive")).result() ==
           http::status::ok;
  }

  LogGate log_;
  LogGate upstream_log_;
  EventCounts counts_;
  std::unique_ptr<Server> upstream_;
  std::unique_ptr<Server> server_;
};

INSTANTIATE_TEST_SUITE_P(Workers, RequestServerTest, testing::Values(1, 2, 8),
                         testing::PrintToStringParamName());

std::string IdOf(const HttpClient::Response& response) {
  return std::string(response[kRequestIdHeader]);
}

TEST_P(RequestServerTest, EveryHopSeesTheRequest) {
  const auto response = HttpClient(port()).Ask(GetHops("ada"));
  EXPECT_EQ(response.result(), http::status::ok);
  EXPECT_EQ(IdOf(response), "ada");
  const std::vector<Hop> hops = HopsFromJson(response.body());
  EXPECT_THAT(hops, Each(Field(&Hop::request_id, "ada")));
  std::vector<std::string> names;
  for (const Hop& hop : hops) names.push_back(hop.name);
  EXPECT_THAT(names, ElementsAre("start", "task", "timer", "fan out", "part 1",
                                 "part 2", "subtask", "finish"));
}

TEST_P(RequestServerTest, HopsTellWhatCausedThem) {
  const auto response = HttpClient(port()).Ask(GetHops("ada"));
  const std::vector<Hop> hops = HopsFromJson(response.body());
  ASSERT_EQ(hops.size(), 8u);
  const Hop& start = hops[0];
  const Hop& finish = hops[7];
  EXPECT_EQ(finish.execution_async_id, start.execution_async_id);
  EXPECT_EQ(finish.trigger_async_id, start.trigger_async_id);
  const auto expect_cause = [&](std::size_t hop, std::size_t cause) {
    EXPECT_EQ(hops[hop].trigger_async_id, hops[cause].execution_async_id)
        << hops[hop].name << " is caused by " << hops[cause].name;
  };
  expect_cause(1, 0);  // the task, by the request
  expect_cause(2, 1);  // the timer
  expect_cause(3, 2);  // the second task
  expect_cause(4, 3);  // its parts
  expect_cause(5, 3);
  expect_cause(6, 5);  // a part's own task
}

TEST_P(RequestServerTest, OnlyTheIoThreadDoesIo) {
  const auto response = HttpClient(port()).Ask(GetHops("ada"));
  for (const Hop& hop : HopsFromJson(response.body())) {
    const bool is_io =
        hop.name == "start" || hop.name == "timer" || hop.name == "finish";
    EXPECT_EQ(hop.thread == "http-io", is_io) << hop.name << hop.thread;
    EXPECT_EQ(hop.thread.find("http-"), 0u) << hop.thread;
  }
}

TEST_P(RequestServerTest, ConcurrentClientsGetTheirOwnIds) {
  constexpr int kRequests = 500;
  std::int64_t last_progress = 0;
  const DemoResult result =
      RunDemoClients({.port = port(), .clients = 16, .requests = kRequests},
                     [&](std::int64_t ended) { last_progress = ended; });
  EXPECT_TRUE(result.ok()) << result.first_problem;
  EXPECT_EQ(result.answered, kRequests);
  EXPECT_EQ(last_progress, kRequests);
  server_->Stop();
  // For each request: itself, a timer, two tasks, two parts and a subtask. The
  // request runs twice.
  EXPECT_EQ(counts_.count(weft::HookEvent::kInit), 7u * kRequests);
  EXPECT_EQ(counts_.count(weft::HookEvent::kBefore), 8u * kRequests);
  EXPECT_EQ(counts_.count(weft::HookEvent::kPromiseResolve), 1u * kRequests);
}

TEST_P(RequestServerTest, AConnectionCarriesNothingFromRequestToRequest) {
  HttpClient client(port());
  weft::AsyncId root = weft::kNoAsyncId;
  for (const std::string id : {"ada", "", "grace", "ada", ""}) {
    const auto response = client.Ask(GetHops(id));
    const std::vector<Hop> hops = HopsFromJson(response.body());
    if (id.empty()) {
      EXPECT_THAT(IdOf(response), HasSubstr("made-here-"));
    } else {
      EXPECT_EQ(IdOf(response), id);
    }
    EXPECT_THAT(hops, Each(Field(&Hop::request_id, IdOf(response))));
    // The I/O thread outside of any request caused each of them, not the one
    // before.
    if (root == weft::kNoAsyncId) root = hops.at(0).trigger_async_id;
    EXPECT_EQ(hops.at(0).trigger_async_id, root);
  }
}

TEST_P(RequestServerTest, BetweenRequestsAConnectionHasNoId) {
  HttpClient client(port());
  EXPECT_EQ(client.Ask(GetHops("ada")).result(), http::status::ok);
  EXPECT_EQ(client.Ask(GetHops("?")).result(), http::status::bad_request);
  EXPECT_EQ(client.Ask("\r\n\r\n\r\n").result(), http::status::bad_request);
  EXPECT_THAT(log_.lines(),
              IsSupersetOf({"ada: finish 200", "-: refused: bad X-Request-Id",
                            "-: refused: 400 Bad Request"}));
}

TEST_P(RequestServerTest, AnswersPipelinedRequestsInOrder) {
  HttpClient client(port());
  std::vector<std::string> ids;
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    ids.push_back("p" + std::to_string(i));
    requests += GetHops(ids.back());
  }
  client.Send(requests);
  for (const std::string& id : ids) {
    const auto response = client.ReadResponse();
    EXPECT_EQ(IdOf(response), id);
    EXPECT_THAT(HopsFromJson(response.body()),
                Each(Field(&Hop::request_id, id)));
  }
}

TEST_P(RequestServerTest, ARequestStartsWhileAnotherIsUnderWay) {
  log_.CloseAt("ada: task");
  HttpClient ada(port());
  HttpClient grace(port());
  ada.Send(GetHops("ada"));
  log_.WaitFor("ada: task");
  grace.Send(GetHops("grace"));
  log_.WaitFor("grace: start GET /hops");
  log_.Open();
  EXPECT_EQ(IdOf(grace.ReadResponse()), "grace");
  EXPECT_EQ(IdOf(ada.ReadResponse()), "ada");
}

TEST_P(RequestServerTest, AClientThatStallsHoldsNoWorker) {
  std::vector<std::unique_ptr<HttpClient>> stalled;
  for (int i = 0; i < 10; ++i) {
    stalled.push_back(std::make_unique<HttpClient>(port()));
    stalled.back()->Send("GET /hops HTTP/1.1\r\nHost: local");
  }
  EXPECT_TRUE(IsAlive());
  stalled[0]->Send("host\r\n\r\n");
  EXPECT_EQ(stalled[0]->ReadResponse().result(), http::status::ok);
}

TEST_P(RequestServerTest, GivesUpOnAClientThatStalls) {
  Serve({.read_timeout = std::chrono::milliseconds(20)});
  HttpClient client(port());
  client.Send("GET /hops HTTP/1.1\r\nHost: local");
  EXPECT_TRUE(client.IsAtEnd());
  // It gives up on this thread as well if a busy machine holds that up.
  bool is_alive = false;
  for (int i = 0; i < 100 && !is_alive; ++i) {
    try {
      is_alive = IsAlive();
    } catch (const boost::system::system_error&) {
    }
  }
  EXPECT_TRUE(is_alive);
}

TEST_P(RequestServerTest, RefusesWhatIsNotHttp) {
  for (const std::string_view bytes : {
           "\r\n\r\n\r\n",
           "hello\r\n\r\n",
           "GET /hops\r\n\r\n",
           "GET /hops HTTP/9.9\r\nHost: a\r\n\r\n",
           "GET  /hops HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET /hops HTTP/1.1\r\nHost\r\n\r\n",
           "GET /hops HTTP/1.1\r\nHo st: a\r\n\r\n",
           "GET /hops HTTP/1.1\r\n\r\n",
           "GET /hops HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           "GET /hops HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
           "GET /hops HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
           "POST /hops HTTP/1.1\r\nHost: a\r\n"
           "Transfer-Encoding: chunked\r\n\r\nx\r\n",
           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
       }) {
    HttpClient client(port());
    EXPECT_EQ(client.Ask(bytes).result(), http::status::bad_request) << bytes;
    EXPECT_TRUE(client.IsAtEnd()) << bytes;
  }
  EXPECT_TRUE(IsAlive());
}

TEST_P(RequestServerTest, RefusesWhatIsTooLarge) {
  const std::string head = "POST /hops HTTP/1.1\r\nHost: a\r\n";
  const std::string large(100'000, 'x');
  const auto status_of = [&](const std::string& request) {
    HttpClient client(port());
    const auto status = client.Ask(request).result();
    EXPECT_TRUE(client.IsAtEnd());
    return status;
  };
  EXPECT_EQ(status_of(head + "Large: " + large + "\r\n\r\n"),
            http::status::request_header_fields_too_large);
  EXPECT_EQ(status_of("GET /" + large + " HTTP/1.1\r\n\r\n"),
            http::status::request_header_fields_too_large);
  EXPECT_EQ(status_of(head + "Content-Length: 100000\r\n\r\n" + large),
            http::status::payload_too_large);
  EXPECT_EQ(status_of(head + "Content-Length: 99999999999\r\n\r\n"),
            http::status::payload_too_large);
  EXPECT_EQ(status_of(head + "Transfer-Encoding: chunked\r\n\r\n" +
                      "186a0\r\n" + large + "\r\n0\r\n\r\n"),
            http::status::payload_too_large);
  EXPECT_TRUE(IsAlive());
}

TEST_P(RequestServerTest, RefusesBadIdsAndGoesOn) {
  HttpClient client(port());
  for (const std::string& id :
       {std::string(65, 'x'), std::string("a b"), std::string("a,b"),
        std::string("\xc3\xa9"), std::string("a\r\nX-Request-Id: b"),
        std::string("\"")}) {
    const auto response = client.Ask(GetHops(id));
    EXPECT_EQ(response.result(), http::status::bad_request) << id;
    EXPECT_EQ(response.count(kRequestIdHeader), 0u) << id;
  }
  EXPECT_EQ(client
                .Ask("GET /hops HTTP/1.1\r\nHost: a\r\n"
                     "X-Request-Id:\r\n\r\n")
                .result(),
            http::status::bad_request);
  const std::string longest(64, 'x');
  EXPECT_EQ(IdOf(client.Ask(GetHops(longest))), longest);
}

TEST_P(RequestServerTest, KnowsOnePathAndTwoMethods) {
  HttpClient client(port());
  const auto ask = [&](const std::string& line, const std::string& rest = "") {
    return client.Ask(line + " HTTP/1.1\r\nHost: a\r\nX-Request-Id: ada\r\n" +
                      rest + "\r\n");
  };
  EXPECT_EQ(ask("GET /hops?a=b").result(), http::status::ok);
  const auto not_found = ask("GET /elsewhere");
  EXPECT_EQ(not_found.result(), http::status::not_found);
  EXPECT_EQ(IdOf(not_found), "ada");
  for (const char* const method : {"POST", "DELETE", "BREW"}) {
    const auto response = ask(std::string(method) + " /hops");
    EXPECT_EQ(response.result(), http::status::method_not_allowed) << method;
    EXPECT_EQ(response[http::field::allow], "GET, HEAD") << method;
  }
  client.Send(
      "POST /hops HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(client.ReadResponse().result(), http::status::method_not_allowed);
  EXPECT_EQ(ask("GET /hops").result(), http::status::ok);
}

TEST_P(RequestServerTest, AnswersHeadWithoutABody) {
  HttpClient client(port());
  for (const char* const path : {"/hops", "/elsewhere"}) {
    client.Send("HEAD " + std::string(path) +
                " HTTP/1.1\r\nHost: a\r\nX-Request-Id: ada\r\n\r\n");
    const auto response = client.ReadResponseHead();
    EXPECT_EQ(IdOf(response), "ada");
    EXPECT_NE(response[http::field::content_length], "0");
  }
  EXPECT_EQ(IdOf(client.Ask(GetHops("grace"))), "grace");
}

TEST_P(RequestServerTest, RefusesExpectations) {
  HttpClient client(port());
  EXPECT_EQ(client
                .Ask("POST /hops HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                     "Expect: 100-continue\r\n\r\n")
                .result(),
            http::status::expectation_failed);
  EXPECT_TRUE(client.IsAtEnd());
}

TEST_P(RequestServerTest, ClosesWhenTheClientAsks) {
  HttpClient new_client(port());
  const auto response = new_client.Ask(
      "GET /hops HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(response.result(), http::status::ok);
  EXPECT_FALSE(response.keep_alive());
  EXPECT_TRUE(new_client.IsAtEnd());

  HttpClient old_client(port());
  EXPECT_EQ(old_client.Ask("GET /hops HTTP/1.0\r\n\r\n").result(),
            http::status::ok);
  EXPECT_TRUE(old_client.IsAtEnd());
}

TEST_P(RequestServerTest, TakesAClientThatLeavesBeforeTheAnswer) {
  log_.CloseAt("ada: task");
  {
    HttpClient client(port());
    client.Send(GetHops("ada"));
    log_.WaitFor("ada: task");
  }
  log_.Open();
  EXPECT_TRUE(IsAlive());
}

// All workers are busy with a request each; one more waits.
TEST_P(RequestServerTest, MoreThanMayWaitAreToldSo) {
  Serve({}, {.waiting = 1});
  const std::string at_work = "busy: task";
  log_.CloseAt(at_work);
  std::vector<std::unique_ptr<HttpClient>> busy;
  for (int i = 0; i < GetParam(); ++i) {
    busy.push_back(std::make_unique<HttpClient>(port()));
    busy.back()->Send(GetHops("busy"));
    std::vector<std::string> lines = log_.lines();
    while (std::count(lines.begin(), lines.end(), at_work) <= i) {
      std::this_thread::yield();
      lines = log_.lines();
    }
  }
  HttpClient waiting(port());
  waiting.Send(GetHops("waiting"));
  log_.WaitFor("waiting: start GET /hops");
  const auto refused = HttpClient(port()).Ask(GetHops("refused"));
  EXPECT_EQ(refused.result(), http::status::service_unavailable);
  EXPECT_EQ(IdOf(refused), "refused");
  log_.Open();
  EXPECT_EQ(waiting.ReadResponse().result(), http::status::ok);
  for (const auto& client : busy) {
    EXPECT_EQ(client->ReadResponse().result(), http::status::ok);
  }
}

// The names of the hops, as they are logged; the last one is of the I/O thread.
constexpr const char* kLoggedHops[] = {"task",   "timer",  "fan out",
                                       "part 1", "part 2", "subtask"};

// At each hop in turn the request is held up until its time is over.
TEST_P(RequestServerTest, ARequestWhoseTimeIsUpAtAnyHopIsToldSo) {
  constexpr std::chrono::milliseconds kTime(50);
  for (const std::string hop : kLoggedHops) {
    Serve({}, {.deadline = kTime});
    log_.CloseAt("ada: " + hop);
    HttpClient client(port());
    client.Send(GetHops("ada"));
    log_.WaitFor("ada: start GET /hops");  // Its time is running.
    std::this_thread::sleep_for(kTime);
    log_.Open();
    const auto response = client.ReadResponse();
    EXPECT_EQ(IdOf(response), "ada") << hop;
    // The last hop has nothing after it that could be late.
    const bool may_be_ok = hop == "part 1" || hop == "subtask";
    EXPECT_THAT(response.result_int(), AnyOf(503, 504, may_be_ok ? 200 : 504))
        << hop;
    EXPECT_EQ(client.Ask("GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n").result(),
              http::status::not_found)
        << hop;
  }
}

// Many requests whose time is up wherever it happens to be.
TEST_P(RequestServerTest, DeadlinesAtAnyMomentCostTheirRequestsOnly) {
  constexpr int kRequests = 100;
  for (const int deadline_ms : {2, 3, 5}) {
    Serve({}, {.deadline = std::chrono::milliseconds(deadline_ms)});
    const DemoResult result =
        RunDemoClients({.port = port(),
                        .clients = 32,
                        .requests = kRequests,
                        .time = std::chrono::milliseconds(deadline_ms)},
                       [](std::int64_t) {});
    EXPECT_EQ(result.mismatches, 0) << result.first_problem;
    EXPECT_EQ(result.answered + result.failed, kRequests);
    EXPECT_THAT(result.first_problem,
                AnyOf("", EndsWith("status 503"), EndsWith("status 504")));
  }
}

// At each hop in turn the log cannot be written.
TEST_P(RequestServerTest, AHopThatFailsCostsItsRequestOnly) {
  for (const std::string hop : kLoggedHops) {
    server_ = std::make_unique<Server>(
        ServerOptions{.port = 0, .workers = GetParam()},
        [hop](const LogEntry& entry) {
          if (entry.request_id == "ada" && entry.message == hop) {
            throw std::runtime_error("the disk is full");
          }
        });
    HttpClient client(port());
    const auto response = client.Ask(GetHops("ada"));
    EXPECT_EQ(response.result(), http::status::internal_server_error) << hop;
    EXPECT_EQ(IdOf(response), "ada") << hop;
    EXPECT_EQ(client.Ask(GetHops("grace")).result(), http::status::ok) << hop;
  }
}

// What happens outside of any hop costs the connection.
TEST_P(RequestServerTest, AnAnswerThatFailsCostsItsConnectionOnly) {
  for (const std::string line : {"start GET /hops", "finish 200"}) {
    server_ = std::make_unique<Server>(
        ServerOptions{.port = 0, .workers = GetParam()},
        [line](const LogEntry& entry) {
          if (entry.request_id == "ada" && entry.message == line) {
            throw std::runtime_error("the disk is full");
          }
        });
    HttpClient client(port());
    client.Send(GetHops("ada"));
    EXPECT_TRUE(client.IsAtEnd()) << line;
    EXPECT_TRUE(IsAlive()) << line;
  }
}

TEST(RequestLogTest, ALineCannotBeForgedNorControlATerminal) {
  EXPECT_EQ(
      FormatLogEntry({.thread = "http-io",
                      .request_id = "ada",
                      .message = "start GET /\x1b[2J\r\n[x] bob: \xc2\x9b"}),
      "[http-io] ada: start GET /\\x1b[2J\\r\\n[x] bob: \\xc2\\x9b");
}

// It waits for its timer for longer than it has time.
TEST_P(RequestServerTest, ARequestWhoseTimeIsUpIsToldSo) {
  Serve({}, {.deadline = std::chrono::milliseconds(1)});
  const auto response = HttpClient(port()).Ask(GetHops("ada"));
  EXPECT_THAT(response.result(), AnyOf(http::status::service_unavailable,
                                       http::status::gateway_timeout));
  EXPECT_EQ(IdOf(response), "ada");
}

TEST_P(RequestServerTest, StopAnswersWhatHasArrived) {
  log_.CloseAt("ada: task");
  HttpClient busy(port());
  HttpClient idle(port());
  HttpClient unfinished(port());
  EXPECT_EQ(IdOf(idle.Ask(GetHops("idle"))), "idle");
  unfinished.Send("GET /hops HTTP/1.1\r\nHost: local");
  busy.Send(GetHops("ada") + GetHops("grace") + GetHops("alan"));
  log_.WaitFor("ada: task");

  const auto stopped = std::async(std::launch::async, [&] { server_->Stop(); });
  log_.WaitFor("-: draining");
  EXPECT_THROW(HttpClient{port()}, boost::system::system_error);
  EXPECT_TRUE(idle.IsAtEnd());
  EXPECT_TRUE(unfinished.IsAtEnd());
  log_.Open();

  for (const std::string id : {"ada", "grace", "alan"}) {
    const auto response = busy.ReadResponse();
    EXPECT_EQ(IdOf(response), id);
    EXPECT_EQ(response.keep_alive(), id != "alan");
  }
  EXPECT_TRUE(busy.IsAtEnd());
  stopped.wait();
  EXPECT_EQ(counts_.count(weft::HookEvent::kInit), 4u * 7u);
}

TEST_P(RequestServerTest, StopDoesNotWaitForAClientThatKeepsAsking) {
  Serve({.drain_timeout = std::chrono::milliseconds(0)});
  log_.CloseAt("ada: task");
  HttpClient client(port());
  client.Send(GetHops("ada") + GetHops("grace"));
  log_.WaitFor("ada: task");
  const auto stopped = std::async(std::launch::async, [&] { server_->Stop(); });
  log_.WaitFor("-: draining");
  log_.Open();
  const auto response = client.ReadResponse();
  EXPECT_EQ(IdOf(response), "ada");
  EXPECT_FALSE(response.keep_alive());
  EXPECT_TRUE(client.IsAtEnd());
  stopped.wait();
}

// The I/O thread is kept busy while a client connects and sends.
TEST_P(RequestServerTest, StopAnswersAClientThatWaitsToBeAccepted) {
  log_.CloseAt("ada: start GET /hops");
  HttpClient ada(port());
  ada.Send(GetHops("ada"));
  log_.WaitFor("ada: start GET /hops");
  HttpClient grace(port());
  grace.Send(GetHops("grace"));
  const auto stopped = std::async(std::launch::async, [&] { server_->Stop(); });
  log_.Open();
  EXPECT_EQ(IdOf(ada.ReadResponse()), "ada");
  EXPECT_EQ(IdOf(grace.ReadResponse()), "grace");
  stopped.wait();
}

TEST_P(RequestServerTest, DestructionStops) {
  log_.CloseAt("ada: task");
  HttpClient client(port());
  client.Send(GetHops("ada"));
  log_.WaitFor("ada: task");
  const auto destroyed =
      std::async(std::launch::async, [&] { server_.reset(); });
  log_.WaitFor("-: draining");
  log_.Open();
  EXPECT_EQ(IdOf(client.ReadResponse()), "ada");
  destroyed.wait();
  EXPECT_TRUE(counts_.balanced()) << counts_;
  Serve({});
}

TEST_P(RequestServerTest, SaysWhichPortIsTaken) {
  try {
    const Server second({.port = port(), .workers = GetParam()}, log_.sink());
    FAIL() << "two servers on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(std::to_string(port())),
                                    HasSubstr("Address already in use")));
  }
}

// A request with fields of a context, whose trace is kTraceId.
constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";

std::string GetHopsWithContext(const std::string& id, int time_ms) {
  return "GET /hops HTTP/1.1\r\nHost: a\r\nX-Request-Id: " + id +
         "\r\ntraceparent: 00-" + kTraceId +
         "-00f067aa0ba902b7-01\r\nbaggage: session=7\r\nX-Tenant: acme\r\n"
         "request-timeout-ms: " +
         std::to_string(time_ms) + "\r\n\r\n";
}

// A hop with what such a request has.
auto IsHopOf(const std::string& id, int time_ms) {
  return AllOf(Field(&Hop::request_id, id), Field(&Hop::trace_id, kTraceId),
               Field(&Hop::tenant, "acme"), Field(&Hop::baggage, "session=7"),
               Field(&Hop::time_left_ms, AllOf(Gt(0), Lt(time_ms))));
}

TEST_P(RequestServerTest, HopsShowTheContextThatTheClientSent) {
  const auto response = HttpClient(port()).Ask(GetHopsWithContext("ada", 9000));
  EXPECT_THAT(HopsFromJson(response.body()), Each(IsHopOf("ada", 9000)));
}

TEST_P(RequestServerTest, AClientThatSendsNoContextHasATraceAndTheServersTime) {
  const auto response = HttpClient(port()).Ask(GetHops("ada"));
  const std::vector<Hop> hops = HopsFromJson(response.body());
  EXPECT_THAT(hops,
              Each(AllOf(Field(&Hop::tenant, ""), Field(&Hop::baggage, ""),
                         Field(&Hop::trace_id, hops.at(0).trace_id),
                         Field(&Hop::time_left_ms, Le(10'000)))));
  EXPECT_EQ(hops[0].trace_id.size(), 32u);
}

TEST_P(RequestServerTest, TrustSaysWhatIsTakenOfAClient) {
  Serve({}, {.trust = weft::Trust::kLink});
  const auto link = HttpClient(port()).Ask(GetHopsWithContext("ada", 9000));
  EXPECT_THAT(HopsFromJson(link.body()),
              Each(AllOf(Field(&Hop::tenant, "acme"),
                         Field(&Hop::trace_id, Ne(kTraceId)))));
  Serve({}, {.trust = weft::Trust::kIgnore});
  const auto ignore = HttpClient(port()).Ask(GetHopsWithContext("ada", 5));
  EXPECT_THAT(
      HopsFromJson(ignore.body()),
      Each(AllOf(Field(&Hop::request_id, "ada"), Field(&Hop::tenant, ""),
                 Field(&Hop::baggage, ""), Field(&Hop::trace_id, Ne(kTraceId)),
                 Field(&Hop::time_left_ms, Gt(5)))));
}

TEST_P(RequestServerTest, AContextThatIsMalformedIsDroppedAndTold) {
  const auto response = HttpClient(port()).Ask(
      "GET /hops HTTP/1.1\r\nHost: a\r\nX-Request-Id: ada\r\n"
      "X-Tenant: a b\r\nrequest-timeout-ms: soon\r\n\r\n");
  EXPECT_EQ(response.result(), http::status::ok);
  EXPECT_THAT(HopsFromJson(response.body()), Each(Field(&Hop::tenant, "")));
  EXPECT_THAT(log_.lines(), Contains("ada: dropped some of the context"));
}

TEST_P(RequestServerTest, TheTimeThatAClientHasIsKept) {
  const auto response = HttpClient(port()).Ask(GetHopsWithContext("ada", 1));
  EXPECT_THAT(response.result_int(), AnyOf(503, 504));
  EXPECT_EQ(IdOf(response), "ada");
}

TEST_P(RequestServerTest, AnotherServerGetsTheContext) {
  Serve({}, {.upstream = ServeUpstream()});
  const auto response = HttpClient(port()).Ask(GetHopsWithContext("ada", 9000));
  const std::vector<Hop> hops = HopsFromJson(response.body());
  EXPECT_THAT(hops, Each(IsHopOf("ada", 9000)));
  std::vector<std::string> names;
  for (const Hop& hop : hops) names.push_back(hop.name);
  EXPECT_THAT(
      names,
      ElementsAre("start", "task", "timer", "call", "upstream: start",
                  "upstream: task", "upstream: timer", "upstream: fan out",
                  "upstream: part 1", "upstream: part 2", "upstream: subtask",
                  "upstream: finish", "response", "fan out", "part 1", "part 2",
                  "subtask", "finish"));
  for (std::size_t i = 4; i < 12; ++i) {
    EXPECT_LE(hops[i].time_left_ms, hops[3].time_left_ms) << hops[i].name;
  }
}

TEST_P(RequestServerTest, ConcurrentClientsGetTheirOwnContextFromBothServers) {
  Serve({}, {.upstream = ServeUpstream()});
  const DemoResult result = RunDemoClients(
      {.port = port(), .clients = 16, .requests = 300, .has_upstream = true},
      [](std::int64_t) {});
  EXPECT_TRUE(result.ok()) << result.first_problem;
  EXPECT_EQ(result.answered, 300);
}

TEST_P(RequestServerTest, AnotherServerThatHasStartedAnewIsCalledAgain) {
  const std::uint16_t upstream = ServeUpstream();
  Serve({}, {.upstream = upstream});
  HttpClient client(port());
  EXPECT_EQ(client.Ask(GetHops("ada")).result(), http::status::ok);
  ServeUpstream({}, upstream);
  EXPECT_EQ(client.Ask(GetHops("ada")).result(), http::status::ok);
  upstream_.reset();
  EXPECT_EQ(client.Ask(GetHops("ada")).result(), http::status::bad_gateway);
}

TEST_P(RequestServerTest, AnotherServerThatIsLateCostsTheTimeOfTheRequest) {
  upstream_log_.CloseAt("ada: task");
  Serve({}, {.upstream = ServeUpstream()});
  const auto response = HttpClient(port()).Ask(GetHopsWithContext("ada", 100));
  EXPECT_THAT(response.result_int(), AnyOf(503, 504));
}

std::string PostRelay(const std::string& body) {
  return "POST /relay HTTP/1.1\r\nHost: a\r\nX-Request-Id: ada\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST_P(RequestServerTest, ARelayMakesTheCallsThatItIsAskedFor) {
  const std::string url =
      "http://127.0.0.1:" + std::to_string(ServeUpstream({.relay = true}));
  Serve({}, {.relay = true});
  HttpClient client(port());
  const auto response =
      client.Ask(PostRelay("[{\"url\": \"" + url +
                           "/relay\", \"arguments\": []}, "
                           "{\"url\": \"" +
                           url + "/there\", \"arguments\": []}]"));
  EXPECT_EQ(response.result(), http::status::ok);
  EXPECT_THAT(upstream_log_.lines(),
              IsSupersetOf({"ada: start POST /relay", "ada: finish 200",
                            "ada: start POST /there", "ada: finish 404"}));
  for (const std::string body :
       {"", "{", "[7]", "[{\"url\": \"http://127.0.0.1:1/\"}]",
        "[{\"url\": \"http://127.0.0.2:1/\", \"arguments\": []}]",
        "[{\"url\": \"http://127.0.0.1:1x\", \"arguments\": []}]",
        "[{\"url\": \"http://127.0.0.1:1/\\r\\n\", \"arguments\": []}]"}) {
    EXPECT_EQ(client.Ask(PostRelay(body)).result(), http::status::bad_request)
        << body;
  }
  upstream_.reset();
  EXPECT_EQ(client
                .Ask(PostRelay("[{\"url\": \"" + url +
                               "/relay\", \"arguments\": []}]"))
                .result(),
            http::status::bad_gateway);
}

// Answers `count` requests on one connection, and returns what they were.
std::vector<http::request<http::string_body>> Receive(
    asio::ip::tcp::acceptor& acceptor, int count) {
  asio::ip::tcp::socket socket = acceptor.accept();
  boost::beast::flat_buffer buffer;
  std::vector<http::request<http::string_body>> requests;
  for (int i = 0; i < count; ++i) {
    http::read(socket, buffer, requests.emplace_back());
    http::response<http::string_body> response;
    response.prepare_payload();
    http::write(socket, response);
  }
  return requests;
}

TEST_P(RequestServerTest, EachCallHasASpanOfItsOwn) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  auto received =
      std::async(std::launch::async, Receive, std::ref(acceptor), 2);
  Serve({}, {.relay = true});
  const std::string call = "{\"url\": \"http://127.0.0.1:" +
                           std::to_string(acceptor.local_endpoint().port()) +
                           "\", \"arguments\": [7]}";
  std::string request = PostRelay("[" + call + ", " + call + "]");
  const std::string parent =
      std::string("00-") + kTraceId + "-00f067aa0ba902b7-01";
  request.insert(request.find("X-Request-Id"),
                 "traceparent: " + parent + "\r\ntracestate: acme=1\r\n");
  EXPECT_EQ(HttpClient(port()).Ask(request).result(), http::status::ok);
  std::vector<std::string> parents = {parent};
  for (const auto& message : received.get()) {
    EXPECT_EQ(message.body(), "[7]");
    EXPECT_EQ(message[http::field::content_type], "application/json");
    EXPECT_EQ(message["tracestate"], "acme=1");
    const std::string sent = std::string(message["traceparent"]);
    EXPECT_EQ(sent.substr(0, 36), parent.substr(0, 36));
    EXPECT_THAT(parents, Not(Contains(sent)));
    parents.push_back(sent);
  }
  EXPECT_EQ(parents.size(), 3u);
}

// What a client sends, and what must be in a call that its request makes. The
// rules are those of W3C Trace Context, level 2, and of W3C Baggage.
constexpr char kW3cId[] = "12345678901234567890123456789012";
constexpr char kW3cSpan[] = "1234567890123456";

enum class Trace { kGoesOn, kBeginsAnew };

struct W3cRule {
  std::string rule;
  std::vector<std::string> fields;
  Trace trace = Trace::kGoesOn;
  std::string state = {};
  std::string baggage = {};
  // Of traceparent; nothing: any.
  std::string flags = {};
};

std::string Parent(const std::string& id, const std::string& span = kW3cSpan,
                   const std::string& flags = "01",
                   const std::string& version = "00") {
  return "traceparent: " + version + "-" + id + "-" + span + "-" + flags;
}
std::string Valid() { return Parent(kW3cId); }

std::vector<W3cRule> TraceParentRules() {
  const std::string id = kW3cId;
  const std::string span = kW3cSpan;
  const auto malformed = [](const std::string& rule, const std::string& field) {
    return W3cRule{rule, {field, "tracestate: foo=1"}, Trace::kBeginsAnew};
  };
  return {
      {"nothing is sent", {}, Trace::kBeginsAnew},
      {"a parent alone", {Valid()}, Trace::kGoesOn, "", "", "01"},
      {"not sampled", {Parent(id, span, "00")}, Trace::kGoesOn, "", "", "00"},
      {"the random flag is passed on",
       {Parent(id, span, "02")},
       Trace::kGoesOn,
       "",
       "",
       "02"},
      {"unknown flags are not",
       {Parent(id, span, "ff")},
       Trace::kGoesOn,
       "",
       "",
       "03"},
      {"two parents",
       {Parent("12345678901234567890123456789011"), Valid()},
       Trace::kBeginsAnew},
      {"two equal parents", {Valid(), Valid()}, Trace::kBeginsAnew},
      {"another name",
       {"trace-parent: 00-" + id + "-" + span + "-01"},
       Trace::kBeginsAnew},
      {"another name, with a dot",
       {"trace.parent: 00-" + id + "-" + span + "-01"},
       Trace::kBeginsAnew},
      {"case does not matter", {"TraceParent: 00-" + id + "-" + span + "-01"}},
      {"mixed case", {"TrAcEpArEnT: 00-" + id + "-" + span + "-01"}},
      {"capitals", {"TRACEPARENT: 00-" + id + "-" + span + "-01"}},
      {"space before", {"traceparent:   00-" + id + "-" + span + "-01"}},
      {"a tab before", {"traceparent:\t00-" + id + "-" + span + "-01"}},
      {"space behind", {Valid() + " "}},
      {"a tab behind", {Valid() + "\t"}},
      {"both", {"traceparent: \t 00-" + id + "-" + span + "-01 \t"}},
      {"a later version", {Parent(id, span, "01", "cc")}},
      {"a later version that is longer",
       {Parent(id, span, "01-what-the-future-brings", "cc")}},
      malformed("a later version that goes on otherwise",
                Parent(id, span, "01.what-the-future-brings", "cc")),
      malformed("this version with more behind", Parent(id, span, "01-more")),
      malformed("this version with a dot behind", Parent(id, span, "01.")),
      malformed("the version that is none", Parent(id, span, "01", "ff")),
      malformed("a version of other characters", Parent(id, span, "01", ".0")),
      malformed("the same at its end", Parent(id, span, "01", "0.")),
      malformed("a version in capitals", Parent(id, span, "01", "CC")),
      malformed("a version of three digits", Parent(id, span, "01", "000")),
      malformed("a version of four", Parent(id, span, "01", "0000")),
      malformed("a version of one", Parent(id, span, "01", "0")),
      malformed("the id of zeros", Parent(std::string(32, '0'))),
      malformed("an id of other characters", Parent("." + id.substr(1))),
      malformed("the same at its end", Parent(id.substr(1) + ".")),
      malformed("an id in capitals", Parent("ABCDEF" + id.substr(6))),
      malformed("an id that is too long", Parent(id + "3")),
      malformed("an id that is too short", Parent(id.substr(1))),
      malformed("the span of zeros", Parent(id, std::string(16, '0'))),
      malformed("a span of other characters", Parent(id, "." + span.substr(1))),
      malformed("the same at its end", Parent(id, span.substr(1) + ".")),
      malformed("a span that is too long", Parent(id, span + "7")),
      malformed("a span that is too short", Parent(id, span.substr(1))),
      malformed("flags of other characters", Parent(id, span, ".0")),
      malformed("the same at their end", Parent(id, span, "0.")),
      malformed("flags that are too long", Parent(id, span, "001")),
      malformed("flags that are too short", Parent(id, span, "1")),
      malformed("an empty parent", "traceparent:"),
  };
}

std::vector<W3cRule> TraceStateRules() {
  const auto kept = [](const std::string& rule,
                       const std::vector<std::string>& fields,
                       const std::string& state) {
    W3cRule made{rule, {Valid()}, Trace::kGoesOn, state};
    for (const std::string& field : fields) {
      made.fields.push_back("tracestate:" + field);
    }
    return made;
  };
  const auto discarded = [&](const std::string& rule,
                             const std::vector<std::string>& fields) {
    return kept(rule, fields, "");
  };
  const auto members = [](int first, int last) {
    std::string list;
    for (int i = first; i <= last; ++i) {
      list += (list.empty() ? "bar" : ",bar") + std::to_string(i) + "=" +
              std::to_string(i);
    }
    return list;
  };
  std::string value;
  for (char c = ' '; c <= '~'; ++c) {
    if (c != ',' && c != '=') value += c;
  }
  const std::string key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
  const std::string longest(256, 'z');
  return {
      {"a state without a parent",
       {"tracestate: foo=1,bar=2"},
       Trace::kBeginsAnew},
      kept("a state", {" foo=1,bar=2"}, "foo=1,bar=2"),
      {"another name", {Valid(), "trace-state: foo=1"}},
      {"another name, with a dot", {Valid(), "trace.state: foo=1"}},
      {"case does not matter", {Valid(), "TraceState: foo=1"}, {}, "foo=1"},
      {"capitals", {Valid(), "TRACESTATE: foo=1"}, {}, "foo=1"},
      discarded("an empty state", {""}),
      kept("an empty line behind", {" foo=1", ""}, "foo=1"),
      kept("an empty line before", {"", " foo=1"}, "foo=1"),
      kept("several lines are one list", {" foo=1,bar=2", " a=1,b=2", " c=3"},
           "foo=1,bar=2,a=1,b=2,c=3"),
      kept("a key that is there twice", {" foo=1,foo=2"}, "foo=1,foo=2"),
      kept("the same in two lines", {" foo=1", " foo=1"}, "foo=1,foo=1"),
      kept("all characters", {key + "=" + value}, key + "=" + value),
      kept("all characters, and an at sign", {key + "@a-z0-9_-*/=" + value},
           key + "@a-z0-9_-*/=" + value),
      kept("spaces around members", {" foo=1 \t , \t bar=2, \t baz=3"},
           "foo=1,bar=2,baz=3"),
      kept("tabs around members", {"foo=1\t \t,\t \tbar=2,\t \tbaz=3"},
           "foo=1,bar=2,baz=3"),
      kept("spaces around the list", {"\t foo=1 \t"}, "foo=1"),
      discarded("a space in a key", {" foo =1"}),
      discarded("a key in capitals", {" FOO=1"}),
      discarded("a key with a dot", {" foo.bar=1"}),
      kept("an at sign behind", {" foo@=1,bar=2"}, "foo@=1,bar=2"),
      discarded("an at sign before", {" @foo=1,bar=2"}),
      kept("several at signs", {" foo@bar@baz=1,bar=2"}, "foo@bar@baz=1,bar=2"),
      kept("32 members", {members(11, 30), members(31, 42)}, members(11, 42)),
      discarded("33 members", {members(11, 30), members(31, 43)}),
      kept("a key of 256 characters", {" foo=1", longest + "=1"},
           "foo=1," + longest + "=1"),
      discarded("a key of 257", {" foo=1", longest + "z=1"}),
      kept("a value of 256 characters", {" foo=" + longest}, "foo=" + longest),
      discarded("a value of 257", {" foo=" + longest + "z"}),
      discarded("an equals sign in a value", {" foo=bar=baz"}),
      discarded("an empty value", {" foo=,bar=3"}),
      discarded("a member without a value", {" foo,bar=3"}),
  };
}

std::vector<W3cRule> BaggageRules() {
  const auto kept = [](const std::string& rule,
                       const std::vector<std::string>& fields,
                       const std::string& baggage) {
    W3cRule made{rule, {Valid()}, Trace::kGoesOn, "", baggage};
    for (const std::string& field : fields) {
      made.fields.push_back("baggage:" + field);
    }
    return made;
  };
  const auto members = [](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) {
      list += (list.empty() ? "k" : ",k") + std::to_string(i) + "=v";
    }
    return list;
  };
  const std::string longest = "a=" + std::string(8190, 'v');
  return {
      kept("members", {" a=1,b=2"}, "a=1,b=2"),
      {"without a trace", {"baggage: a=1"}, Trace::kBeginsAnew, "", "a=1"},
      {"beside a malformed trace",
       {"traceparent: none", "baggage: a=1"},
       Trace::kBeginsAnew,
       "",
       "a=1"},
      {"case does not matter", {Valid(), "Baggage: A=1"}, {}, "", "A=1"},
      kept("spaces around all parts", {" a\t = 1 ; p = q , b=2\t"},
           "a=1;p=q,b=2"),
      kept("properties", {" a=1;p;q=r"}, "a=1;p;q=r"),
      kept("several lines are one list", {" a=1", "", " b=2,c=3"},
           "a=1,b=2,c=3"),
      kept("encoded characters", {" a=%20x%2C%C3%A4"}, "a=%20x%2C%C3%A4"),
      kept("the end of a line does not come out", {" a=%0D%0Ax: y"},
           ""),  // a space is no character of a value
      kept("encoded, it stays encoded", {" a=%0D%0Ax:y"}, "a=%0D%0Ax:y"),
      kept("what is no UTF-8 is replaced", {" a=%FF"}, "a=%EF%BF%BD"),
      kept("of a key the last value counts", {" a=1,b=2,a=3"}, "a=3,b=2"),
      kept("an empty value", {" a="}, "a="),
      kept("malformed members are dropped, others are not",
           {" a=1,b,=2,c d=3,e=\"4\",f=5"}, "a=1,f=5"),
      kept("nothing but separators", {" ,,,"}, ""),
      kept("64 members", {members(64)}, members(64)),
      kept("65 members", {members(65)}, members(64)),
      kept("8192 bytes", {longest}, longest),
      kept("8193 bytes", {longest + "v"}, ""),
  };
}

// Answers the requests of one connection until its end.
std::vector<http::request<http::string_body>> ReceiveAll(
    asio::ip::tcp::acceptor& acceptor) {
  asio::ip::tcp::socket socket = acceptor.accept();
  boost::beast::flat_buffer buffer;
  std::vector<http::request<http::string_body>> requests;
  for (boost::system::error_code error;;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(64 * 1024);
    http::read(socket, buffer, parser, error);
    if (error) return requests;
    requests.push_back(parser.release());
    http::response<http::string_body> response;
    response.prepare_payload();
    http::write(socket, response);
  }
}

// The official service that validates implementations asks for the same, and
// more of baggage is asked for here.
TEST_P(RequestServerTest, HoldsEachRuleOfW3c) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  auto received =
      std::async(std::launch::async, ReceiveAll, std::ref(acceptor));
  Serve({.header_bytes = 64 * 1024}, {.relay = true});
  std::vector<W3cRule> rules = TraceParentRules();
  for (auto more : {TraceStateRules(), BaggageRules()}) {
    std::move(more.begin(), more.end(), std::back_inserter(rules));
  }
  HttpClient client(port());
  for (const W3cRule& rule : rules) {
    std::string request =
        PostRelay("[{\"url\": \"http://127.0.0.1:" +
                  std::to_string(acceptor.local_endpoint().port()) +
                  "\", \"arguments\": []}]");
    std::string fields;
    for (const std::string& field : rule.fields) fields += field + "\r\n";
    request.insert(request.find("X-Request-Id"), fields);
    EXPECT_EQ(client.Ask(request).result(), http::status::ok) << rule.rule;
  }
  server_.reset();  // ends its connections to the receiver
  asio::ip::tcp::socket(io).connect(acceptor.local_endpoint());
  const auto calls = received.get();
  ASSERT_EQ(calls.size(), rules.size());
  std::set<std::string> spans = {kW3cSpan};
  std::set<std::string> ids;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const W3cRule& rule = rules[i];
    SCOPED_TRACE(rule.rule);
    EXPECT_EQ(calls[i].count("traceparent"), 1u);
    const std::string parent(calls[i]["traceparent"]);
    EXPECT_THAT(parent, MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]"));
    const std::string id = parent.substr(3, 32);
    if (rule.trace == Trace::kGoesOn) {
      EXPECT_EQ(id, kW3cId);
    } else {
      EXPECT_NE(id, kW3cId);
      EXPECT_NE(id, std::string(32, '0'));
      EXPECT_TRUE(ids.insert(id).second) << id;
    }
    EXPECT_TRUE(spans.insert(parent.substr(36, 16)).second) << parent;
    if (!rule.flags.empty()) {
      EXPECT_EQ(parent.substr(53), rule.flags);
    }
    EXPECT_EQ(std::string(calls[i]["tracestate"]), rule.state);
    EXPECT_EQ(calls[i].count("tracestate"), rule.state.empty() ? 0u : 1u);
    EXPECT_EQ(std::string(calls[i]["baggage"]), rule.baggage);
    EXPECT_EQ(calls[i].count("baggage"), rule.baggage.empty() ? 0u : 1u);
  }
}

TEST_P(RequestServerTest, ThereIsNoRelayUnlessAskedFor) {
  EXPECT_EQ(HttpClient(port()).Ask(PostRelay("[]")).result(),
            http::status::not_found);
}

}  // namespace
}  // namespace request_server
