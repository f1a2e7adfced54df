// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The id of a request, and the storage in which it travels with the work.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_REQUEST_ID_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_REQUEST_ID_H_

#include <string>
#include <string_view>

#include "weft/context/async_local_storage.h"

namespace request_server {

using RequestId = std::string;
using RequestIdStorage = weft::AsyncLocalStorage<RequestId>;

// Where a client may give the id, and where the response repeats it.
inline constexpr char kRequestIdHeader[] = "X-Request-Id";

// 1 to 64 letters, digits, '.', '_' and '-': nothing that could forge a header
// or a line of the log.
bool IsRequestId(std::string_view text);

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_REQUEST_ID_H_
