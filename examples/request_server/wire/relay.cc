// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/wire/relay.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "boost/beast/http/field.hpp"
#include "boost/beast/http/verb.hpp"
#include "nlohmann/json.hpp"
#include "weft/executor/future.h"

namespace request_server {

namespace http = boost::beast::http;

namespace {

RelayedCall CallFromJson(const nlohmann::json& json) {
  constexpr std::string_view kStart = "http://127.0.0.1:";
  const std::string url = json.at("url").get<std::string>();
  RelayedCall call{.target = "/", .body = json.at("arguments").dump()};
  const char* const end = url.data() + url.size();
  const char* port = end;
  if (url.starts_with(kStart)) port = url.data() + kStart.size();
  const auto [rest, error] = std::from_chars(port, end, call.port);
  if (error != std::errc() || (rest != end && *rest != '/')) {
    throw std::invalid_argument("not of this machine: " + url);
  }
  if (rest != end) call.target.assign(rest, end);
  // Nothing that could end the line of a request.
  if (!std::all_of(call.target.begin(), call.target.end(),
                   [](char c) { return '!' <= c && c <= '~'; })) {
    throw std::invalid_argument("no url: " + url);
  }
  return call;
}

}  // namespace

std::vector<RelayedCall> RelayedCallsFromJson(std::string_view json) {
  try {
    std::vector<RelayedCall> calls;
    for (const nlohmann::json& call : nlohmann::json::parse(json)) {
      calls.push_back(CallFromJson(call));
    }
    return calls;
  } catch (const nlohmann::json::exception& error) {
    throw std::invalid_argument(error.what());
  }
}

weft::Task<> Relay(Calls& calls, std::vector<RelayedCall> relayed) {
  for (RelayedCall& call : relayed) {
    Calls::Request request(http::verb::post, call.target, 11);
    request.set(http::field::content_type, "application/json");
    request.body() = std::move(call.body);
    weft::Future<Calls::Response> response =
        calls.Send(call.port, std::move(request));
    co_await std::move(response);
  }
}

}  // namespace request_server
