// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/grpc/client.h
// -----------------------------------------------------------------------------
//
// `Client` calls the methods of gRPC services with the context of the flow that
// calls: the callee gets trace, baggage and travelling storages, and the time
// that is left; it is cancelled when the flow is. Calls are awaited.
//
// Example:
//
//   const weft::grpc::Client client(executor, propagator);
//   const std::unique_ptr<Store::Stub> stub = Store::NewStub(channel);
//   using Async = class Store::Stub::async;
//
//   const Receipt receipt =
//       co_await client.Call(stub->async(), &Async::Buy, order);
//
//   auto stream = client.Stream(stub->async(), &Async::BuyAll);
//   co_await stream.Write(order);
//   stream.WritesDone();
//   while (std::optional<Receipt> next = co_await stream.Read()) Keep(*next);
//   co_await stream.Finish();

#ifndef WEFT_ADAPTERS_GRPC_CLIENT_H_
#define WEFT_ADAPTERS_GRPC_CLIENT_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "weft/adapters/grpc/internal/client_call.h"
#include "weft/context/deadline.h"
#include "weft/context/duration.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/propagation/dropped.h"
#include "weft/propagation/propagator.h"

namespace weft::grpc {

// ClientStreamHandle
//
// Is the base of `ClientReader`, `ClientWriter` and `ClientStream`, and of
// nothing else: a call with streams, which can be cancelled.
//
// Thread-safety: thread-safe, except for moving and destruction.
// Lifetime: destroyed, or assigned to, before the call has ended, it cancels
//   the call. Its coroutines may outlive it.
template <typename Call>
class [[nodiscard]] ClientStreamHandle {
 public:
  // Moves the call; nothing may be asked of the object it is moved from.
  ClientStreamHandle(ClientStreamHandle&&) noexcept = default;
  ClientStreamHandle& operator=(ClientStreamHandle&& other) noexcept {
    ClientStreamHandle taken(std::move(other));
    call_.swap(taken.call_);
    return *this;
  }

  // Cancels the call: `Finish()` throws a StatusError then, unless it had
  // ended.
  void Cancel() const { call_->call().context().TryCancel(); }

  // Returns the call's context, for the metadata that the server has sent.
  const ::grpc::ClientContext& context() const noexcept {
    return call_->call().context();
  }

 protected:
  // Takes a share of `call`, which the destructor gives up.
  explicit ClientStreamHandle(std::shared_ptr<Call> call) noexcept
      : call_(std::move(call)) {}
  ~ClientStreamHandle() {
    if (call_ != nullptr) call_->Abandon();
  }

  // Returns what the classes below read from and write to.
  const std::shared_ptr<Call>& call() const noexcept { return call_; }

 private:
  std::shared_ptr<Call> call_;
};

// ClientReader
//
// A call with one request and a stream of responses. `Client::ReadStream()`
// makes it.
//
// Thread-safety: that of `ClientStreamHandle`; one coroutine reads at a time.
template <typename Response>
class [[nodiscard]] ClientReader
    : public ClientStreamHandle<grpc_internal::ReadCall<Response>> {
 public:
  // `Client` makes it.
  explicit ClientReader(
      std::shared_ptr<grpc_internal::ReadCall<Response>> call) noexcept
      : ClientReader::ClientStreamHandle(std::move(call)) {}

  // ClientReader::Read()
  //
  // Returns the next response; nothing when there are no more, for whatever
  // reason: `Finish()` says. If the flow is cancelled or late `co_await` throws
  // at once. Throws std::logic_error if another `Read()` has not ended.
  Task<std::optional<Response>> Read() const {
    return this->call()->Read(this->call());
  }

  // ClientReader::Finish()
  //
  // Waits for the end of the call; reads and drops responses that are left.
  // Throws as the future of `Client::Call()`, and std::logic_error if it is
  // called twice.
  Task<> Finish() const { return grpc_internal::FinishReading(this->call()); }
};

// ClientWriter
//
// A call with a stream of requests and one response. `Client::WriteStream()`
// makes it.
//
// Thread-safety: that of `ClientStreamHandle`; one coroutine writes at a time.
template <typename Request, typename Response>
class [[nodiscard]] ClientWriter
    : public ClientStreamHandle<grpc_internal::WriteCall<Request, Response>> {
 public:
  // `Client` makes it.
  explicit ClientWriter(
      std::shared_ptr<grpc_internal::WriteCall<Request, Response>>
          call) noexcept
      : ClientWriter::ClientStreamHandle(std::move(call)) {}

  // ClientWriter::Write()
  //
  // Sends `request`, and waits until there is room for the next one. Returns
  // false if the server has ended the call: `Finish()` says how. If the flow is
  // cancelled or late `co_await` throws at once, and the request may go
  // nevertheless. Throws std::logic_error if another `Write()` has not ended,
  // and after `Finish()`.
  Task<bool> Write(Request request) const {
    return this->call()->Write(std::move(request), this->call());
  }

  // ClientWriter::Finish()
  //
  // Says that there are no more requests, waits for the end of the call, and
  // returns the response. Throws as `ClientReader::Finish()`.
  Task<Response> Finish() const { return Finish(this->call()); }

 private:
  static Task<Response> Finish(
      std::shared_ptr<grpc_internal::WriteCall<Request, Response>> call) {
    call->CloseWrites();
    grpc_internal::ReleaseOnce(*call);
    co_await call->TakeEnd();
    co_return std::move(call->response());
  }
};

// ClientStream
//
// A call with a stream of requests and one of responses. `Client::Stream()`
// makes it.
//
// Thread-safety: that of `ClientStreamHandle`; one coroutine may read while
//   another writes.
template <typename Request, typename Response>
class [[nodiscard]] ClientStream
    : public ClientStreamHandle<grpc_internal::BidiCall<Request, Response>> {
 public:
  // `Client` makes it.
  explicit ClientStream(
      std::shared_ptr<grpc_internal::BidiCall<Request, Response>> call) noexcept
      : ClientStream::ClientStreamHandle(std::move(call)) {}

  // As `ClientReader::Read()`.
  Task<std::optional<Response>> Read() const {
    return this->call()->Read(this->call());
  }
  // As `ClientWriter::Write()`.
  Task<bool> Write(Request request) const {
    return this->call()->Write(std::move(request), this->call());
  }

  // Says that there are no more requests; what is being sent goes first.
  void WritesDone() const { this->call()->CloseWrites(); }

  // ClientStream::Finish()
  //
  // Says that there are no more requests, and is else as
  // `ClientReader::Finish()`.
  Task<> Finish() const { return grpc_internal::FinishReading(this->call()); }
};

// The options of a `Client`.
struct ClientOptions {
  // By how much a call's deadline is earlier than that of its flow, so that its
  // end is here before the flow is late. 0 or more.
  Duration margin = std::chrono::nanoseconds(0);
  // A function that is told what could not be sent along; it is called in the
  // flow of the call.
  std::function<void(const Dropped&)> on_dropped = nullptr;

  // Throws std::invalid_argument, naming the option, if one is out of range.
  void Validate() const;
};

// Client
//
// Context: a call takes along what the propagator knows, of the flow that makes
//   the call.
// Deadline: that of the flow less the margin; that of the `ClientContext`, if
//   it is earlier. gRPC tells the callee what is left, at each hop anew.
// Cancellation: when the flow is cancelled, so is the call, at once.
// Thread-safety: thread-safe.
// Lifetime: executor and propagator must outlive it, the executor also the
//   beginning of each call. Calls may outlive all three.
// Cost: two allocations for a call, those of a `Promise`, of its
//   `ClientContext`, and of `Propagator::Inject()`.
class Client {
 public:
  // A function that sets up the `ClientContext` of one call, before the context
  // of the flow is added: metadata, credentials, `set_wait_for_ready()`.
  using SetUp = std::function<void(::grpc::ClientContext&)>;

  // Makes a client whose calls end as tasks of `executor`. Throws
  // std::invalid_argument as `ClientOptions::Validate()`.
  Client(Executor& executor, const Propagator& propagator,
         ClientOptions options = {});

  // Client::Prepare()
  //
  // Adds the flow's context and deadline to a call that is made elsewhere, with
  // any of gRPC's interfaces: once for each context, before the call. What ends
  // the flow does not end that call; `ClientInterceptorFactory` sees to it
  // (client_interceptor.h). Returns what was dropped. Throws as
  // `Propagator::Inject()`.
  Dropped Prepare(::grpc::ClientContext& context) const;

  // Client::Call()
  //
  // Calls a method with one request and one response, and returns the future of
  // the response. It throws StatusError if the status is not OK
  // (status_error.h); but CancelledError if the flow of this call was
  // cancelled, and DeadlineExceededError if it is late. The call goes on if the
  // future is dropped. Throws as `Prepare()`, and what `set_up` throws; then
  // nothing is called.
  //
  //   client.Call(stub->async(), &Store::Stub::async::Buy, order)
  template <typename Async, typename Stub, typename Request, typename Response>
    requires std::is_convertible_v<Async*, Stub*>
  [[nodiscard]] Future<Response> Call(
      Async* async,
      void (Stub::*method)(::grpc::ClientContext*, const Request*, Response*,
                           ::grpc::ClientUnaryReactor*),
      const std::type_identity_t<Request>& request,
      const SetUp& set_up = nullptr) const {
    using Call = grpc_internal::UnaryCall<Request, Response>;
    auto call = std::make_unique<Call>(executor_, request);
    Begin(call->call(), set_up);
    Future<Response> response = call->GetFuture();
    Stub* const stub = async;
    (stub->*method)(&call->call().context(), &call->request(),
                    &call->response(), call.get());
    call.release()->StartCall();
    return response;
  }

  // Client::ReadStream(), WriteStream(), Stream()
  //
  // Begin a call with a stream of responses, of requests, or of both. Throw as
  // `Call()`.
  template <typename Async, typename Stub, typename Request, typename Response>
    requires std::is_convertible_v<Async*, Stub*>
  ClientReader<Response> ReadStream(
      Async* async,
      void (Stub::*method)(::grpc::ClientContext*, const Request*,
                           ::grpc::ClientReadReactor<Response>*),
      const std::type_identity_t<Request>& request,
      const SetUp& set_up = nullptr) const {
    auto call =
        std::make_shared<grpc_internal::ReadCall<Response>>(executor_, request);
    Begin(call->call(), set_up);
    Stub* const stub = async;
    (stub->*method)(&call->call().context(), call->template request<Request>(),
                    call.get());
    call->Begin(call);
    return ClientReader<Response>(std::move(call));
  }
  template <typename Async, typename Stub, typename Request, typename Response>
    requires std::is_convertible_v<Async*, Stub*>
  ClientWriter<Request, Response> WriteStream(
      Async* async,
      void (Stub::*method)(::grpc::ClientContext*, Response*,
                           ::grpc::ClientWriteReactor<Request>*),
      const SetUp& set_up = nullptr) const {
    auto call = std::make_shared<grpc_internal::WriteCall<Request, Response>>(
        executor_);
    Begin(call->call(), set_up);
    Stub* const stub = async;
    (stub->*method)(&call->call().context(), &call->response(), call.get());
    call->Begin(call);
    return ClientWriter<Request, Response>(std::move(call));
  }
  template <typename Async, typename Stub, typename Request, typename Response>
    requires std::is_convertible_v<Async*, Stub*>
  ClientStream<Request, Response> Stream(
      Async* async,
      void (Stub::*method)(::grpc::ClientContext*,
                           ::grpc::ClientBidiReactor<Request, Response>*),
      const SetUp& set_up = nullptr) const {
    auto call =
        std::make_shared<grpc_internal::BidiCall<Request, Response>>(executor_);
    Begin(call->call(), set_up);
    Stub* const stub = async;
    (stub->*method)(&call->call().context(), call.get());
    call->Begin(call);
    return ClientStream<Request, Response>(std::move(call));
  }

 private:
  // Returns when a call must have ended.
  Deadline CallDeadline() const noexcept;
  void Begin(grpc_internal::ClientCall& call, const SetUp& set_up) const;

  Executor& executor_;
  const Propagator& propagator_;
  const ClientOptions options_;
};

}  // namespace weft::grpc

#endif  // WEFT_ADAPTERS_GRPC_CLIENT_H_
