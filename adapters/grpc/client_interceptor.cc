// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/grpc/client_interceptor.h"

#include <grpcpp/support/interceptor.h>

#include <exception>
#include <optional>
#include <utility>

#include "weft/adapters/grpc/internal/client_call.h"
#include "weft/context/context_snapshot.h"
#include "weft/propagation/carrier.h"

namespace weft::grpc {

using ::grpc::experimental::InterceptionHookPoints;
using ::grpc::experimental::InterceptorBatchMethods;

class ClientInterceptorFactory::Interceptor final
    : public ::grpc::experimental::Interceptor {
 public:
  Interceptor(const ClientInterceptorFactory& factory,
              ::grpc::ClientContext& context)
      : factory_(factory), context_(context) {}
  Interceptor(const Interceptor&) = delete;
  Interceptor& operator=(const Interceptor&) = delete;
  ~Interceptor() override = default;

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      Inject(*methods);
    }
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::POST_RECV_STATUS)) {
      cancels_.reset();  // while the call is there
    }
    methods->Proceed();
  }

 private:
  void Inject(InterceptorBatchMethods& methods) noexcept {
    try {
      // A stream of gRPC's may begin in another flow than that which made it.
      const Dropped dropped = flow_.Run([&] {
        cancels_.emplace(context_);
        return factory_.propagator_.Inject(
            MapWriter(*methods.GetSendInitialMetadata()));
      });
      if (dropped.any() && factory_.options_.on_dropped != nullptr) {
        factory_.options_.on_dropped(dropped);
      }
    } catch (...) {
      context_.TryCancel();
      if (factory_.options_.on_error != nullptr) {
        factory_.options_.on_error(std::current_exception());
      }
    }
  }

  const ClientInterceptorFactory& factory_;
  ::grpc::ClientContext& context_;
  const ContextSnapshot flow_ = ContextSnapshot::Capture();
  std::optional<grpc_internal::CancelsCall> cancels_;
};

ClientInterceptorFactory::ClientInterceptorFactory(
    const Propagator& propagator, ClientInterceptorOptions options)
    : propagator_(propagator), options_(std::move(options)) {}

::grpc::experimental::Interceptor*
ClientInterceptorFactory::CreateClientInterceptor(
    ::grpc::experimental::ClientRpcInfo* info) {
  return new Interceptor(*this, *info->client_context());
}

}  // namespace weft::grpc
