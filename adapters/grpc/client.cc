// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/grpc/client.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "weft/adapters/grpc/internal/call_deadline.h"
#include "weft/adapters/grpc/metadata.h"

namespace weft::grpc {

void ClientOptions::Validate() const {
  if (std::chrono::nanoseconds(margin).count() < 0) {
    throw std::invalid_argument(
        "weft::grpc::ClientOptions: margin is less than 0; must be 0 or more");
  }
}

Client::Client(Executor& executor, const Propagator& propagator,
               ClientOptions options)
    : executor_(executor),
      propagator_(propagator),
      options_(std::move(options)) {
  options_.Validate();
}

Deadline Client::CallDeadline() const noexcept {
  const Deadline deadline = Deadline::Current();
  if (deadline.is_never()) return deadline;
  return Deadline::In(deadline.remaining() -
                      std::chrono::nanoseconds(options_.margin));
}

Dropped Client::Prepare(::grpc::ClientContext& context) const {
  const Deadline own = grpc_internal::FromGrpc(context.raw_deadline());
  const Deadline deadline = std::min(own, CallDeadline());
  const DeadlineScope until(deadline);
  if (!deadline.is_never()) {
    context.set_deadline(grpc_internal::ToGrpc(deadline));
  }
  return propagator_.Inject(ClientMetadataWriter(context));
}

void Client::Begin(grpc_internal::ClientCall& call, const SetUp& set_up) const {
  if (set_up != nullptr) set_up(call.context());
  call.set_deadline(CallDeadline());
  const Dropped dropped = Prepare(call.context());
  if (dropped.any() && options_.on_dropped != nullptr) {
    options_.on_dropped(dropped);
  }
}

}  // namespace weft::grpc
