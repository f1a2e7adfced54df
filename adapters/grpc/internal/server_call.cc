// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/grpc/internal/server_call.h"

#include <stdexcept>
#include <string>

#include "weft/propagation/internal/process_storage.h"

namespace weft::grpc_internal {

static constinit propagation_internal::ProcessStorage<ServerCall>
    server_call_storage("grpc-server-call");

const AsyncLocalStorage<ServerCall>& ServerCallStorage() {
  return server_call_storage.Get();
}

ServerCall CurrentServerCall(const char* what) {
  const ServerCall* const call = ServerCallStorage().GetStore();
  if (call == nullptr) {
    throw std::logic_error(std::string(what) + kNoInterceptor);
  }
  return *call;
}

}  // namespace weft::grpc_internal
