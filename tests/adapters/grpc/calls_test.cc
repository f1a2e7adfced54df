// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Calls between real servers and clients on the loopback.

#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "weft/adapters/grpc/client.h"
#include "weft/adapters/grpc/client_interceptor.h"
#include "weft/adapters/grpc/completion_queue.h"
#include "weft/adapters/grpc/server_handlers.h"
#include "weft/adapters/grpc/server_interceptor.h"
#include "weft/adapters/grpc/server_reactors.h"
#include "weft/adapters/grpc/status_error.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/examples/grpc_server/hop_service.h"
#include "weft/examples/grpc_server/hops.grpc.pb.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/patterns/with_timeout.h"
#include "weft/executor/sleep.h"
#include "weft/executor/sync/async_event.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/propagation/baggage.h"
#include "weft/propagation/propagator.h"
#include "weft/propagation/trace_context.h"

namespace weft::grpc {
namespace {

using ::grpc::CallbackServerContext;
using ::grpc::Status;
using ::grpc::StatusCode;
using hop_server::Answer;
using hop_server::ChannelTo;
using hop_server::Hop;
using hop_server::HopContext;
using hop_server::HopHere;
using hop_server::Hops;
using hop_server::HopServer;
using hop_server::HopService;
using hop_server::Question;
using Async = class Hops::Stub::async;
using Interceptors = std::vector<
    std::unique_ptr<::grpc::experimental::ServerInterceptorFactoryInterface>>;

// More than any call takes here, on however busy a machine.
constexpr std::chrono::seconds kAmple(50);

ExecutorOptions Workers(int workers) {
  ExecutorOptions options;
  options.concurrency = workers;
  return options;
}

Question MakeQuestion(int further, std::string text = "", int count = 1,
                      int work_ms = 0) {
  Question question;
  question.set_further(further);
  question.set_text(std::move(text));
  question.set_count(count);
  question.set_work_ms(work_ms);
  return question;
}

StatusCode CodeOf(Future<Answer> future) {
  try {
    std::move(future).Get();
  } catch (const StatusError& error) {
    return error.status().error_code();
  }
  return StatusCode::OK;
}

// Three servers, of which each asks the next.
class Chain {
 public:
  explicit Chain(int workers)
      : executor(Workers(workers)),
        last(executor, context, nullptr),
        last_server(last, context),
        middle(executor, context, ChannelTo(last_server)),
        middle_server(middle, context),
        first(executor, context, ChannelTo(middle_server)),
        first_server(first, context),
        stub(Hops::NewStub(ChannelTo(first_server))),
        client(executor, context.propagator) {}
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  ~Chain() {
    stub.reset();
    for (HopServer* server : {&first_server, &middle_server, &last_server}) {
      server->server->Shutdown();
    }
  }

  static std::shared_ptr<::grpc::Channel> ChannelTo(const HopServer& server) {
    return hop_server::ChannelTo("127.0.0.1:" + std::to_string(server.port));
  }

  HopContext context;
  Executor executor;
  HopService last;
  HopServer last_server;
  HopService middle;
  HopServer middle_server;
  HopService first;
  HopServer first_server;
  std::unique_ptr<Hops::Stub> stub;
  Client client;
};

// A service whose handlers are a test's.
class TestService final : public Hops::CallbackService {
 public:
  explicit TestService(Executor& executor) : executor_(executor) {}

  std::function<Task<Status>(const Question&, Answer&)> ask;
  std::function<Task<Status>(ServerWriter<Answer>)> ask_many;
  std::function<Task<Status>(ServerStream<Question, Answer>)> talk;
  // Instead of `ask` and `talk`.
  std::function<::grpc::ServerUnaryReactor*(CallbackServerContext*, Answer&)>
      ask_reactor;
  std::function<::grpc::ServerBidiReactor<Question, Answer>*()> talk_reactor;

 private:
  ::grpc::ServerUnaryReactor* Ask(CallbackServerContext* call,
                                  const Question* question,
                                  Answer* answer) override {
    if (ask_reactor) return ask_reactor(call, *answer);
    return Start(executor_, ask(*question, *answer));
  }
  ::grpc::ServerWriteReactor<Answer>* AskMany(CallbackServerContext*,
                                              const Question*) override {
    return StartWrite<Answer>(executor_, ask_many);
  }
  ::grpc::ServerBidiReactor<Question, Answer>* Talk(
      CallbackServerContext*) override {
    if (talk_reactor) return talk_reactor();
    return StartStream<Question, Answer>(executor_, talk);
  }

  Executor& executor_;
};

// Its server, and a client. All that handlers use must outlive it.
class TestServer {
 public:
  TestServer(::grpc::Service& service, const HopContext& context,
             std::optional<ServerOptions> options = ServerOptions{
                 .trust = Trust::kContinue}) {
    Interceptors interceptors;
    if (options) {
      interceptors.push_back(std::make_unique<ServerInterceptorFactory>(
          context.propagator, *std::move(options)));
    }
    ::grpc::ServerBuilder builder;
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
    builder.AddListeningPort("127.0.0.1:0", ::grpc::InsecureServerCredentials(),
                             &port_);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 1 << 20);
    builder.RegisterService(&service);
    server_ = builder.BuildAndStart();
    stub = Hops::NewStub(ChannelTo(address()));
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() {
    stub.reset();
    server_->Shutdown();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  ::grpc::Server& server() { return *server_; }

  std::unique_ptr<Hops::Stub> stub;

 private:
  int port_ = 0;
  std::unique_ptr<::grpc::Server> server_;
};

class CallsTest : public ::testing::TestWithParam<int> {
 protected:
  // Makes a call of the service's method Ask.
  Future<Answer> Ask(TestServer& server,
                     const Client::SetUp& set_up = nullptr) {
    return client.Call(server.stub->async(), &Async::Ask, MakeQuestion(0),
                       set_up);
  }

  HopContext context;
  Executor executor{Workers(GetParam())};
  Client client{executor, context.propagator};
  TestService service{executor};
};

INSTANTIATE_TEST_SUITE_P(Workers, CallsTest, ::testing::Values(1, 2, 8));

// What one call of a tenant must have found at each of three servers.
void ExpectHops(const Answer& answer, const std::string& tenant,
                const TraceContext& trace, std::chrono::milliseconds time) {
  ASSERT_EQ(answer.hops_size(), 3);
  std::int64_t most = time.count();
  for (const Hop& hop : answer.hops()) {
    EXPECT_EQ(hop.trace_id(), trace.trace_id().ToHex());
    EXPECT_EQ(hop.tenant(), tenant);
    EXPECT_EQ(hop.secret(), "");
    EXPECT_LE(hop.time_left_ms(), most);
    EXPECT_GT(hop.time_left_ms(), 0);
    most = hop.time_left_ms();
  }
  EXPECT_EQ(answer.hops(0).parent_span_id(), trace.span_id().ToHex());
  EXPECT_NE(answer.hops(1).parent_span_id(), trace.span_id().ToHex());
}

// One flow: a call of each kind over three servers.
Task<> AskInEveryWay(Chain& chain, int number) {
  const std::string tenant = "tenant-" + std::to_string(number);
  const TraceContext trace = TraceContext::New();
  const std::chrono::milliseconds time = kAmple + std::chrono::seconds(number);
  const auto named = chain.context.tenant.WithScope(tenant);
  const auto secret = chain.context.secret.WithScope("of the client");
  const auto traced = TraceContext::Storage().WithScope(trace);
  const DeadlineScope until(Deadline::In(time));

  Future<Answer> asked = chain.client.Call(chain.stub->async(), &Async::Ask,
                                           MakeQuestion(2, tenant));
  const Answer answer = co_await std::move(asked);
  EXPECT_EQ(answer.text(), tenant);
  ExpectHops(answer, tenant, trace, time);

  auto many = chain.client.ReadStream(chain.stub->async(), &Async::AskMany,
                                      MakeQuestion(2, tenant, 3));
  int answers = 0;
  while (std::optional<Answer> next = co_await many.Read()) {
    ++answers;
    ExpectHops(*next, tenant, trace, time);
  }
  EXPECT_EQ(answers, 3);
  co_await many.Finish();

  auto collected =
      chain.client.WriteStream(chain.stub->async(), &Async::Collect);
  for (const char* const text : {"a", "b", "c"}) {
    EXPECT_TRUE(co_await collected.Write(MakeQuestion(2, text)));
  }
  const Answer all = co_await collected.Finish();
  EXPECT_EQ(all.text(), "abc");
  ExpectHops(all, tenant, trace, time);

  auto talk = chain.client.Stream(chain.stub->async(), &Async::Talk);
  for (int i = 0; i < 3; ++i) {
    const std::string text = tenant + "/" + std::to_string(i);
    EXPECT_TRUE(co_await talk.Write(MakeQuestion(2, text)));
    const std::optional<Answer> next = co_await talk.Read();
    EXPECT_TRUE(next.has_value());
    if (!next) break;
    EXPECT_EQ(next->text(), text);
    ExpectHops(*next, tenant, trace, time);
  }
  talk.WritesDone();
  EXPECT_FALSE((co_await talk.Read()).has_value());
  co_await talk.Finish();
}

TEST_P(CallsTest, CallsOfManyTenantsAreNotMixedOverThreeHops) {
  Chain chain(GetParam());
  std::vector<Future<void>> flows;
  for (int number = 0; number < 40; ++number) {
    flows.push_back(Spawn(chain.executor, AskInEveryWay(chain, number)));
  }
  for (Future<void>& flow : flows) std::move(flow).Get();
  EXPECT_EQ(chain.last.begun(), 160);
  EXPECT_EQ(chain.last.cut_short(), 0);
}

TEST_P(CallsTest, CancellingTheFirstHopEndsTheLast) {
  Chain chain(GetParam());
  CancellationSource source;
  std::vector<Future<Answer>> answers;
  {
    const CancellationScope cancellable(source.token());
    for (int i = 0; i < 10; ++i) {
      answers.push_back(
          chain.client.Call(chain.stub->async(), &Async::Ask,
                            MakeQuestion(2, "", 1, /*work_ms=*/600'000)));
    }
  }
  while (chain.last.begun() < 10) std::this_thread::yield();
  source.Cancel();
  for (Future<Answer>& answer : answers) {
    EXPECT_THROW(std::move(answer).Get(), CancelledError);
  }
  while (chain.last.cut_short() < 10) std::this_thread::yield();
  EXPECT_EQ(chain.first.begun(), 10);
}

TEST_P(CallsTest, TheDeadlineOfTheFirstHopEndsTheLast) {
  Chain chain(GetParam());
  Future<Answer> answer;
  {
    const DeadlineScope until(Deadline::In(std::chrono::milliseconds(300)));
    answer = chain.client.Call(chain.stub->async(), &Async::Ask,
                               MakeQuestion(2, "", 1, /*work_ms=*/600'000));
  }
  EXPECT_THROW(std::move(answer).Get(), DeadlineExceededError);
  while (chain.last.cut_short() < chain.last.begun()) std::this_thread::yield();
  EXPECT_LE(chain.last.begun(), 1);
}

TEST_P(CallsTest, ACancelledStreamEndsOnBothSides) {
  Chain chain(GetParam());
  CancellationSource source;
  const auto talk = [&]() -> Task<> {
    const CancellationScope cancellable(source.token());
    auto stream = chain.client.Stream(chain.stub->async(), &Async::Talk);
    co_await stream.Write(MakeQuestion(2, "", 1, /*work_ms=*/600'000));
    co_await stream.Read();
  };
  Future<void> ended = Spawn(chain.executor, talk());
  while (chain.last.begun() < 1) std::this_thread::yield();
  source.Cancel();
  EXPECT_THROW(std::move(ended).Get(), CancelledError);
  while (chain.last.cut_short() < 1) std::this_thread::yield();
}

TEST_P(CallsTest, AStreamThatIsDroppedIsCancelled) {
  std::promise<void> begun;
  std::promise<void> cut;
  AsyncEvent never(executor);
  service.talk = [&](ServerStream<Question, Answer>) -> Task<Status> {
    begun.set_value();
    try {
      co_await never.Wait();
    } catch (const CancelledError&) {
      cut.set_value();
      throw;
    }
    co_return Status::OK;
  };
  TestServer server(service, context);
  {
    const auto stream = client.Stream(server.stub->async(), &Async::Talk);
    begun.get_future().get();
  }
  cut.get_future().get();
}

TEST_P(CallsTest, AReadThatWasGivenUpLosesNothing) {
  AsyncEvent go(executor);
  service.talk = [&](ServerStream<Question, Answer> stream) -> Task<Status> {
    co_await go.Wait();
    for (int i = 0; i < 2; ++i) {
      Answer answer;
      answer.set_text(std::to_string(i));
      co_await stream.Write(std::move(answer));
    }
    co_return Status::OK;
  };
  TestServer server(service, context);
  const auto talk = [&]() -> Task<std::string> {
    auto stream = client.Stream(server.stub->async(), &Async::Talk);
    try {
      co_await WithTimeout(std::chrono::milliseconds(1),
                           [&] { return stream.Read(); });
      ADD_FAILURE() << "there is nothing to read";
    } catch (const DeadlineExceededError&) {
    }
    go.Set();
    std::string texts;
    while (std::optional<Answer> next = co_await stream.Read()) {
      texts += next->text();
    }
    co_await stream.Finish();
    co_return texts;
  };
  EXPECT_EQ(Spawn(executor, talk()).Get(), "01");
}

TEST_P(CallsTest, AWriteThatWasGivenUpIsWaitedFor) {
  AsyncEvent go(executor);
  std::string read;
  service.talk = [&](ServerStream<Question, Answer> stream) -> Task<Status> {
    co_await go.Wait();
    while (std::optional<Question> question = co_await stream.Read()) {
      read += question->text()[0];
    }
    co_return Status::OK;
  };
  TestServer server(service, context);
  const auto talk = [&]() -> Task<int> {
    auto stream = client.Stream(server.stub->async(), &Async::Talk);
    int given_up = 0;
    // Nobody reads: what the connection takes is used up at some time.
    while (given_up == 0) {
      Question question = MakeQuestion(0, std::string(200'000, 'a'));
      try {
        co_await WithTimeout(std::chrono::milliseconds(100),
                             [&] { return stream.Write(std::move(question)); });
      } catch (const DeadlineExceededError&) {
        ++given_up;
      }
    }
    go.Set();
    EXPECT_TRUE(co_await stream.Write(MakeQuestion(0, "b")));
    co_await stream.Finish();
    co_return given_up;
  };
  EXPECT_EQ(Spawn(executor, talk()).Get(), 1);
  EXPECT_EQ(read.find('b'), read.size() - 1);
  EXPECT_GT(read.size(), 1u);
}

// A reactor that notes what each of its reactions sees.
class NotingReactor final : public ServerBidiReactor<Question, Answer> {
 public:
  NotingReactor(const HopContext& context, std::promise<std::string>& noted)
      : context_(context), noted_(noted) {
    StartRead(&question_);
    StartSendInitialMetadata();
  }

 private:
  void Note(const char* what) {
    const std::lock_guard lock(mutex_);
    notes_ += std::string(what) + " " + HopHere(context_).tenant() + "\n";
    // What a reaction enters ends with it.
    context_.tenant.EnterWith("left behind");
  }
  void ReadDone(bool ok) override {
    Note(ok ? "read" : "end");
    if (!ok) return Finish(Status::OK);
    answer_.set_text(HopHere(context_).tenant());
    StartWrite(&answer_);
  }
  void WriteDone(bool) override {
    Note("write");
    StartRead(&question_);
  }
  void Cancelled() override {
    Note(CancellationToken::Current().is_cancelled() ? "cancelled" : "not yet");
    Finish(Status::CANCELLED);
  }
  void SendInitialMetadataDone(bool) override {
    // At any time.
    EXPECT_EQ(HopHere(context_).tenant(), "ada");
  }
  void Done() override {
    Note("done");
    noted_.set_value(notes_);
    delete this;
  }

  const HopContext& context_;
  std::promise<std::string>& noted_;
  Question question_;
  Answer answer_;
  std::mutex mutex_;
  std::string notes_;  // guarded by mutex_
};

TEST_P(CallsTest, EveryReactionRunsInTheContextOfItsCall) {
  std::promise<std::string> noted;
  service.talk_reactor = [&] { return new NotingReactor(context, noted); };
  TestServer server(service, context);
  const auto ada = context.tenant.WithScope("ada");
  const auto talk = [&]() -> Task<> {
    auto stream = client.Stream(server.stub->async(), &Async::Talk);
    for (int i = 0; i < 2; ++i) {
      co_await stream.Write(MakeQuestion(0));
      co_await stream.Read();
    }
    co_await stream.Finish();
  };
  Spawn(executor, talk()).Get();
  EXPECT_EQ(noted.get_future().get(),
            "read ada\nwrite ada\nread ada\nwrite ada\nend ada\ndone ada\n");
}

// A reactor that waits for its end.
class WaitingReactor final : public ServerUnaryReactor {
 public:
  WaitingReactor(std::promise<void>& begun, std::promise<bool>& cancelled)
      : cancelled_(cancelled) {
    begun.set_value();
  }

 private:
  void Cancelled() override {
    cancelled_.set_value(CancellationToken::Current().is_cancelled());
    Finish(Status::CANCELLED);
  }
  void Done() override { delete this; }

  std::promise<bool>& cancelled_;
};

TEST_P(CallsTest, AReactorIsToldOfCancellationWhenItsFlowsAre) {
  std::promise<void> begun;
  std::promise<bool> cancelled;
  service.ask_reactor = [&](CallbackServerContext*, Answer&) {
    return new WaitingReactor(begun, cancelled);
  };
  TestServer server(service, context);
  CancellationSource source;
  Future<Answer> answer;
  {
    const CancellationScope cancellable(source.token());
    answer = Ask(server);
  }
  begun.get_future().get();
  source.Cancel();
  EXPECT_TRUE(cancelled.get_future().get());
  EXPECT_THROW(std::move(answer).Get(), CancelledError);
}

// gRPC's own reactor, of which the interceptor alone knows.
class PlainReactor final : public ::grpc::ServerUnaryReactor {
 private:
  void OnDone() override { delete this; }
};

TEST_P(CallsTest, FlowsOfAPlainReactorAreCancelledToo) {
  std::promise<void> begun;
  std::promise<void> cut;
  AsyncEvent never(executor);
  service.ask_reactor = [&](CallbackServerContext*, Answer&) {
    auto* const reactor = new PlainReactor;
    const auto wait = [&, reactor]() -> Task<> {
      begun.set_value();
      try {
        co_await never.Wait();
      } catch (const CancelledError&) {
        cut.set_value();
      }
      reactor->Finish(Status::CANCELLED);
    };
    // The lambda is the coroutine's: it must live as long.
    static std::optional<std::function<Task<>()>> keep;
    keep.emplace(wait);
    SpawnDetached(executor, (*keep)());
    return reactor;
  };
  TestServer server(service, context);
  CancellationSource source;
  Future<Answer> answer;
  {
    const CancellationScope cancellable(source.token());
    answer = Ask(server);
  }
  begun.get_future().get();
  source.Cancel();
  cut.get_future().get();
  EXPECT_THROW(std::move(answer).Get(), CancelledError);
}

TEST_P(CallsTest, WhatAHandlerThrowsIsTheStatus) {
  const std::vector<std::pair<std::exception_ptr, StatusCode>> thrown = {
      {std::make_exception_ptr(
           StatusError(Status(StatusCode::NOT_FOUND, "no such thing"))),
       StatusCode::NOT_FOUND},
      {std::make_exception_ptr(CancelledError("")), StatusCode::CANCELLED},
      {std::make_exception_ptr(DeadlineExceededError("")),
       StatusCode::DEADLINE_EXCEEDED},
      {std::make_exception_ptr(ShutdownError("")), StatusCode::UNAVAILABLE},
      {std::make_exception_ptr(RejectedError("")),
       StatusCode::RESOURCE_EXHAUSTED},
  };
  std::exception_ptr next;
  service.ask = [&](const Question&, Answer&) -> Task<Status> {
    std::rethrow_exception(next);
    co_return Status::OK;
  };
  TestServer server(service, context);
  for (const auto& [exception, code] : thrown) {
    next = exception;
    EXPECT_EQ(CodeOf(Ask(server)), code);
  }
  next = nullptr;
}

TEST_P(CallsTest, AnUnexpectedExceptionIsUnknownToTheCallerAndToldHere) {
  ExecutorOptions options = Workers(GetParam());
  std::promise<std::string> told;
  options.on_unhandled_exception = [&](std::exception_ptr unhandled) {
    try {
      std::rethrow_exception(std::move(unhandled));
    } catch (const std::exception& error) {
      told.set_value(error.what());
    }
  };
  Executor own(options);
  TestService failing(own);
  failing.ask = [](const Question&, Answer&) -> Task<Status> {
    throw std::runtime_error("the password is swordfish");
    co_return Status::OK;
  };
  TestServer server(failing, context);
  try {
    Ask(server).Get();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status().error_code(), StatusCode::UNKNOWN);
    EXPECT_EQ(error.status().error_message(), "the handler failed");
  }
  EXPECT_EQ(told.get_future().get(), "the password is swordfish");
}

TEST_P(CallsTest, AFunctionThatMakesNoHandlerEndsItsCall) {
  service.ask_many = [](ServerWriter<Answer>) -> Task<Status> {
    throw StatusError(Status(StatusCode::FAILED_PRECONDITION, "not now"));
  };
  service.talk = [](ServerStream<Question, Answer>) { return Task<Status>(); };
  TestServer server(service, context);
  const auto many =
      client.ReadStream(server.stub->async(), &Async::AskMany, MakeQuestion(0));
  try {
    Spawn(executor, many.Finish()).Get();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status().error_message(), "not now");
  }
  const auto talk = client.Stream(server.stub->async(), &Async::Talk);
  try {
    Spawn(executor, talk.Finish()).Get();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status().error_message(), "the handler is an empty Task");
  }
}

TEST_P(CallsTest, AServerWithoutInterceptorSaysSo) {
  service.ask = [](const Question&, Answer&) -> Task<Status> {
    co_return Status::OK;
  };
  std::promise<std::string> noted;
  std::promise<std::string> said;
  service.talk_reactor = [&]() -> NotingReactor* {
    try {
      return new NotingReactor(context, noted);
    } catch (const std::logic_error& error) {
      said.set_value(error.what());
      throw;
    }
  };
  TestServer server(service, context, std::nullopt);
  try {
    Ask(server).Get();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status().error_code(), StatusCode::INTERNAL);
    EXPECT_NE(error.status().error_message().find("ServerInterceptorFactory"),
              std::string::npos);
  }
  const auto talk = client.Stream(server.stub->async(), &Async::Talk);
  EXPECT_THROW(Spawn(executor, talk.Finish()).Get(), StatusError);
  EXPECT_NE(said.get_future().get().find("ServerInterceptorFactory"),
            std::string::npos);
}

TEST_P(CallsTest, AServerThatShutsDownEndsItsCallsInTime) {
  std::promise<void> begun;
  std::promise<void> cut;
  AsyncEvent never(executor);
  service.ask = [&](const Question&, Answer&) -> Task<Status> {
    begun.set_value();
    try {
      co_await never.Wait();
    } catch (const CancelledError&) {
      cut.set_value();
      throw;
    }
    co_return Status::OK;
  };
  TestServer server(service, context);
  Future<Answer> answer = Ask(server);
  begun.get_future().get();
  server.server().Shutdown(std::chrono::system_clock::now());
  cut.get_future().get();
  EXPECT_NE(CodeOf(std::move(answer)), StatusCode::OK);
}

TEST_P(CallsTest, AnExecutorThatShutsDownEndsItsCalls) {
  Executor own(Workers(GetParam()));
  TestService stopped(own);
  AsyncEvent never(own);
  std::promise<void> begun;
  stopped.ask = [&](const Question& question, Answer&) -> Task<Status> {
    if (question.count() == 1) {
      begun.set_value();
      co_await never.Wait();
    }
    co_return Status::OK;
  };
  TestServer server(stopped, context);
  Future<Answer> waits = Ask(server);
  begun.get_future().get();
  own.Shutdown(OnShutdown::kStop);
  never.Set();
  EXPECT_EQ(CodeOf(std::move(waits)), StatusCode::UNAVAILABLE);
  EXPECT_EQ(CodeOf(Ask(server)), StatusCode::UNAVAILABLE);
}

TEST_P(CallsTest, HostileMetadataIsLimitedAndCounted) {
  std::mutex mutex;
  std::optional<Dropped> dropped;
  ServerOptions options;
  options.trust = Trust::kContinue;
  options.on_dropped = [&](std::string_view method, const Dropped& what) {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(method, "/weft.examples.Hops/Ask");
    dropped = what;
  };
  std::size_t members = 0;
  std::string tenant;
  std::string trace_id;
  service.ask = [&](const Question&, Answer&) -> Task<Status> {
    members = Baggage::CurrentOrEmpty().members().size();
    tenant = HopHere(context).tenant();
    trace_id = HopHere(context).trace_id();
    co_return Status::OK;
  };
  TestServer server(service, context, std::move(options));
  // Answers with what the server has dropped of what `send` adds.
  const auto dropped_of = [&](auto send) {
    {
      const std::lock_guard lock(mutex);
      dropped.reset();
    }
    ::grpc::ClientContext call;
    send(call);
    Answer answer;
    EXPECT_TRUE(server.stub->Ask(&call, MakeQuestion(0), &answer).ok());
    const std::lock_guard lock(mutex);
    return dropped.value_or(Dropped());
  };
  const auto add_members = [](int count) {
    return [count](::grpc::ClientContext& call) {
      std::string baggage = "k0=v";
      for (int i = 1; i < count; ++i) {
        baggage += ",k" + std::to_string(i) + "=v";
      }
      call.AddMetadata("baggage", baggage);
    };
  };
  EXPECT_FALSE(dropped_of(add_members(64)).any());
  EXPECT_EQ(members, 64u);
  EXPECT_EQ(dropped_of(add_members(65)).members, 1u);
  EXPECT_EQ(members, 64u);
  EXPECT_EQ(dropped_of([](::grpc::ClientContext& call) {
              for (int i = 0; i < 1000; ++i) {
                call.AddMetadata("baggage", "k" + std::to_string(i) + "=v");
              }
            }).members,
            1000u - 64u);
  EXPECT_GT(dropped_of([](::grpc::ClientContext& call) {
              call.AddMetadata("baggage", "k=" + std::string(100'000, 'v'));
            }).bytes,
            90'000u);
  EXPECT_EQ(dropped_of([](::grpc::ClientContext& call) {
              call.AddMetadata("example-tenant", std::string(65, 't'));
            }).fields,
            1u);
  EXPECT_EQ(tenant, "");
  const std::string sent = TraceContext::New().ToString();
  EXPECT_FALSE(dropped_of([&](::grpc::ClientContext& call) {
                 call.AddMetadata("traceparent", sent);
               }).any());
  EXPECT_EQ(trace_id, sent.substr(3, 32));
  EXPECT_TRUE(dropped_of([&](::grpc::ClientContext& call) {
                call.AddMetadata("traceparent", sent);
                call.AddMetadata("traceparent", sent);
              }).any());
  EXPECT_NE(trace_id, sent.substr(3, 32));
  EXPECT_TRUE(dropped_of([&](::grpc::ClientContext& call) {
                call.AddMetadata("traceparent", "00-nonsense");
              }).any());
}

TEST_P(CallsTest, TrustIsForEachCall) {
  ServerOptions options;
  options.trust_for = [](const ::grpc::ServerContextBase& call) {
    return call.client_metadata().count("x-known") != 0 ? Trust::kContinue
                                                        : Trust::kIgnore;
  };
  service.ask = [&](const Question&, Answer& answer) -> Task<Status> {
    *answer.add_hops() = HopHere(context);
    co_return Status::OK;
  };
  TestServer server(service, context, std::move(options));
  const auto ada = context.tenant.WithScope("ada");
  const DeadlineScope until(Deadline::In(kAmple));
  const Answer stranger = Ask(server).Get();
  EXPECT_EQ(stranger.hops(0).tenant(), "");
  EXPECT_GT(stranger.hops(0).time_left_ms(), 0) << "gRPC's own";
  const Answer known = Ask(server, [](::grpc::ClientContext& call) {
                         call.AddMetadata("x-known", "yes");
                       }).Get();
  EXPECT_EQ(known.hops(0).tenant(), "ada");
}

TEST_P(CallsTest, AContextThatCannotBeReadEndsItsCall) {
  const AsyncLocalStorage<int> number;
  HopContext bad;
  bad.propagator.Add(number,
                     {.name = "x-number",
                      .encode = [](const int&) { return std::string(); },
                      .decode = [](std::string_view) -> std::optional<int> {
                        throw std::runtime_error("cannot decode");
                      }});
  std::promise<std::string> told;
  ServerOptions options;
  options.on_error = [&](std::string_view, std::exception_ptr error) {
    try {
      std::rethrow_exception(std::move(error));
    } catch (const std::exception& thrown) {
      told.set_value(thrown.what());
    }
  };
  options.trust = Trust::kContinue;
  service.ask = [](const Question&, Answer&) -> Task<Status> {
    co_return Status::OK;
  };
  TestServer server(service, bad, std::move(options));
  const auto seven = number.WithScope(7);
  const Client sender(executor, bad.propagator);
  EXPECT_NE(
      CodeOf(sender.Call(server.stub->async(), &Async::Ask, MakeQuestion(0))),
      StatusCode::OK);
  EXPECT_EQ(told.get_future().get(), "cannot decode");
}

TEST_P(CallsTest, ADeadlineOfTheContextOrAMarginComesFirst) {
  service.ask = [&](const Question&, Answer& answer) -> Task<Status> {
    *answer.add_hops() = HopHere(context);
    co_return Status::OK;
  };
  TestServer server(service, context);
  EXPECT_EQ(Ask(server).Get().hops(0).time_left_ms(), -1) << "there is none";
  const DeadlineScope until(Deadline::In(kAmple));
  const Answer own = Ask(server, [](::grpc::ClientContext& call) {
                       call.set_deadline(std::chrono::system_clock::now() +
                                         std::chrono::seconds(20));
                     }).Get();
  EXPECT_LE(own.hops(0).time_left_ms(), 20'000);
  const Client cautious(executor, context.propagator,
                        {.margin = std::chrono::seconds(30)});
  const Answer early =
      cautious.Call(server.stub->async(), &Async::Ask, MakeQuestion(0)).Get();
  EXPECT_LE(early.hops(0).time_left_ms(), 20'000);
  EXPECT_GT(early.hops(0).time_left_ms(), 0);
}

// The API of synchronous handlers.
class BlockingService final : public Hops::Service {
 public:
  explicit BlockingService(const HopContext& context) : context_(context) {}

 private:
  Status Ask(::grpc::ServerContext*, const Question* question,
             Answer* answer) override {
    *answer->add_hops() = HopHere(context_);
    answer->set_text(question->text());
    return Status::OK;
  }

  const HopContext& context_;
};

TEST_P(CallsTest, BlockingCallsCarryTheirContextByInterceptors) {
  BlockingService blocking(context);
  TestServer server(blocking, context);
  std::vector<
      std::unique_ptr<::grpc::experimental::ClientInterceptorFactoryInterface>>
      interceptors;
  interceptors.push_back(
      std::make_unique<ClientInterceptorFactory>(context.propagator));
  const auto stub =
      Hops::NewStub(::grpc::experimental::CreateCustomChannelWithInterceptors(
          server.address(), ::grpc::InsecureChannelCredentials(), {},
          std::move(interceptors)));
  BlockingExecutor lane;
  std::vector<Future<void>> flows;
  for (int i = 0; i < 20; ++i) {
    const std::string tenant = std::to_string(i);
    const auto named = context.tenant.WithScope(tenant);
    const auto traced = TraceContext::Storage().WithScope(TraceContext::New());
    const DeadlineScope until(Deadline::In(kAmple));
    flows.push_back(lane.Submit([&, tenant] {
      const std::string trace = TraceContext::Current()->trace_id().ToHex();
      for (int call = 0; call < 10; ++call) {
        ::grpc::ClientContext own;
        Answer answer;
        EXPECT_TRUE(stub->Ask(&own, MakeQuestion(0), &answer).ok());
        EXPECT_EQ(answer.hops(0).tenant(), tenant);
        EXPECT_EQ(answer.hops(0).trace_id(), trace);
        EXPECT_EQ(answer.hops(0).secret(), "");
        EXPECT_GT(answer.hops(0).time_left_ms(), 0);
      }
    }));
  }
  for (Future<void>& flow : flows) std::move(flow).Get();
}

TEST_P(CallsTest, ABlockingCallIsCancelledWithItsFlow) {
  std::promise<void> begun;
  AsyncEvent never(executor);
  service.ask = [&](const Question&, Answer&) -> Task<Status> {
    begun.set_value();
    co_await never.Wait();
    co_return Status::OK;
  };
  TestServer server(service, context);
  std::vector<
      std::unique_ptr<::grpc::experimental::ClientInterceptorFactoryInterface>>
      interceptors;
  interceptors.push_back(
      std::make_unique<ClientInterceptorFactory>(context.propagator));
  const auto stub =
      Hops::NewStub(::grpc::experimental::CreateCustomChannelWithInterceptors(
          server.address(), ::grpc::InsecureChannelCredentials(), {},
          std::move(interceptors)));
  CancellationSource source;
  BlockingExecutor lane;
  const CancellationScope cancellable(source.token());
  Future<StatusCode> code = lane.Submit([&] {
    ::grpc::ClientContext call;
    Answer answer;
    return stub->Ask(&call, MakeQuestion(0), &answer).error_code();
  });
  begun.get_future().get();
  source.Cancel();
  EXPECT_EQ(std::move(code).Get(), StatusCode::CANCELLED);
}

TEST_P(CallsTest, TagsRunInTheContextInWhichTheyWereMade) {
  service.ask = [&](const Question&, Answer& answer) -> Task<Status> {
    *answer.add_hops() = HopHere(context);
    co_return Status::OK;
  };
  TestServer server(service, context);
  ::grpc::CompletionQueue queue;
  BlockingExecutor lane;
  const auto nobody = context.tenant.WithScope("the loop");
  std::vector<Future<void>> loops;
  for (int i = 0; i < 2; ++i) {
    loops.push_back(lane.Submit([&queue] { RunTags(queue); }));
  }
  struct Call {
    ::grpc::ClientContext call;
    Answer answer;
    Status status;
    std::unique_ptr<::grpc::ClientAsyncResponseReader<Answer>> reader;
  };
  constexpr int kCalls = 100;
  std::vector<Call> calls(kCalls);
  std::atomic<int> right{0};
  std::promise<void> all;
  for (int i = 0; i < kCalls; ++i) {
    const std::string tenant = std::to_string(i);
    context.tenant.Run(tenant, [&] {
      Call& call = calls[static_cast<std::size_t>(i)];
      client.Prepare(call.call);
      call.reader = server.stub->AsyncAsk(&call.call, MakeQuestion(0), &queue);
      call.reader->Finish(
          &call.answer, &call.status, MakeTag([&, tenant](bool ok) {
            EXPECT_TRUE(ok && call.status.ok());
            EXPECT_EQ(call.answer.hops(0).tenant(), tenant);
            EXPECT_EQ(HopHere(context).tenant(), tenant);
            // relaxed: a count.
            if (right.fetch_add(1, std::memory_order_relaxed) + 1 == kCalls) {
              all.set_value();
            }
          }));
    });
  }
  all.get_future().get();
  queue.Shutdown();
  for (Future<void>& loop : loops) std::move(loop).Get();
}

TEST_P(CallsTest, AServerOfCompletionQueuesReadsTheContextItself) {
  Hops::AsyncService async;
  ::grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", ::grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&async);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  ::grpc::ServerContext call;
  Question question;
  ::grpc::ServerAsyncResponseWriter<Answer> answers(&call);
  Answer answer;
  async.RequestAsk(
      &call, &question, &answers, queue.get(), queue.get(), MakeTag([&](bool) {
        // Nothing of the thread's flow is in it.
        const auto secret = context.secret.WithScope("of the thread");
        ContextOf(call, context.propagator, Trust::kContinue).Run([&] {
          *answer.add_hops() = HopHere(context);
        });
        answers.Finish(answer, Status::OK, MakeTag([](bool) {}));
      }));
  BlockingExecutor lane;
  Future<void> loop = lane.Submit([&] { RunTags(*queue); });
  const auto stub =
      Hops::NewStub(ChannelTo("127.0.0.1:" + std::to_string(port)));
  const auto ada = context.tenant.WithScope("ada");
  const DeadlineScope until(Deadline::In(kAmple));
  const Answer seen =
      client.Call(stub->async(), &Async::Ask, MakeQuestion(0)).Get();
  EXPECT_EQ(seen.hops(0).tenant(), "ada");
  EXPECT_EQ(seen.hops(0).secret(), "");
  EXPECT_GT(seen.hops(0).time_left_ms(), 0);
  server->Shutdown();
  queue->Shutdown();
  std::move(loop).Get();
}

TEST_P(CallsTest, WhatATagThrowsLeavesTheLoop) {
  ::grpc::CompletionQueue queue;
  ::grpc::ClientContext call;
  const auto stub = Hops::NewStub(ChannelTo("127.0.0.1:1"));
  Answer answer;
  Status status;
  const auto reader = stub->AsyncAsk(&call, MakeQuestion(0), &queue);
  call.TryCancel();
  reader->Finish(&answer, &status,
                 MakeTag([](bool) { throw std::runtime_error("a tag"); }));
  EXPECT_THROW(RunTags(queue), std::runtime_error);
  queue.Shutdown();
  RunTags(queue);
}

TEST_P(CallsTest, MisuseIsTold) {
  AsyncEvent go(executor);
  service.talk = [&](ServerStream<Question, Answer> stream) -> Task<Status> {
    co_await go.Wait();
    co_await stream.Write(Answer());
    co_return Status::OK;
  };
  TestServer server(service, context);
  const auto talk = [&]() -> Task<> {
    auto stream = client.Stream(server.stub->async(), &Async::Talk);
    Future<std::optional<Answer>> first = Spawn(executor, stream.Read());
    // Whichever comes second.
    Future<std::optional<Answer>> second = Spawn(executor, stream.Read());
    while (!first.IsReady() && !second.IsReady()) co_await executor.Schedule();
    go.Set();
    int refused = 0;
    for (Future<std::optional<Answer>>* read : {&first, &second}) {
      try {
        co_await std::move(*read);
      } catch (const std::logic_error& error) {
        EXPECT_NE(std::string(error.what()).find("Read() while another"),
                  std::string::npos);
        ++refused;
      }
    }
    EXPECT_EQ(refused, 1);
    stream.WritesDone();
    stream.WritesDone();  // changes nothing
    try {
      co_await stream.Write(MakeQuestion(0));
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::logic_error& error) {
      EXPECT_NE(std::string(error.what()).find("Write() after WritesDone()"),
                std::string::npos);
    }
    co_await stream.Finish();
    try {
      co_await stream.Finish();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::logic_error& error) {
      EXPECT_NE(std::string(error.what()).find("called twice"),
                std::string::npos);
    }
  };
  Spawn(executor, talk()).Get();
  EXPECT_THROW(Client(executor, context.propagator,
                      {.margin = std::chrono::seconds(-1)}),
               std::invalid_argument);
  EXPECT_THROW(StatusError{Status::OK}, std::invalid_argument);
}

TEST_P(CallsTest, HooksSeeCallsAndTheirReactions) {
  std::mutex mutex;
  std::vector<std::string> events;  // of the call
  AsyncId call = kNoAsyncId;
  const auto add = [&](AsyncId id, const char* what) {
    const std::lock_guard lock(mutex);
    if (id == call) events.push_back(what);
  };
  HookCallbacks callbacks;
  callbacks.init = [&](const InitEvent& event) {
    const std::lock_guard lock(mutex);
    if (event.resource().type() == "GRPC_SERVER_CALL") call = event.async_id();
  };
  callbacks.before = [&](const BeforeEvent& event) {
    add(event.async_id(), "before");
  };
  callbacks.after = [&](const AfterEvent& event) {
    add(event.async_id(), "after");
  };
  std::promise<void> gone;
  callbacks.destroy = [&](const DestroyEvent& event) {
    add(event.async_id(), "destroy");
    const std::lock_guard lock(mutex);
    if (event.async_id() == call) gone.set_value();
  };
  service.ask = [](const Question&, Answer&) -> Task<Status> {
    co_return Status::OK;
  };
  const AsyncHook hook = CreateHook(callbacks).Enable();
  TestServer server(service, context);
  Ask(server).Get();
  gone.get_future().get();
  const std::lock_guard lock(mutex);
  EXPECT_EQ(events, (std::vector<std::string>{"before", "after", "destroy"}));
}

}  // namespace
}  // namespace weft::grpc
