// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The state of one call of a server: every flow that the call begins has it
// in a storage.

#ifndef WEFT_ADAPTERS_GRPC_INTERNAL_SERVER_CALL_H_
#define WEFT_ADAPTERS_GRPC_INTERNAL_SERVER_CALL_H_

#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"

namespace weft::grpc_internal {

// Cancels the flows of the call. A copy is the same.
using ServerCall = CancellationSource;

// One for the process, made at the first use; throws std::bad_alloc then.
const AsyncLocalStorage<ServerCall>& ServerCallStorage();

// Returns that of the calling flow. Throws std::logic_error, which names
// `what`, if the server has no interceptor that enters one.
ServerCall CurrentServerCall(const char* what);

// The text of the exception of CurrentServerCall().
inline constexpr char kNoInterceptor[] =
    ": the server has no weft::grpc::ServerInterceptorFactory, so the call has "
    "no context; give one to ServerBuilder::experimental()";

}  // namespace weft::grpc_internal

#endif  // WEFT_ADAPTERS_GRPC_INTERNAL_SERVER_CALL_H_
