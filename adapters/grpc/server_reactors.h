// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/grpc/server_reactors.h
// -----------------------------------------------------------------------------
//
// Reactors for the handlers of gRPC's callback API. gRPC runs the reactions of
// a call, such as OnReadDone(), on any of its threads, and outside of all
// interceptors; those of these reactors run in the context of the call.
//
// Derive from them as from gRPC's classes of the same names. The reactions are
// named without "On".
//
// Example:
//
//   class Counter : public weft::grpc::ServerReadReactor<Number> {
//    public:
//     explicit Counter(Sum* sum) : sum_(*sum) { StartRead(&number_); }
//    private:
//     void ReadDone(bool ok) override {   // sees the context of the call
//       if (!ok) return Finish(::grpc::Status::OK);
//       sum_.set_value(sum_.value() + number_.value());
//       StartRead(&number_);
//     }
//     void Done() override { delete this; }
//     ...
//   };
//
// A coroutine needs no reactor: server_handlers.h.

#ifndef WEFT_ADAPTERS_GRPC_SERVER_REACTORS_H_
#define WEFT_ADAPTERS_GRPC_SERVER_REACTORS_H_

#include <grpcpp/support/server_callback.h>

#include "weft/adapters/grpc/internal/server_call.h"
#include "weft/hooks/async_resource.h"

namespace weft::grpc {

// ServerReactor
//
// The base of the four reactors; `Base` is gRPC's of the same name.
//
// Context: each reaction starts in the context in which the reactor was made,
//   which is that of the call if its handler makes it; what it enters ends with
//   it. Reactions may run on several threads at once, as gRPC has it; `Done()`
//   is the last.
// Hooks: the reactor is a resource of type "GRPC_SERVER_CALL": init when it is
//   made, before and after for each reaction, destroy at its end.
// Cancellation: when gRPC calls OnCancel() the flows of the call are cancelled
//   (context/cancellation.h), and then `Cancelled()` is called. gRPC does so
//   too when the deadline passes. `Finish()` is still to be called.
// Errors: the constructor throws std::logic_error if the server has no
//   `ServerInterceptorFactory`, and std::bad_alloc; gRPC then answers UNKNOWN.
//   A reaction must not throw: that is std::terminate().
template <typename Base>
class ServerReactor : public Base {
 public:
  ServerReactor() = default;

 protected:
  // What `StartSendInitialMetadata()` has begun is done.
  virtual void SendInitialMetadataDone(bool /*ok*/) {}
  // The call has been cancelled, and so have its flows.
  virtual void Cancelled() {}
  // The call has ended; the reactor may go.
  virtual void Done() = 0;

  // Calls `reaction()` in the context of the call. The reactor may be gone when
  // this returns.
  template <typename Fn>
  void React(Fn reaction) noexcept {
    resource_.RunInAsyncScope(reaction);
  }

 private:
  void OnSendInitialMetadataDone(bool ok) noexcept final {
    React([this, ok] { SendInitialMetadataDone(ok); });
  }
  void OnCancel() noexcept final {
    call_.Cancel();
    React([this] { Cancelled(); });
  }
  void OnDone() noexcept final {
    React([this] { Done(); });
  }

  grpc_internal::ServerCall call_ =
      grpc_internal::CurrentServerCall("weft::grpc::ServerReactor");
  const AsyncResource resource_{"GRPC_SERVER_CALL"};
};

// ServerUnaryReactor
//
// The reactor of a call with one request and one response.
class ServerUnaryReactor : public ServerReactor<::grpc::ServerUnaryReactor> {};

// ServerReadReactor
//
// The reactor of a call with a stream of requests and one response.
template <typename Request>
class ServerReadReactor
    : public ServerReactor<::grpc::ServerReadReactor<Request>> {
 protected:
  // What `StartRead()` has begun is done; there is no request if not `ok`, and
  // none will come.
  virtual void ReadDone(bool /*ok*/) {}

 private:
  void OnReadDone(bool ok) noexcept final {
    this->React([this, ok] { ReadDone(ok); });
  }
};

// ServerWriteReactor
//
// The reactor of a call with one request and a stream of responses.
template <typename Response>
class ServerWriteReactor
    : public ServerReactor<::grpc::ServerWriteReactor<Response>> {
 protected:
  // What `StartWrite()` has begun is done; no response will be sent any more if
  // not `ok`.
  virtual void WriteDone(bool /*ok*/) {}

 private:
  void OnWriteDone(bool ok) noexcept final {
    this->React([this, ok] { WriteDone(ok); });
  }
};

// ServerBidiReactor
//
// The reactor of a call with a stream of requests and one of responses.
template <typename Request, typename Response>
class ServerBidiReactor
    : public ServerReactor<::grpc::ServerBidiReactor<Request, Response>> {
 protected:
  // As those of ServerReadReactor and ServerWriteReactor.
  virtual void ReadDone(bool /*ok*/) {}
  virtual void WriteDone(bool /*ok*/) {}

 private:
  void OnReadDone(bool ok) noexcept final {
    this->React([this, ok] { ReadDone(ok); });
  }
  void OnWriteDone(bool ok) noexcept final {
    this->React([this, ok] { WriteDone(ok); });
  }
};

}  // namespace weft::grpc

#endif  // WEFT_ADAPTERS_GRPC_SERVER_REACTORS_H_
