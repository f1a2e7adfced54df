// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How a coroutine that handles a call brings it to its end.

#ifndef WEFT_ADAPTERS_GRPC_INTERNAL_HANDLED_CALL_H_
#define WEFT_ADAPTERS_GRPC_INTERNAL_HANDLED_CALL_H_

#include <grpcpp/support/status.h>

#include <exception>
#include <utility>

#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"

namespace weft::grpc_internal {

// Returns the status that says what a handler has thrown, and whether it is one
// that a handler may throw; others go to the executor's handler too.
struct Thrown {
  ::grpc::Status status;
  bool is_expected;
};
Thrown StatusOf(const std::exception_ptr& thrown);

// Returns the status of a handler that was dropped before it has ended, from
// the limits of the calling flow.
::grpc::Status DroppedStatus();

// A call that a coroutine handles.
class HandledCall {
 public:
  HandledCall() = default;
  HandledCall(const HandledCall&) = delete;
  HandledCall& operator=(const HandledCall&) = delete;

  // To be called once; the call may be gone then.
  virtual void FinishCall(::grpc::Status status) = 0;

 protected:
  ~HandledCall() = default;
};

// Finishes a call in any case: a coroutine that was never started, as its
// executor was shut down, or was destroyed, has this among its parameters.
class Finisher {
 public:
  explicit Finisher(HandledCall& call) noexcept : call_(&call) {}
  Finisher(Finisher&& other) noexcept
      : call_(std::exchange(other.call_, nullptr)) {}
  Finisher& operator=(Finisher&&) = delete;
  ~Finisher();

  void Finish(const ::grpc::Status& status) {
    std::exchange(call_, nullptr)->FinishCall(status);
  }

 private:
  HandledCall* call_;
};

// The flow of a handled call.
Task<> Handle(Finisher finisher, Task<::grpc::Status> handler);

// Calls `make()` and starts the coroutine that it returns. What goes wrong is
// told to the caller of the call.
template <typename Make>
void Launch(Executor& executor, HandledCall& call, Make make) {
  Finisher finisher(call);
  Task<::grpc::Status> handler;
  try {
    handler = make();
    if (!handler.valid()) {
      return finisher.Finish(::grpc::Status(::grpc::StatusCode::INTERNAL,
                                            "the handler is an empty Task"));
    }
  } catch (...) {
    return finisher.Finish(StatusOf(std::current_exception()).status);
  }
  try {
    SpawnDetached(executor, Handle(std::move(finisher), std::move(handler)));
  } catch (...) {  // the finisher has told it
  }
}

}  // namespace weft::grpc_internal

#endif  // WEFT_ADAPTERS_GRPC_INTERNAL_HANDLED_CALL_H_
