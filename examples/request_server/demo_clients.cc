// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/demo_clients.h"

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
#include "weft/examples/request_server/hop.h"

namespace request_server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kTimeout(30);

using Response = http::response<http::string_body>;

// Says where `response` shows another id than `id`; empty: nowhere.
std::string Mismatch(const Response& response, const RequestId& id) {
  constexpr std::size_t kHops = 8;
  const std::string in_header = std::string(response[kRequestIdHeader]);
  if (in_header != id) return absl::StrCat("header: ", in_header);
  try {
    const std::vector<Hop> hops = HopsFromJson(response.body());
    if (hops.size() != kHops) return absl::StrCat(hops.size(), " hops");
    for (const Hop& hop : hops) {
      if (hop.request_id != id) {
        return absl::StrCat(hop.name, ": ", hop.request_id);
      }
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
      : requests_(options.requests), on_progress_(on_progress) {}

  // The number of a request that nobody has made yet.
  std::optional<std::int64_t> TakeRequest() {
    if (taken_ == requests_) return std::nullopt;
    return taken_++;
  }

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

  const std::int64_t requests_;
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
    id_ = DemoRequestId(*number);
    request_.set(kRequestIdHeader, id_);
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
      return tally_.AddFailure(id_,
                               absl::StrCat("status ", response_.result_int()));
    }
    tally_.AddAnswer(id_, Mismatch(response_, id_));
  }

  void Fail(const char* step, error_code error) {
    tally_.AddFailure(id_, absl::StrCat(step, ": ", error.message()));
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
  RequestId id_;  // of the request under way
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
