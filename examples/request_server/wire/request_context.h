// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a request takes along, from process to process: its id, its tenant, and
// what every propagator has: trace, baggage, and the time that is left.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_WIRE_REQUEST_CONTEXT_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_WIRE_REQUEST_CONTEXT_H_

#include <string>

#include "weft/context/async_local_storage.h"
#include "weft/examples/request_server/request_id.h"
#include "weft/propagation/propagator.h"

namespace request_server {

// For whom the work is done. Of the same characters as the id of a request.
using Tenant = std::string;

// The fields of HTTP in which they travel; `Propagator` has the others.
inline constexpr char kTenantField[] = "x-tenant";
inline constexpr char kRequestIdField[] = "x-request-id";  // kRequestIdHeader

// Thread-compatible.
struct RequestContext {
  RequestContext();

  const RequestIdStorage request_id;
  const weft::AsyncLocalStorage<Tenant> tenant;
  weft::Propagator propagator;
};

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_WIRE_REQUEST_CONTEXT_H_
