// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/wire/request_context.h"

#include <cstddef>
#include <optional>
#include <string_view>

#include "weft/context/label.h"
#include "weft/propagation/travels.h"

namespace request_server {

namespace {

weft::Travels<std::string> TravelsAs(const char* field) {
  constexpr std::size_t kLimit = 64;  // that of IsRequestId()
  return {.name = field,
          .encode = [](const std::string& id) { return id; },
          .decode = [](std::string_view text) -> std::optional<std::string> {
            if (!IsRequestId(text)) return std::nullopt;
            return std::string(text);
          },
          .limit = kLimit};
}

}  // namespace

RequestContext::RequestContext()
    : request_id({.name = "request id", .label = weft::Visibility::kTrace}),
      tenant({.name = "tenant", .label = weft::Visibility::kTrace}) {
  propagator.Add(request_id, TravelsAs(kRequestIdField));
  propagator.Add(tenant, TravelsAs(kTenantField));
}

}  // namespace request_server
