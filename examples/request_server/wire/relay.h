// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The service that the test harness of W3C Trace Context asks for: it makes the
// calls that a request names, and the harness looks at what their headers say.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_WIRE_RELAY_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_WIRE_RELAY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weft/examples/request_server/wire/calls.h"
#include "weft/executor/coroutine.h"

namespace request_server {

// A call that is to be made: a POST of `body` to a port of this machine.
struct RelayedCall {
  std::uint16_t port = 0;
  std::string target;
  std::string body;
};

// Returns the calls that are in `json`, an array of objects with an `url` and
// the `arguments` that are the body. Throws std::invalid_argument if it is
// something else, or an url is not of http://127.0.0.1: and a port.
std::vector<RelayedCall> RelayedCallsFromJson(std::string_view json);

// Makes the calls, one after the other. `calls` must outlive it. Throws
// boost::system::system_error if one of them has no response.
weft::Task<> Relay(Calls& calls, std::vector<RelayedCall> relayed);

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_WIRE_RELAY_H_
