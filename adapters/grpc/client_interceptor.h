// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/grpc/client_interceptor.h
// -----------------------------------------------------------------------------
//
// `ClientInterceptorFactory` gives each call of a channel the context of the
// flow that makes it, with whichever of gRPC's interfaces: also blocking calls,
// and those of code that knows nothing of Weft. `Client` (client.h) needs none.
//
// Example:
//
//   std::vector<std::unique_ptr<
//       ::grpc::experimental::ClientInterceptorFactoryInterface>>
//       interceptors;
//   interceptors.push_back(
//       std::make_unique<weft::grpc::ClientInterceptorFactory>(propagator));
//   std::shared_ptr<::grpc::Channel> channel =
//       ::grpc::experimental::CreateCustomChannelWithInterceptors(
//           target, credentials, {}, std::move(interceptors));

#ifndef WEFT_ADAPTERS_GRPC_CLIENT_INTERCEPTOR_H_
#define WEFT_ADAPTERS_GRPC_CLIENT_INTERCEPTOR_H_

#include <grpcpp/support/client_interceptor.h>

#include <exception>
#include <functional>

#include "weft/propagation/dropped.h"
#include "weft/propagation/propagator.h"

namespace weft::grpc {

// The options of a `ClientInterceptorFactory`.
struct ClientInterceptorOptions {
  // A function that is told what could not be sent along. It must not throw:
  // that is std::terminate().
  std::function<void(const Dropped&)> on_dropped = nullptr;
  // A function that is told what a storage's `Travels::encode` has thrown, or
  // std::bad_alloc; the call is cancelled. Called as `on_dropped`.
  std::function<void(std::exception_ptr)> on_error = nullptr;
};

// ClientInterceptorFactory
//
// Context: what the propagator knows, of the flow that makes the call. It
//   replaces fields of the same names that are there.
// Deadline: an interceptor cannot set that of gRPC. The callee is told what is
//   left by `Propagator::kTimeLeftField`, which `ServerInterceptorFactory`
//   reads; but the call itself does not end at the flow's deadline. Who wants
//   that calls `Client::Prepare()` too, or `Client::Call()`.
// Cancellation: when the flow is cancelled, so is the call, at once.
// Thread-safety: thread-safe.
// Lifetime: the propagator must outlive the channel, which owns this object.
// Cost: for each call an allocation, and those of `Propagator::Inject()`.
class ClientInterceptorFactory final
    : public ::grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  // Makes one that writes what `propagator` knows.
  explicit ClientInterceptorFactory(const Propagator& propagator,
                                    ClientInterceptorOptions options = {});
  ClientInterceptorFactory(const ClientInterceptorFactory&) = delete;
  ClientInterceptorFactory& operator=(const ClientInterceptorFactory&) = delete;
  ~ClientInterceptorFactory() override = default;

  // gRPC calls this for each call.
  ::grpc::experimental::Interceptor* CreateClientInterceptor(
      ::grpc::experimental::ClientRpcInfo* info) override;

 private:
  class Interceptor;

  const Propagator& propagator_;
  const ClientInterceptorOptions options_;
};

}  // namespace weft::grpc

#endif  // WEFT_ADAPTERS_GRPC_CLIENT_INTERCEPTOR_H_
