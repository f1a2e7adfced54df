// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// HTTP clients that put load on the server and check what it answers.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_DEMO_DEMO_CLIENTS_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_DEMO_DEMO_CLIENTS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "weft/examples/request_server/request_id.h"

namespace request_server {

struct DemoOptions {
  std::uint16_t port = 0;     // of the server, on this machine
  int clients = 1;            // connections, each with one request under way
  std::int64_t requests = 1;  // by all clients together
  // What each request is given, and the server gives too.
  std::chrono::milliseconds time = std::chrono::seconds(10);
  // Does the server call another one?
  bool has_upstream = false;
};

struct DemoResult {
  std::int64_t answered = 0;    // with status 200
  std::int64_t mismatches = 0;  // of these, with another context at any hop
  std::int64_t failed = 0;      // not answered, or not so
  std::string first_problem = {};
  std::chrono::duration<double> elapsed = {};

  // Were all requests answered, each with its own context at each hop?
  bool ok() const { return mismatches == 0 && failed == 0; }
};

// The id of the request with this number, from 0.
RequestId DemoRequestId(std::int64_t number);

// Makes the requests, on the calling thread, each with an id, a tenant, a trace
// and baggage of its own. Calls `on_progress` with the number of requests that
// have ended after each.
DemoResult RunDemoClients(
    const DemoOptions& options,
    const std::function<void(std::int64_t ended)>& on_progress);

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_DEMO_DEMO_CLIENTS_H_
