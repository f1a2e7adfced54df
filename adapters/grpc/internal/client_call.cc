// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/grpc/internal/client_call.h"

#include <chrono>
#include <exception>

#include "weft/adapters/grpc/status_error.h"
#include "weft/executor/errors.h"

namespace weft::grpc_internal {

CancelsCall::CancelsCall(::grpc::ClientContext& context)
    : token_(CancellationToken::Current()) {
  if (token_.can_be_cancelled()) {
    callback_.emplace(token_.stop_token(), TryCancel{&context});
  }
}

std::exception_ptr ClientCall::End(const ::grpc::Status& status) {
  cancels_.Stop();
  if (status.ok()) return nullptr;
  if (status.error_code() == ::grpc::StatusCode::CANCELLED &&
      cancels_.is_cancelled()) {
    return std::make_exception_ptr(
        CancelledError("Weft: a gRPC call was cancelled with its flow"));
  }
  // The callee counts the same time by its own clock, in milliseconds, and may
  // be the first to answer.
  constexpr std::chrono::milliseconds kSlack(10);
  if (status.error_code() == ::grpc::StatusCode::DEADLINE_EXCEEDED &&
      deadline_.remaining() <= kSlack) {
    return std::make_exception_ptr(DeadlineExceededError(
        "Weft: a gRPC call has not ended before the deadline of its flow"));
  }
  return std::make_exception_ptr(grpc::StatusError(status));
}

}  // namespace weft::grpc_internal
