// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/grpc/internal/handled_call.h"

#include <exception>
#include <new>
#include <utility>

#include "weft/adapters/grpc/status_error.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/executor/errors.h"

namespace weft::grpc_internal {

using ::grpc::StatusCode;

Thrown StatusOf(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const grpc::StatusError& error) {
    return {error.status(), true};
  } catch (const CancelledError&) {
    return {{StatusCode::CANCELLED, "the handler was cancelled"}, true};
  } catch (const DeadlineExceededError&) {
    return {{StatusCode::DEADLINE_EXCEEDED, "the handler was late"}, true};
  } catch (const ShutdownError&) {
    return {{StatusCode::UNAVAILABLE, "the server's executor has shut down"},
            true};
  } catch (const RejectedError&) {
    return {{StatusCode::RESOURCE_EXHAUSTED, "the server's executor is full"},
            true};
  } catch (const std::bad_alloc&) {
    return {{StatusCode::RESOURCE_EXHAUSTED, "the server is out of memory"},
            false};
  } catch (...) {
    // The text of the exception may be private.
    return {{StatusCode::UNKNOWN, "the handler failed"}, false};
  }
}

::grpc::Status DroppedStatus() {
  if (CancellationToken::Current().is_cancelled()) {
    return {StatusCode::CANCELLED, "cancelled before the handler had run"};
  }
  if (Deadline::Current().has_passed()) {
    return {StatusCode::DEADLINE_EXCEEDED, "late before the handler had run"};
  }
  return {StatusCode::UNAVAILABLE, "the server's executor has dropped it"};
}

Finisher::~Finisher() {
  if (call_ != nullptr) Finish(DroppedStatus());
}

Task<> Handle(Finisher finisher, Task<::grpc::Status> handler) {
  ::grpc::Status status;
  std::exception_ptr unexpected;
  try {
    status = co_await std::move(handler);
  } catch (...) {
    Thrown thrown = StatusOf(std::current_exception());
    status = std::move(thrown.status);
    if (!thrown.is_expected) unexpected = std::current_exception();
  }
  finisher.Finish(status);
  if (unexpected != nullptr) std::rethrow_exception(std::move(unexpected));
}

}  // namespace weft::grpc_internal
