// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/grpc/status_error.h"

#include <stdexcept>
#include <string>

namespace weft::grpc {

static std::string StatusText(const ::grpc::Status& status) {
  if (status.ok()) {
    throw std::invalid_argument(
        "weft::grpc::StatusError: status is OK; must be another");
  }
  return "gRPC status " + std::to_string(status.error_code()) + ": " +
         status.error_message();
}

StatusError::StatusError(const ::grpc::Status& status)
    : std::runtime_error(StatusText(status)), status_(status) {}

}  // namespace weft::grpc
