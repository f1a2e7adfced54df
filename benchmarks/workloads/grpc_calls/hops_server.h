// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A server of gRPC's callback API, bare or with the adapter's interceptor.

#ifndef WEFT_BENCHMARKS_WORKLOADS_GRPC_CALLS_HOPS_SERVER_H_
#define WEFT_BENCHMARKS_WORKLOADS_GRPC_CALLS_HOPS_SERVER_H_

#include <grpcpp/server.h>
#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/server_interceptor.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "weft/examples/grpc_server/hops.grpc.pb.h"

namespace weft::benchmarks::grpc_calls {

enum class Carries { kNothing, kContext };

// Counts questions. Thread-safe.
class Questions {
 public:
  // One has come, in the context that it was asked in if one is carried.
  void Add(Carries carries, const examples::Question& question);

  // Once all calls have ended: how many came, and how many of them in a trace
  // whose id is their text.
  std::int64_t asked() const;
  std::int64_t right() const;

 private:
  std::atomic<std::int64_t> asked_{0};
  std::atomic<std::int64_t> right_{0};
};

// Answers with the text of the question, at once.
class HopsService final : public examples::Hops::CallbackService {
 public:
  explicit HopsService(Carries carries) : carries_(carries) {}
  const Questions& questions() const { return questions_; }

 private:
  ::grpc::ServerUnaryReactor* Ask(::grpc::CallbackServerContext* context,
                                  const examples::Question* question,
                                  examples::Answer* answer) override;

  const Carries carries_;
  Questions questions_;
};

// Runs a service on a free port of the loopback.
class HopsServer {
 public:
  using Interceptor =
      std::unique_ptr<::grpc::experimental::ServerInterceptorFactoryInterface>;

  // The service must outlive it. Without an interceptor calls are not
  // intercepted.
  HopsServer(::grpc::Service& service, Interceptor interceptor);
  HopsServer(const HopsServer&) = delete;
  HopsServer& operator=(const HopsServer&) = delete;
  // Waits for the calls that are under way.
  ~HopsServer();

  const std::string& address() const { return address_; }

 private:
  std::string address_;
  std::unique_ptr<::grpc::Server> server_;
};

// Returns an interceptor that does nothing: gRPC intercepts each call for it.
HopsServer::Interceptor EmptyInterceptor();

}  // namespace weft::benchmarks::grpc_calls

#endif  // WEFT_BENCHMARKS_WORKLOADS_GRPC_CALLS_HOPS_SERVER_H_
