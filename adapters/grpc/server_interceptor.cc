// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/grpc/server_interceptor.h"

#include <grpcpp/support/interceptor.h>

#include <exception>
#include <optional>
#include <utility>

#include "weft/adapters/grpc/internal/call_deadline.h"
#include "weft/adapters/grpc/internal/server_call.h"
#include "weft/adapters/grpc/metadata.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"

namespace weft::grpc {

namespace {

using ::grpc::experimental::InterceptionHookPoints;
using ::grpc::experimental::InterceptorBatchMethods;
using ::grpc::experimental::ServerRpcInfo;

// Returns what has arrived, and adds to `dropped` what was not taken. `call` is
// null for a call that cannot be cancelled.
ContextSnapshot ArrivedContext(const MetadataReader::Metadata& metadata,
                               Deadline deadline, const Propagator& propagator,
                               Trust trust,
                               const grpc_internal::ServerCall* call,
                               Dropped& dropped) {
  // The thread may be in a flow: gRPC lends threads to whom it likes.
  const ContextSnapshot nothing;
  return nothing.Run([&] {
    const Extracted extracted =
        propagator.Extract(MetadataReader(metadata), trust);
    dropped = extracted.dropped();
    return extracted.Run([&] {
      std::optional<DeadlineScope> until;
      if (!deadline.is_never()) until.emplace(deadline);
      if (call == nullptr) return ContextSnapshot::Capture();
      const CancellationScope cancellable(call->token());
      const auto scope = grpc_internal::ServerCallStorage().WithScope(*call);
      return ContextSnapshot::Capture();
    });
  });
}

}  // namespace

class ServerInterceptorFactory::Interceptor final
    : public ::grpc::experimental::Interceptor {
 public:
  Interceptor(const ServerInterceptorFactory& factory, ServerRpcInfo& info)
      : factory_(factory), info_(info) {}
  Interceptor(const Interceptor&) = delete;
  Interceptor& operator=(const Interceptor&) = delete;
  ~Interceptor() override = default;

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::POST_RECV_CLOSE)) {
      CancelIfCancelled();
    }
    if (!methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      methods->Proceed();
      return;
    }
    // The call, and so this object, may be gone before Proceed() returns.
    const ContextSnapshot context = Arrived(*methods);
    context.Run([methods] { methods->Proceed(); });
  }

 private:
  ContextSnapshot Arrived(InterceptorBatchMethods& methods) noexcept {
    const ServerOptions& options = factory_.options_;
    ::grpc::ServerContextBase& call = *info_.server_context();
    const Trust trust =
        options.trust_for != nullptr ? options.trust_for(call) : options.trust;
    Dropped dropped;
    ContextSnapshot context;
    try {
      const auto* const metadata = methods.GetRecvInitialMetadata();
      context = ArrivedContext(
          metadata != nullptr ? *metadata : call.client_metadata(),
          grpc_internal::FromGrpc(call.raw_deadline()), factory_.propagator_,
          trust, &flows_, dropped);
    } catch (...) {
      call.TryCancel();
      if (options.on_error != nullptr) {
        options.on_error(info_.method(), std::current_exception());
      }
      return context;
    }
    if (dropped.any() && options.on_dropped != nullptr) {
      options.on_dropped(info_.method(), dropped);
    }
    return context;
  }

  // A reactor of the user's own does not tell the flow. In the synchronous API
  // this comes when the handler has returned, and asking might wait.
  void CancelIfCancelled() {
    const auto* const call =
        dynamic_cast<::grpc::CallbackServerContext*>(info_.server_context());
    if (call != nullptr && call->IsCancelled()) {
      grpc_internal::ServerCall flows = flows_;  // may outlive this
      flows.Cancel();
    }
  }

  const ServerInterceptorFactory& factory_;
  ServerRpcInfo& info_;
  const grpc_internal::ServerCall flows_;
};

ServerInterceptorFactory::ServerInterceptorFactory(const Propagator& propagator,
                                                   ServerOptions options)
    : propagator_(propagator), options_(std::move(options)) {}

::grpc::experimental::Interceptor*
ServerInterceptorFactory::CreateServerInterceptor(ServerRpcInfo* info) {
  return new Interceptor(*this, *info);
}

ContextSnapshot ContextOf(const ::grpc::ServerContextBase& context,
                          const Propagator& propagator, Trust trust) {
  Dropped dropped;
  return ArrivedContext(context.client_metadata(),
                        grpc_internal::FromGrpc(context.raw_deadline()),
                        propagator, trust, nullptr, dropped);
}

}  // namespace weft::grpc
