// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/demo/demo_clients.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/address_v4.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/field.hpp"
#include "boost/beast/http/message.hpp"
#include "boost/beast/http/read.hpp"
#include "boost/beast/http/string_body.hpp"
#include "boost/beast/http/write.hpp"
#include "boost/system/error_code.hpp"
#include "weft/adapters/beast/fields.h"
#include "weft/context/deadline.h"
#include "weft/examples/request_server/hop.h"
#include "weft/examples/request_server/wire/request_context.h"
#include "weft/propagation/baggage.h"
#include "weft/propagation/trace_context.h"

namespace request_server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kTimeout(30);
constexpr std::int64_t kTenants = 7;

using Response = http::response<http::string_body>;

// How many hops the server answers with, and how many if it calls another one.
constexpr std::size_t kHops = 8;
constexpr std::size_t kHopsWithUpstream = 2 * kHops + 2;

// The client, each of the servers and each hop round down.
constexpr std::int64_t kRoundedMs = 3;

// What a client sends with a request.
struct Sent {
  RequestId id;
  Tenant tenant;
  std::string baggage;
  std::string trace_id;
  weft::Deadline deadline;
};

// Says what `hop` shows that was not sent; empty: nothing. `now_ms` is the time
// that is left at the client when the response is there.
std::string Mismatch(const Hop& hop, const Sent& sent, std::int64_t sent_ms,
                     std::int64_t now_ms) {
  if (hop.request_id != sent.id) return hop.request_id;
  if (hop.tenant != sent.tenant) return hop.tenant;
  if (hop.baggage != sent.baggage) return hop.baggage;
  if (hop.trace_id != sent.trace_id) return hop.trace_id;
  if (hop.time_left_ms < now_ms - kRoundedMs || hop.time_left_ms > sent_ms) {
    return absl::StrCat(hop.time_left_ms, " ms left, not ", now_ms, " to ",
                        sent_ms);
  }
  return "";
}

// Says where `response` shows what was not sent; empty: nowhere.
std::string Mismatch(const Response& response, const Sent& sent,
                     const DemoOptions& options) {
  const std::string in_header = std::string(response[kRequestIdHeader]);
  if (in_header != sent.id) return absl::StrCat("header: ", in_header);
  const std::int64_t now_ms =
      std::chrono::floor<std::chrono::milliseconds>(sent.deadline.remaining())
          .count();
  try {
    const std::vector<Hop> hops = HopsFromJson(response.body());
    if (hops.size() != (options.has_upstream ? kHopsWithUpstream : kHops)) {
      return absl::StrCat(hops.size(), " hops");
    }
    // Time only gets less on the way to the other server and back.
    std::int64_t call_ms = options.time.count();
    for (const Hop& hop : hops) {
      const std::string mismatch =
          Mismatch(hop, sent, options.time.count(), now_ms);
      if (!mismatch.empty()) return absl::StrCat(hop.name, ": ", mismatch);
      const bool is_upstream = hop.name.starts_with(kUpstreamHop);
      if (is_upstream && hop.time_left_ms > call_ms) {
        return absl::StrCat(hop.name, ": more time than its caller has");
      }
      if (!is_upstream) call_ms = hop.time_left_ms;
    }
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

// What the clients share: which requests are left, and how the others went.
class Tally {
 public:
  Tally(const DemoOptions& options,
        const std::function<void(std::int64_t ended)>& on_progress)
      : options_(options), on_progress_(on_progress) {}

  // The number of a request that nobody has made yet.
  std::optional<std::int64_t> TakeRequest() {
    if (taken_ == options_.requests) return std::nullopt;
    return taken_++;
  }

  const DemoOptions& options() const { return options_; }
  const RequestContext& context() const { return context_; }

  void AddAnswer(const RequestId& id, const std::string& mismatch) {
    ++result_.answered;
    if (!mismatch.empty()) {
      ++result_.mismatches;
      NoteProblem(id, mismatch);
    }
    on_progress_(result_.answered + result_.failed);
  }

  void AddFailure(const RequestId& id, const std::string& what) {
    ++result_.failed;
    NoteProblem(id, what);
    on_progress_(result_.answered + result_.failed);
  }

  DemoResult result() const { return result_; }

 private:
  void NoteProblem(const RequestId& id, const std::string& what) {
    if (!result_.first_problem.empty()) return;
    result_.first_problem = absl::StrCat("request ", id, ": ", what);
  }

  const DemoOptions& options_;
  const RequestContext context_;
  const std::function<void(std::int64_t ended)>& on_progress_;
  std::int64_t taken_ = 0;
  DemoResult result_;
};

// Makes one request after the other, over one connection while it lasts.
class Client : public std::enable_shared_from_this<Client> {
 public:
  Client(asio::io_context& io, const tcp::endpoint& server, Tally& tally)
      : stream_(io), server_(server), tally_(tally) {
    request_.version(11);
    request_.method(http::verb::get);
    request_.target("/hops");
    request_.set(http::field::host, "localhost");
  }

  void Next() {
    const std::optional<std::int64_t> number = tally_.TakeRequest();
    if (!number) return;
    Prepare(*number);
    stream_.expires_after(kTimeout);
    if (stream_.socket().is_open()) return Write();
    stream_.async_connect(
        server_, [self = shared_from_this()](error_code error) {
          if (error) return self->Fail("connect", error);
          error_code ignored;
          self->stream_.socket().set_option(tcp::no_delay(true), ignored);
          self->Write();
        });
  }

 private:
  // Makes a context for the request, and writes it into the header.
  void Prepare(std::int64_t number) {
    const RequestContext& context = tally_.context();
    const auto trace = weft::TraceContext::New();
    const auto baggage = weft::Baggage().With("session", absl::StrCat(number));
    sent_ = {.id = DemoRequestId(number),
             .tenant = absl::StrCat("tenant-", number % kTenants),
             .baggage = absl::StrCat("session=", number),
             .trace_id = trace.trace_id().ToHex(),
             .deadline = weft::Deadline::In(tally_.options().time)};
    const auto id_scope = context.request_id.WithScope(sent_.id);
    const auto tenant_scope = context.tenant.WithScope(sent_.tenant);
    const auto baggage_scope = weft::Baggage::Storage().WithScope(baggage);
    const auto trace_scope = weft::TraceContext::Storage().WithScope(trace);
    const weft::DeadlineScope deadline(sent_.deadline);
    context.propagator.Inject(weft::beast::FieldsWriter(request_));
  }

  void Write() {
    http::async_write(
        stream_, request_,
        [self = shared_from_this()](error_code error, std::size_t) {
          if (error) return self->Fail("write", error);
          self->Read();
        });
  }

  void Read() {
    response_ = {};
    http::async_read(
        stream_, buffer_, response_,
        [self = shared_from_this()](error_code error, std::size_t) {
          if (error) return self->Fail("read", error);
          self->Check();
          if (!self->response_.keep_alive()) self->Disconnect();
          self->Next();
        });
  }

  void Check() {
    if (response_.result() != http::status::ok) {
      return tally_.AddFailure(sent_.id,
                               absl::StrCat("status ", response_.result_int()));
    }
    tally_.AddAnswer(sent_.id, Mismatch(response_, sent_, tally_.options()));
  }

  void Fail(const char* step, error_code error) {
    tally_.AddFailure(sent_.id, absl::StrCat(step, ": ", error.message()));
    Disconnect();
    Next();
  }

  void Disconnect() {
    stream_.close();
    buffer_.clear();
  }

  beast::tcp_stream stream_;
  const tcp::endpoint server_;
  Tally& tally_;
  Sent sent_;  // with the request under way
  http::request<http::empty_body> request_;
  beast::flat_buffer buffer_;
  Response response_;
};

}  // namespace

RequestId DemoRequestId(std::int64_t number) {
  return absl::StrCat("r", number);
}

DemoResult RunDemoClients(
    const DemoOptions& options,
    const std::function<void(std::int64_t ended)>& on_progress) {
  const auto start = std::chrono::steady_clock::now();
  const tcp::endpoint server(asio::ip::address_v4::loopback(), options.port);
  asio::io_context io(1);
  Tally tally(options, on_progress);
  for (int i = 0; i < options.clients; ++i) {
    std::make_shared<Client>(io, server, tally)->Next();
  }
  io.run();
  DemoResult result = tally.result();
  result.elapsed = std::chrono::steady_clock::now() - start;
  return result;
}

}  // namespace request_server
