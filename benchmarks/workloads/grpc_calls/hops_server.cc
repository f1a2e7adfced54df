// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/grpc_calls/hops_server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/server_interceptor.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weft/examples/grpc_server/hops.grpc.pb.h"
#include "weft/propagation/trace_context.h"

namespace weft::benchmarks::grpc_calls {

using examples::Answer;
using examples::Question;

void Questions::Add(Carries carries, const Question& question) {
  // relaxed: numbers.
  asked_.fetch_add(1, std::memory_order_relaxed);
  if (carries == Carries::kNothing) return;
  const TraceContext* const trace = TraceContext::Current();
  if (trace != nullptr && trace->trace_id().ToHex() == question.text()) {
    right_.fetch_add(1, std::memory_order_relaxed);  // relaxed: as above
  }
}
std::int64_t Questions::asked() const {
  return asked_.load(std::memory_order_relaxed);  // relaxed: as above
}
std::int64_t Questions::right() const {
  return right_.load(std::memory_order_relaxed);  // relaxed: as above
}

::grpc::ServerUnaryReactor* HopsService::Ask(
    ::grpc::CallbackServerContext* context, const Question* question,
    Answer* answer) {
  questions_.Add(carries_, *question);
  answer->set_text(question->text());
  ::grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(::grpc::Status::OK);
  return reactor;
}

HopsServer::Interceptor EmptyInterceptor() {
  namespace experimental = ::grpc::experimental;
  class Empty final : public experimental::Interceptor {
   public:
    void Intercept(experimental::InterceptorBatchMethods* methods) override {
      methods->Proceed();
    }
  };
  class Factory final : public experimental::ServerInterceptorFactoryInterface {
   public:
    experimental::Interceptor* CreateServerInterceptor(
        experimental::ServerRpcInfo*) override {
      return new Empty;
    }
  };
  return std::make_unique<Factory>();
}

HopsServer::HopsServer(::grpc::Service& service, Interceptor interceptor) {
  ::grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", ::grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  if (interceptor != nullptr) {
    std::vector<Interceptor> interceptors;
    interceptors.push_back(std::move(interceptor));
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) throw std::runtime_error("gRPC starts no server");
  address_ = "127.0.0.1:" + std::to_string(port);
}

HopsServer::~HopsServer() { server_->Shutdown(); }

}  // namespace weft::benchmarks::grpc_calls
