// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The servers of the chain: each method asks the next server by the same
// method, with a question for each that it has got.

#ifndef WEFT_EXAMPLES_GRPC_SERVER_HOP_SERVICE_H_
#define WEFT_EXAMPLES_GRPC_SERVER_HOP_SERVICE_H_

#include <grpcpp/channel.h>
#include <grpcpp/server.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "weft/adapters/grpc/client.h"
#include "weft/adapters/grpc/server_handlers.h"
#include "weft/context/async_local_storage.h"
#include "weft/examples/grpc_server/hops.grpc.pb.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/propagation/propagator.h"

namespace hop_server {

using weft::examples::Answer;
using weft::examples::Counts;
using weft::examples::Hop;
using weft::examples::Hops;
using weft::examples::Question;

// What a flow has, besides its trace and its deadline.
struct HopContext {
  HopContext();

  const weft::AsyncLocalStorage<std::string> tenant;
  // Stays in its process.
  const weft::AsyncLocalStorage<std::string> secret;
  weft::Propagator propagator;
};

// What the calling code sees.
Hop HopHere(const HopContext& context);

// HopService
//
// Thread-safety: thread-safe, except for destruction.
class HopService final : public Hops::CallbackService {
 public:
  // `next` is the next server's; null for the last. All must outlive it.
  HopService(weft::Executor& executor, const HopContext& context,
             std::shared_ptr<::grpc::Channel> next);

  // How many handlers have been begun, and how many of them were cancelled or
  // late. relaxed: they are counts.
  std::int64_t begun() const { return begun_.load(std::memory_order_relaxed); }
  std::int64_t cut_short() const {
    return cut_short_.load(std::memory_order_relaxed);  // relaxed: as above
  }

 private:
  ::grpc::ServerUnaryReactor* Ask(::grpc::CallbackServerContext*,
                                  const Question* question,
                                  Answer* answer) override;
  ::grpc::ServerWriteReactor<Answer>* AskMany(
      ::grpc::CallbackServerContext*, const Question* question) override;
  ::grpc::ServerReadReactor<Question>* Collect(::grpc::CallbackServerContext*,
                                               Answer* answer) override;
  ::grpc::ServerBidiReactor<Question, Answer>* Talk(
      ::grpc::CallbackServerContext*) override;

  ::grpc::ServerUnaryReactor* Count(::grpc::CallbackServerContext*,
                                    const Question* question,
                                    Counts* counts) override;

  // Counts how `handler` ends.
  weft::Task<::grpc::Status> Counted(weft::Task<> handler);
  weft::Task<> DoAsk(const Question& question, Answer& answer);
  weft::Task<> DoAskMany(const Question& question,
                         weft::grpc::ServerWriter<Answer> answers);
  weft::Task<> DoCollect(weft::grpc::ServerReader<Question> questions,
                         Answer& answer);
  weft::Task<> DoTalk(weft::grpc::ServerStream<Question, Answer> stream);
  // What the last server does.
  weft::Task<> Work(std::int32_t milliseconds);
  bool IsLast(const Question& question) const {
    return next_ == nullptr || question.further() == 0;
  }

  weft::Executor& executor_;
  const HopContext& context_;
  const weft::grpc::Client client_;
  const std::unique_ptr<Hops::Stub> next_;
  std::atomic<std::int64_t> begun_{0};
  std::atomic<std::int64_t> cut_short_{0};
};

// What a server process prints when it can be called, before its address.
inline constexpr char kServing[] = "serving at ";

// A server of the service on 127.0.0.1, at `port`, or at any that is free if it
// is 0. Throws std::runtime_error if it cannot listen there.
struct HopServer {
  HopServer(HopService& service, const HopContext& context, int port = 0);

  int port = 0;
  std::unique_ptr<::grpc::Server> server;
};

// Returns a channel of its own to the server at `address`.
std::shared_ptr<::grpc::Channel> ChannelTo(const std::string& address);

}  // namespace hop_server

#endif  // WEFT_EXAMPLES_GRPC_SERVER_HOP_SERVICE_H_
