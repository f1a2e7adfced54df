// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A small gRPC server, to be put under load by grpc_adapter_load.sh:
//
//   grpc_server bare         gRPC alone
//   grpc_server intercepted  each call is intercepted by what does nothing
//   grpc_server carried      each call is handled in the context that it brings
//
// All have the same handler, which answers with the text of the question; the
// last one counts the questions whose text is the id of the current trace.
// Writes "listening on ADDRESS", runs until the end of its standard input, and
// then writes how many were asked, and how many of them in the right trace.

#include <cstdio>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

#include "weft/adapters/grpc/server_interceptor.h"
#include "weft/benchmarks/workloads/grpc_calls/hops_server.h"
#include "weft/propagation/propagator.h"

namespace weft::benchmarks::grpc_calls {
namespace {

void Serve(std::string_view how) {
  const Propagator propagator;
  HopsServer::Interceptor interceptor;
  if (how == "intercepted") interceptor = EmptyInterceptor();
  if (how == "carried") {
    interceptor = std::make_unique<grpc::ServerInterceptorFactory>(
        propagator, grpc::ServerOptions{.trust = Trust::kContinue});
  }
  HopsService service(how == "carried" ? Carries::kContext : Carries::kNothing);
  {
    const HopsServer server(service, std::move(interceptor));
    std::printf("listening on %s\n", server.address().c_str());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
  }
  std::printf("asked=%lld right=%lld\n",
              static_cast<long long>(service.questions().asked()),
              static_cast<long long>(service.questions().right()));
}

int Main(int argc, char** argv) {
  const std::string_view how = argc == 2 ? argv[1] : "";
  if (how != "bare" && how != "intercepted" && how != "carried") {
    std::fprintf(stderr, "usage: grpc_server bare|intercepted|carried\n");
    return 2;
  }
  try {
    Serve(how);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "grpc_server: %s\n", failure.what());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace weft::benchmarks::grpc_calls

int main(int argc, char** argv) {
  return weft::benchmarks::grpc_calls::Main(argc, argv);
}
