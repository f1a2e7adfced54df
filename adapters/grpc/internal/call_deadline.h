// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The time until which a call is worth doing, as gRPC and as Weft tell it.

#ifndef WEFT_ADAPTERS_GRPC_INTERNAL_CALL_DEADLINE_H_
#define WEFT_ADAPTERS_GRPC_INTERNAL_CALL_DEADLINE_H_

#include <grpc/support/time.h>

#include "weft/context/deadline.h"

namespace weft::grpc_internal {

// Both compare what is left, so neither needs the other's clock.

// Returns never for more than a year: gRPC does not tell "no deadline" from a
// time far away once a call has crossed the wire.
Deadline FromGrpc(gpr_timespec time) noexcept;

gpr_timespec ToGrpc(Deadline deadline) noexcept;

}  // namespace weft::grpc_internal

#endif  // WEFT_ADAPTERS_GRPC_INTERNAL_CALL_DEADLINE_H_
