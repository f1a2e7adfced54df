// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/grpc_calls/grpc_calls.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

#include "weft/adapters/grpc/client.h"
#include "weft/adapters/grpc/client_interceptor.h"
#include "weft/adapters/grpc/server_handlers.h"
#include "weft/adapters/grpc/server_interceptor.h"
#include "weft/benchmarks/workloads/grpc_calls/hops_server.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/examples/grpc_server/hops.grpc.pb.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/propagation/propagator.h"
#include "weft/propagation/trace_context.h"

namespace weft::benchmarks::grpc_calls {
namespace {

using examples::Answer;
using examples::Hops;
using examples::Question;

class CoroutineService final : public Hops::CallbackService {
 public:
  explicit CoroutineService(Executor& executor) : executor_(executor) {}
  const Questions& questions() const { return questions_; }

 private:
  ::grpc::ServerUnaryReactor* Ask(::grpc::CallbackServerContext*,
                                  const Question* question,
                                  Answer* answer) override {
    return grpc::Start(executor_, Handle(*question, *answer));
  }
  Task<::grpc::Status> Handle(const Question& question, Answer& answer) {
    questions_.Add(Carries::kContext, question);
    answer.set_text(question.text());
    co_return ::grpc::Status::OK;
  }

  Executor& executor_;
  Questions questions_;
};

// A server with that service, and a channel to it.
class Connection {
 public:
  Connection(::grpc::Service& service, const Propagator* propagator)
      : server_(service,
                propagator == nullptr
                    ? nullptr
                    : std::make_unique<grpc::ServerInterceptorFactory>(
                          *propagator,
                          grpc::ServerOptions{.trust = Trust::kContinue})) {
    std::vector<std::unique_ptr<
        ::grpc::experimental::ClientInterceptorFactoryInterface>>
        interceptors;
    if (propagator != nullptr) {
      interceptors.push_back(
          std::make_unique<grpc::ClientInterceptorFactory>(*propagator));
    }
    // A connection of its own for each.
    ::grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ =
        Hops::NewStub(::grpc::experimental::CreateCustomChannelWithInterceptors(
            server_.address(), ::grpc::InsecureChannelCredentials(), arguments,
            std::move(interceptors)));
  }

  Hops::Stub& stub() { return *stub_; }

 private:
  const HopsServer server_;
  std::unique_ptr<Hops::Stub> stub_;
};

struct Call {
  ::grpc::ClientContext context;
  Question question;
  Answer answer;
};

std::string Text(Carries carries, const TraceContext& trace) {
  return carries == Carries::kContext ? trace.trace_id().ToHex()
                                      : std::string(32, '0');
}

// Calls with callbacks, from this thread.
double Callbacks(Carries carries, Hops::Stub& stub) {
  std::counting_semaphore<kUnfinished> room(kUnfinished);
  std::atomic<std::int64_t> right{0};
  const auto call = [&] {
    const TraceContext trace = TraceContext::New();
    auto* const one = new Call;
    one->question.set_text(Text(carries, trace));
    const auto done = [one, &room, &right](const ::grpc::Status& status) {
      if (status.ok() && one->answer.text() == one->question.text()) {
        // relaxed: a number; the semaphore orders it.
        right.fetch_add(1, std::memory_order_relaxed);
      }
      delete one;
      room.release();
    };
    room.acquire();
    if (carries == Carries::kContext) {
      TraceContext::Storage().Run(trace, [&] {
        stub.async()->Ask(&one->context, &one->question, &one->answer, done);
      });
    } else {
      stub.async()->Ask(&one->context, &one->question, &one->answer, done);
    }
  };
  const double ns = NsPerOperation(kCalls, [&] {
    for (int i = 0; i < kCalls; ++i) call();
    for (int i = 0; i < kUnfinished; ++i) room.acquire();
  });
  // relaxed: all calls have ended.
  CheckAnswer(right.load(std::memory_order_relaxed), kCalls);
  return ns;
}

}  // namespace

double Bare(int) {
  HopsService service(Carries::kNothing);
  Connection connection(service, nullptr);
  return Callbacks(Carries::kNothing, connection.stub());
}

double Carried(int) {
  const Propagator propagator;
  HopsService service(Carries::kContext);
  Connection connection(service, &propagator);
  const double ns = Callbacks(Carries::kContext, connection.stub());
  CheckAnswer(service.questions().right(), kCalls);
  return ns;
}

double Coroutines(int threads) {
  const Propagator propagator;
  Executor& executor = WeftExecutor(threads);
  CoroutineService service(executor);
  std::int64_t good = 0;
  double ns = 0;
  {
    Connection connection(service, &propagator);
    const grpc::Client client(executor, propagator);
    using Async = class Hops::Stub::async;
    ns = NsPerOperation(kCalls, [&] {
      std::deque<std::pair<std::string, Future<Answer>>> under_way;
      const auto take = [&] {
        good +=
            under_way.front().second.Get().text() == under_way.front().first;
        under_way.pop_front();
      };
      for (int i = 0; i < kCalls; ++i) {
        if (under_way.size() == kUnfinished) take();
        const TraceContext trace = TraceContext::New();
        Question question;
        question.set_text(Text(Carries::kContext, trace));
        TraceContext::Storage().Run(trace, [&] {
          under_way.emplace_back(
              question.text(),
              client.Call(connection.stub().async(), &Async::Ask, question));
        });
      }
      while (!under_way.empty()) take();
    });
  }
  CheckAnswer(good, kCalls);
  CheckAnswer(service.questions().right(), kCalls);
  return ns;
}

}  // namespace weft::benchmarks::grpc_calls
