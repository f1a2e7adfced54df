// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/grpc/server_handlers.h
// -----------------------------------------------------------------------------
//
// `Start()` has a coroutine handle a call of gRPC's callback API: it leaves
// gRPC's threads at once and runs on an executor, in the context of the call.
//
// Example:
//
//   class Shop final : public Store::CallbackService {
//     ::grpc::ServerUnaryReactor* Buy(::grpc::CallbackServerContext*,
//                                     const Order* order,
//                                     Receipt* receipt) override {
//       return weft::grpc::Start(executor_, DoBuy(*order, *receipt));
//     }
//     weft::Task<::grpc::Status> DoBuy(const Order& order, Receipt& receipt) {
//       receipt.set_price(co_await prices_.Find(order.item()));
//       co_return ::grpc::Status::OK;
//     }
//
//     ::grpc::ServerBidiReactor<Order, Receipt>* BuyAll(
//         ::grpc::CallbackServerContext*) override {
//       return weft::grpc::StartStream<Order, Receipt>(
//           executor_, [this](weft::grpc::ServerStream<Order, Receipt> stream)
//           {
//             return DoBuyAll(stream);
//           });
//     }
//     weft::Task<::grpc::Status> DoBuyAll(
//         weft::grpc::ServerStream<Order, Receipt> stream) {
//       while (std::optional<Order> order = co_await stream.Read()) {
//         Receipt receipt;
//         co_await DoBuy(*order, receipt);
//         co_await stream.Write(std::move(receipt));
//       }
//       co_return ::grpc::Status::OK;
//     }
//   };

#ifndef WEFT_ADAPTERS_GRPC_SERVER_HANDLERS_H_
#define WEFT_ADAPTERS_GRPC_SERVER_HANDLERS_H_

#include <grpcpp/support/server_callback.h>
#include <grpcpp/support/status.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/adapters/grpc/internal/handled_call.h"
#include "weft/adapters/grpc/internal/message_slots.h"
#include "weft/adapters/grpc/internal/server_call.h"
#include "weft/adapters/grpc/server_reactors.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"

namespace weft::grpc {

// ServerReader
//
// The requests of a call that come as a stream.
//
// Thread-safety: thread-safe; one coroutine reads at a time.
// Lifetime: a handle, to copy. It is good until the handler has ended.
// Cost: an allocation for a request, and one for a coroutine.
template <typename Request>
class ServerReader {
 public:
  // `StartRead()` makes it.
  explicit ServerReader(grpc_internal::Reads<Request>& reads) noexcept
      : reads_(&reads) {}

  // ServerReader::Read()
  //
  // Returns the next request; nothing when the caller has sent all, or the call
  // has ended. If the flow is cancelled or late `co_await` throws at once; the
  // request that comes then is the next to be read. Throws std::logic_error if
  // another `Read()` has not ended.
  Task<std::optional<Request>> Read() const { return reads_->Read(nullptr); }

 private:
  grpc_internal::Reads<Request>* reads_;
};

// ServerWriter
//
// The responses of a call that go as a stream. In all else it is as
// `ServerReader`.
template <typename Response>
class ServerWriter {
 public:
  // `StartWrite()` makes it.
  explicit ServerWriter(grpc_internal::Writes<Response>& writes) noexcept
      : writes_(&writes) {}

  // ServerWriter::Write()
  //
  // Sends `response`, and waits until there is room for the next one. Returns
  // false if the call has ended; so does every later one. If the flow is
  // cancelled or late `co_await` throws at once, and the response may go
  // nevertheless. Throws std::logic_error if another `Write()` has not ended.
  Task<bool> Write(Response response) const {
    return writes_->Write(std::move(response), nullptr);
  }

 private:
  grpc_internal::Writes<Response>* writes_;
};

// ServerStream
//
// The requests and the responses of a call in both directions. One coroutine
// may read while another writes.
template <typename Request, typename Response>
class ServerStream {
 public:
  // `StartStream()` makes it.
  ServerStream(grpc_internal::Reads<Request>& reads,
               grpc_internal::Writes<Response>& writes) noexcept
      : reader_(reads), writer_(writes) {}

  // As `ServerReader::Read()`.
  Task<std::optional<Request>> Read() const { return reader_.Read(); }
  // As `ServerWriter::Write()`.
  Task<bool> Write(Response response) const {
    return writer_.Write(std::move(response));
  }

 private:
  ServerReader<Request> reader_;
  ServerWriter<Response> writer_;
};

}  // namespace weft::grpc

namespace weft::grpc_internal {

class UnaryHandledCall final : public grpc::ServerUnaryReactor,
                               public HandledCall {
 public:
  void FinishCall(::grpc::Status status) override { Finish(std::move(status)); }

 private:
  void Done() override { delete this; }
};

// The function that makes a handler may be a lambda that is a coroutine, whose
// captures it is; so it lives as long as the call.
template <typename Request, typename Fn>
class ReadHandledCall final : public grpc::ServerReadReactor<Request>,
                              public Reads<Request>,
                              public HandledCall {
 public:
  ReadHandledCall(Executor& executor, Fn fn)
      : Reads<Request>(executor), fn_(std::move(fn)) {}

  Task<::grpc::Status> Make() {
    return fn_(grpc::ServerReader<Request>(*this));
  }
  void FinishCall(::grpc::Status status) override {
    this->Finish(std::move(status));
  }

 private:
  void StartReading(Request* request) override { this->StartRead(request); }
  void ReadDone(bool ok) override { this->EndRead(ok); }
  void Done() override { delete this; }

  Fn fn_;
};

template <typename Response, typename Fn>
class WriteHandledCall final : public grpc::ServerWriteReactor<Response>,
                               public Writes<Response>,
                               public HandledCall {
 public:
  WriteHandledCall(Executor& executor, Fn fn)
      : Writes<Response>(executor), fn_(std::move(fn)) {}

  Task<::grpc::Status> Make() {
    return fn_(grpc::ServerWriter<Response>(*this));
  }
  void FinishCall(::grpc::Status status) override {
    this->Close([this, status = std::move(status)] { this->Finish(status); });
  }

 private:
  void StartWriting(const Response* response) override {
    this->StartWrite(response);
  }
  void WriteDone(bool ok) override { this->EndWrite(ok); }
  void Done() override { delete this; }

  Fn fn_;
};

template <typename Request, typename Response, typename Fn>
class StreamHandledCall final
    : public grpc::ServerBidiReactor<Request, Response>,
      public Reads<Request>,
      public Writes<Response>,
      public HandledCall {
 public:
  StreamHandledCall(Executor& executor, Fn fn)
      : Reads<Request>(executor),
        Writes<Response>(executor),
        fn_(std::move(fn)) {}

  Task<::grpc::Status> Make() {
    return fn_(grpc::ServerStream<Request, Response>(*this, *this));
  }
  void FinishCall(::grpc::Status status) override {
    this->Close([this, status = std::move(status)] { this->Finish(status); });
  }

 private:
  void StartReading(Request* request) override { this->StartRead(request); }
  void StartWriting(const Response* response) override {
    this->StartWrite(response);
  }
  void ReadDone(bool ok) override { this->EndRead(ok); }
  void WriteDone(bool ok) override { this->EndWrite(ok); }
  void Done() override { delete this; }

  Fn fn_;
};

// Answers a call whose server has no interceptor.
template <typename Reactor>
class RefusedCall final : public Reactor {
 public:
  explicit RefusedCall(const char* function) {
    this->Finish(::grpc::Status(::grpc::StatusCode::INTERNAL,
                                std::string(function) + kNoInterceptor));
  }

 private:
  void OnDone() override { delete this; }
};

template <typename Call, typename Reactor, typename Fn>
Reactor* StartCall(const char* function, Executor& executor, Fn&& fn) {
  if (ServerCallStorage().GetStore() == nullptr) {
    return new RefusedCall<Reactor>(function);
  }
  auto* const call = new Call(executor, std::forward<Fn>(fn));
  Launch(executor, *call, [call] { return call->Make(); });
  return call;
}

}  // namespace weft::grpc_internal

namespace weft::grpc {

// Start()
//
// Starts `handler` on `executor` and returns the reactor of its call, which the
// handler of a method with one request and one response returns. The status
// that the coroutine returns is that of the call; request and response are
// there until then.
//
// Context: the coroutine has that in which it was called, so call it in the
//   method, which runs in that of the call.
// Limits: when the call is cancelled, by its caller, its deadline or the
//   server's shutdown, so is the flow: what the coroutine awaits throws, and
//   what it has submitted and called in turn is cancelled too. The deadline of
//   the call is that of the flow.
// Errors: what the coroutine throws becomes the status: that of a StatusError;
//   CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE and RESOURCE_EXHAUSTED for a
//   CancelledError, DeadlineExceededError, ShutdownError and RejectedError. Any
//   other is UNKNOWN, without its text, and goes to the executor's handler of
//   unhandled exceptions (executor_options.h), which by default ends the
//   process. A call whose executor does not take its handler, or drops it, ends
//   with UNAVAILABLE; without a `ServerInterceptorFactory`, with INTERNAL.
// Lifetime: shut the server down first, then the executor: the server waits for
//   its calls, and they for the executor.
// Cost: that of a detached coroutine, one besides for the handler, and an
//   allocation for the reactor.
inline ::grpc::ServerUnaryReactor* Start(Executor& executor,
                                         Task<::grpc::Status> handler) {
  if (grpc_internal::ServerCallStorage().GetStore() == nullptr) {
    return new grpc_internal::RefusedCall<::grpc::ServerUnaryReactor>(
        "weft::grpc::Start");
  }
  auto* const call = new grpc_internal::UnaryHandledCall;
  grpc_internal::Launch(executor, *call,
                        [&handler] { return std::move(handler); });
  return call;
}

// StartRead(), StartWrite(), StartStream()
//
// Do the same for methods with a stream of requests, of responses, or of both.
// They call `fn(stream)`, at once, and start the coroutine that it returns.
// `fn` lives as long as the call, so it may be a lambda that is a coroutine
// itself, with captures. What it throws when it is called is the status too.
// What was being written when the coroutine ends is sent first.
template <typename Request, typename Fn>
  requires std::is_invocable_r_v<Task<::grpc::Status>, std::decay_t<Fn>&,
                                 ServerReader<Request>>
auto StartRead(Executor& executor, Fn&& fn)
    -> ::grpc::ServerReadReactor<Request>* {
  using Call = grpc_internal::ReadHandledCall<Request, std::decay_t<Fn>>;
  return grpc_internal::StartCall<Call, ::grpc::ServerReadReactor<Request>>(
      "weft::grpc::StartRead", executor, std::forward<Fn>(fn));
}
template <typename Response, typename Fn>
  requires std::is_invocable_r_v<Task<::grpc::Status>, std::decay_t<Fn>&,
                                 ServerWriter<Response>>
auto StartWrite(Executor& executor, Fn&& fn)
    -> ::grpc::ServerWriteReactor<Response>* {
  using Call = grpc_internal::WriteHandledCall<Response, std::decay_t<Fn>>;
  return grpc_internal::StartCall<Call, ::grpc::ServerWriteReactor<Response>>(
      "weft::grpc::StartWrite", executor, std::forward<Fn>(fn));
}
template <typename Request, typename Response, typename Fn>
  requires std::is_invocable_r_v<Task<::grpc::Status>, std::decay_t<Fn>&,
                                 ServerStream<Request, Response>>
auto StartStream(Executor& executor, Fn&& fn)
    -> ::grpc::ServerBidiReactor<Request, Response>* {
  using Call =
      grpc_internal::StreamHandledCall<Request, Response, std::decay_t<Fn>>;
  return grpc_internal::StartCall<Call,
                                  ::grpc::ServerBidiReactor<Request, Response>>(
      "weft::grpc::StartStream", executor, std::forward<Fn>(fn));
}

}  // namespace weft::grpc

#endif  // WEFT_ADAPTERS_GRPC_SERVER_HANDLERS_H_
