// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A hop is one step of a request's way through the server, as seen by the code
// that took it. The server answers with the list of them, as JSON.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_HOP_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_HOP_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weft/examples/request_server/wire/request_context.h"
#include "weft/hooks/async_id.h"

namespace request_server {

// What the name of a hop begins with that another server has told of.
inline constexpr char kUpstreamHop[] = "upstream: ";

struct Hop {
  std::string name;
  // What the storages held; empty if nothing.
  std::string request_id;
  std::string tenant;
  std::string baggage;
  std::string trace_id;
  std::int64_t time_left_ms = 0;  // -1: for ever
  std::string thread;
  weft::AsyncId execution_async_id = weft::kNoAsyncId;
  weft::AsyncId trigger_async_id = weft::kNoAsyncId;
};

// What the calling code sees.
Hop HopHere(std::string_view name, const RequestContext& context);

std::string HopsToJson(const std::vector<Hop>& hops);

// Throws std::invalid_argument if `json` is not a list of hops.
std::vector<Hop> HopsFromJson(std::string_view json);

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_HOP_H_
