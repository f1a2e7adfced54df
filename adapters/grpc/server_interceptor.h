// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/grpc/server_interceptor.h
// -----------------------------------------------------------------------------
//
// `ServerInterceptorFactory` gives each call of a server the context that its
// caller has sent: trace, baggage, travelling storages, and the time that is
// left. Handlers run in it, of the callback API and of the synchronous one.
//
// Example:
//
//   ::grpc::ServerBuilder builder;
//   std::vector<std::unique_ptr<
//       ::grpc::experimental::ServerInterceptorFactoryInterface>>
//       interceptors;
//   interceptors.push_back(
//       std::make_unique<weft::grpc::ServerInterceptorFactory>(
//           propagator,
//           weft::grpc::ServerOptions{.trust = weft::Trust::kContinue}));
//   builder.experimental().SetInterceptorCreators(std::move(interceptors));
//
// The reactions of a call, which gRPC runs on other threads, are not the
// handler: server_reactors.h and server_handlers.h have what carries them.

#ifndef WEFT_ADAPTERS_GRPC_SERVER_INTERCEPTOR_H_
#define WEFT_ADAPTERS_GRPC_SERVER_INTERCEPTOR_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_interceptor.h>

#include <exception>
#include <functional>
#include <string_view>

#include "weft/context/context_snapshot.h"
#include "weft/propagation/dropped.h"
#include "weft/propagation/propagator.h"

namespace weft::grpc {

// The options of a `ServerInterceptorFactory`.
struct ServerOptions {
  // How far a caller is trusted. gRPC's own deadline holds in any case.
  Trust trust = Trust::kIgnore;
  // A function that decides that for each call, for instance by the peer's
  // certificate; then `trust` does not count. It is called on gRPC's threads
  // and must not throw: that is std::terminate().
  std::function<Trust(const ::grpc::ServerContextBase&)> trust_for = nullptr;
  // A function that is told what has arrived in a call and was not taken. It
  // is called on gRPC's threads and must not throw: that is std::terminate().
  std::function<void(std::string_view method, const Dropped&)> on_dropped =
      nullptr;
  // A function that is told why a call has no context: what a storage's
  // `Travels::decode` has thrown, or std::bad_alloc. The call is cancelled; its
  // handler runs, in no context. Called as `on_dropped`.
  std::function<void(std::string_view method, std::exception_ptr)> on_error =
      nullptr;
};

// ServerInterceptorFactory
//
// Context: it is what has arrived and nothing else: the call's thread has no
//   part in it, whatever it did before. Another interceptor that comes later in
//   the list runs in it too.
// Deadline: that of gRPC, or `Propagator::kTimeLeftField`, whichever is
//   earlier. It is the flow's (context/deadline.h).
// Cancellation: the flow is cancelled when the caller cancels, its connection
//   breaks, the deadline passes, or the server shuts down; gRPC tells so during
//   a call of the callback API. A handler of the synchronous API asks
//   `ServerContext::IsCancelled()` instead.
// Thread-safety: thread-safe.
// Lifetime: the propagator must outlive the server, which owns this object.
// Cost: for each call an allocation, that of `Propagator::Extract()`, and some
//   five for scopes.
class ServerInterceptorFactory final
    : public ::grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  // Makes one that reads what `propagator` knows.
  explicit ServerInterceptorFactory(const Propagator& propagator,
                                    ServerOptions options = {});
  ServerInterceptorFactory(const ServerInterceptorFactory&) = delete;
  ServerInterceptorFactory& operator=(const ServerInterceptorFactory&) = delete;
  ~ServerInterceptorFactory() override = default;

  // gRPC calls this for each call.
  ::grpc::experimental::Interceptor* CreateServerInterceptor(
      ::grpc::experimental::ServerRpcInfo* info) override;

 private:
  class Interceptor;

  const Propagator& propagator_;
  const ServerOptions options_;
};

// ContextOf()
//
// Returns the context that has arrived with a call, gRPC's deadline included,
// for servers without the interceptor, and for the API with completion queues,
// whose tags no interceptor is around. Throws as `Propagator::Extract()`.
ContextSnapshot ContextOf(const ::grpc::ServerContextBase& context,
                          const Propagator& propagator, Trust trust);

}  // namespace weft::grpc

#endif  // WEFT_ADAPTERS_GRPC_SERVER_INTERCEPTOR_H_
