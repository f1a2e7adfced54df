// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/grpc/status_error.h
// -----------------------------------------------------------------------------
//
// `StatusError` is a gRPC status as an exception: a call throws it where it is
// awaited, and a handler may throw it to end its call.

#ifndef WEFT_ADAPTERS_GRPC_STATUS_ERROR_H_
#define WEFT_ADAPTERS_GRPC_STATUS_ERROR_H_

#include <grpcpp/support/status.h>

#include <stdexcept>

#include "weft/base/language.h"

namespace weft::grpc {

// StatusError
//
// A call that has ended with another status than OK. Its text has the number of
// the code and the message.
class StatusError : public std::runtime_error {
 public:
  // Throws std::invalid_argument if `status` is OK.
  explicit StatusError(const ::grpc::Status& status);

  // Returns the status, with its code, message and details.
  const ::grpc::Status& status() const noexcept { return status_; }

 private:
  ::grpc::Status status_;
};

}  // namespace weft::grpc

#endif  // WEFT_ADAPTERS_GRPC_STATUS_ERROR_H_
