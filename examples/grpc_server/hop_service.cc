// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/grpc_server/hop_service.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/adapters/grpc/server_interceptor.h"
#include "weft/context/deadline.h"
#include "weft/executor/errors.h"
#include "weft/executor/sleep.h"
#include "weft/propagation/trace_context.h"

namespace hop_server {

using Async = class Hops::Stub::async;

HopContext::HopContext()
    : tenant({.name = "tenant"}), secret({.name = "secret"}) {
  propagator.Add(tenant,
                 {.name = "example-tenant",
                  .encode = [](const std::string& name) { return name; },
                  .decode =
                      [](std::string_view text) {
                        return std::optional<std::string>(text);
                      },
                  .limit = 64});
}

static std::string StoreOf(const weft::AsyncLocalStorage<std::string>& from) {
  const std::string* const store = from.GetStore();
  return store != nullptr ? *store : std::string();
}

Hop HopHere(const HopContext& context) {
  Hop hop;
  if (const auto* const trace = weft::TraceContext::Current()) {
    hop.set_trace_id(trace->trace_id().ToHex());
    hop.set_parent_span_id(trace->parent_span_id().ToHex());
  }
  hop.set_tenant(StoreOf(context.tenant));
  hop.set_secret(StoreOf(context.secret));
  const weft::Deadline deadline = weft::Deadline::Current();
  hop.set_time_left_ms(
      deadline.is_never()
          ? -1
          : std::chrono::floor<std::chrono::milliseconds>(deadline.remaining())
                .count());
  return hop;
}

// Adds what the servers behind have seen to what this one has.
static void Append(const Answer& behind, Answer& answer) {
  answer.set_text(behind.text());
  answer.mutable_hops()->MergeFrom(behind.hops());
}

static Question ForTheNext(Question question) {
  question.set_further(question.further() - 1);
  return question;
}

HopService::HopService(weft::Executor& executor, const HopContext& context,
                       std::shared_ptr<::grpc::Channel> next)
    : executor_(executor),
      context_(context),
      client_(executor, context.propagator),
      next_(next != nullptr ? Hops::NewStub(std::move(next)) : nullptr) {}

::grpc::ServerUnaryReactor* HopService::Ask(::grpc::CallbackServerContext*,
                                            const Question* question,
                                            Answer* answer) {
  return weft::grpc::Start(executor_, Counted(DoAsk(*question, *answer)));
}

::grpc::ServerWriteReactor<Answer>* HopService::AskMany(
    ::grpc::CallbackServerContext*, const Question* question) {
  return weft::grpc::StartWrite<Answer>(
      executor_, [this, question](weft::grpc::ServerWriter<Answer> answers) {
        return Counted(DoAskMany(*question, answers));
      });
}

::grpc::ServerReadReactor<Question>* HopService::Collect(
    ::grpc::CallbackServerContext*, Answer* answer) {
  return weft::grpc::StartRead<Question>(
      executor_, [this, answer](weft::grpc::ServerReader<Question> questions) {
        return Counted(DoCollect(questions, *answer));
      });
}

::grpc::ServerBidiReactor<Question, Answer>* HopService::Talk(
    ::grpc::CallbackServerContext*) {
  return weft::grpc::StartStream<Question, Answer>(
      executor_, [this](weft::grpc::ServerStream<Question, Answer> stream) {
        return Counted(DoTalk(stream));
      });
}

::grpc::ServerUnaryReactor* HopService::Count(
    ::grpc::CallbackServerContext* call, const Question*, Counts* counts) {
  counts->set_begun(begun());
  counts->set_cut_short(cut_short());
  ::grpc::ServerUnaryReactor* const reactor = call->DefaultReactor();
  reactor->Finish(::grpc::Status::OK);
  return reactor;
}

weft::Task<::grpc::Status> HopService::Counted(weft::Task<> handler) {
  begun_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
  try {
    co_await std::move(handler);
  } catch (const weft::CancelledError&) {
    cut_short_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
    throw;
  } catch (const weft::DeadlineExceededError&) {
    cut_short_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a count
    throw;
  }
  co_return ::grpc::Status::OK;
}

weft::Task<> HopService::Work(std::int32_t milliseconds) {
  if (milliseconds > 0) {
    co_await weft::Sleep(executor_, std::chrono::milliseconds(milliseconds));
  }
}

weft::Task<> HopService::DoAsk(const Question& question, Answer& answer) {
  *answer.add_hops() = HopHere(context_);
  const auto secret = context_.secret.WithScope("of this server");
  if (IsLast(question)) {
    co_await Work(question.work_ms());
    answer.set_text(question.text());
    co_return;
  }
  weft::Future<Answer> behind =
      client_.Call(next_->async(), &Async::Ask, ForTheNext(question));
  Append(co_await std::move(behind), answer);
}

weft::Task<> HopService::DoAskMany(const Question& question,
                                   weft::grpc::ServerWriter<Answer> answers) {
  Answer first;
  *first.add_hops() = HopHere(context_);
  const auto secret = context_.secret.WithScope("of this server");
  if (IsLast(question)) {
    first.set_text(question.text());
    for (int i = 0; i < question.count(); ++i) {
      co_await Work(question.work_ms());
      if (!co_await answers.Write(first)) co_return;
    }
    co_return;
  }
  auto behind =
      client_.ReadStream(next_->async(), &Async::AskMany, ForTheNext(question));
  while (std::optional<Answer> next = co_await behind.Read()) {
    Answer answer = first;
    Append(*next, answer);
    if (!co_await answers.Write(std::move(answer))) co_return;
  }
  co_await behind.Finish();
}

weft::Task<> HopService::DoCollect(weft::grpc::ServerReader<Question> questions,
                                   Answer& answer) {
  *answer.add_hops() = HopHere(context_);
  const auto secret = context_.secret.WithScope("of this server");
  std::optional<Question> question = co_await questions.Read();
  if (!question) co_return;
  if (IsLast(*question)) {
    while (question) {
      co_await Work(question->work_ms());
      answer.set_text(answer.text() + question->text());
      question = co_await questions.Read();
    }
    co_return;
  }
  auto behind = client_.WriteStream(next_->async(), &Async::Collect);
  while (question) {
    if (!co_await behind.Write(ForTheNext(*std::move(question)))) break;
    question = co_await questions.Read();
  }
  Append(co_await behind.Finish(), answer);
}

weft::Task<> HopService::DoTalk(
    weft::grpc::ServerStream<Question, Answer> stream) {
  Answer first;
  *first.add_hops() = HopHere(context_);
  const auto secret = context_.secret.WithScope("of this server");
  std::optional<Question> question = co_await stream.Read();
  if (!question) co_return;
  if (IsLast(*question)) {
    while (question) {
      co_await Work(question->work_ms());
      Answer answer = first;
      answer.set_text(question->text());
      if (!co_await stream.Write(std::move(answer))) co_return;
      question = co_await stream.Read();
    }
    co_return;
  }
  auto behind = client_.Stream(next_->async(), &Async::Talk);
  while (question) {
    if (!co_await behind.Write(ForTheNext(*std::move(question)))) break;
    const std::optional<Answer> next = co_await behind.Read();
    if (!next) break;
    Answer answer = first;
    Append(*next, answer);
    if (!co_await stream.Write(std::move(answer))) co_return;
    question = co_await stream.Read();
  }
  co_await behind.Finish();
}

HopServer::HopServer(HopService& service, const HopContext& context,
                     int wanted_port) {
  std::vector<
      std::unique_ptr<::grpc::experimental::ServerInterceptorFactoryInterface>>
      interceptors;
  interceptors.push_back(std::make_unique<weft::grpc::ServerInterceptorFactory>(
      context.propagator,
      weft::grpc::ServerOptions{.trust = weft::Trust::kContinue}));
  ::grpc::ServerBuilder builder;
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  builder.AddListeningPort("127.0.0.1:" + std::to_string(wanted_port),
                           ::grpc::InsecureServerCredentials(), &port);
  // By default two servers may have one port.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterService(&service);
  server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    throw std::runtime_error("cannot listen at 127.0.0.1:" +
                             std::to_string(wanted_port));
  }
}

std::shared_ptr<::grpc::Channel> ChannelTo(const std::string& address) {
  ::grpc::ChannelArguments arguments;
  arguments.SetInt("grpc.use_local_subchannel_pool", 1);
  return ::grpc::CreateCustomChannel(
      address, ::grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace hop_server
