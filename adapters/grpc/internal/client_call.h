// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The ends of calls as a client's flow sees them.

#ifndef WEFT_ADAPTERS_GRPC_INTERNAL_CLIENT_CALL_H_
#define WEFT_ADAPTERS_GRPC_INTERNAL_CLIENT_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>
#include <grpcpp/support/status.h>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/adapters/grpc/internal/message_slots.h"
#include "weft/base/sync/mutex.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"

namespace weft::grpc_internal {

// Cancels a call when the flow is cancelled that was current when this was
// made. `TryCancel()` is called where the flow is cancelled, with no lock of
// Weft's held; it runs no reaction there, as gRPC has threads for them.
class CancelsCall {
 public:
  explicit CancelsCall(::grpc::ClientContext& context);
  CancelsCall(const CancelsCall&) = delete;
  CancelsCall& operator=(const CancelsCall&) = delete;
  ~CancelsCall() = default;

  // From now on it does not. Waits for a `TryCancel()` under way.
  void Stop() noexcept { callback_.reset(); }

  bool is_cancelled() const noexcept { return token_.is_cancelled(); }

 private:
  struct TryCancel {
    void operator()() const noexcept { context->TryCancel(); }
    ::grpc::ClientContext* context;
  };

  const CancellationToken token_;
  std::optional<std::stop_callback<TryCancel>> callback_;
};

// One call's context, and the limits of the flow that has begun it.
class ClientCall {
 public:
  ClientCall() : cancels_(context_) {}

  ::grpc::ClientContext& context() noexcept { return context_; }

  // Says when the flow wants the call to have ended, if not at its deadline.
  void set_deadline(Deadline deadline) noexcept { deadline_ = deadline; }

  // To be called when the call has ended. Returns what is thrown for its
  // status, null if it is OK: a CancelledError or DeadlineExceededError if the
  // flow's own limit has ended it, else a StatusError.
  std::exception_ptr End(const ::grpc::Status& status);

 private:
  ::grpc::ClientContext context_;
  Deadline deadline_ = Deadline::Current();
  CancelsCall cancels_;
};

// A call with one request and one response, which owns itself.
template <typename Request, typename Response>
class UnaryCall final : public ::grpc::ClientUnaryReactor {
 public:
  UnaryCall(Executor& executor, const Request& request)
      : request_(request), promise_(executor) {}

  ClientCall& call() noexcept { return call_; }
  const Request& request() const noexcept { return request_; }
  Response& response() noexcept { return response_; }
  Future<Response> GetFuture() { return promise_.GetFuture(); }

 private:
  void OnDone(const ::grpc::Status& status) noexcept override {
    std::exception_ptr failure = call_.End(status);
    Promise<Response> promise = std::move(promise_);
    Response response = std::move(response_);
    delete this;  // whoever waits finds nothing of the call left
    if (failure != nullptr) {
      promise.SetException(std::move(failure));
    } else {
      promise.SetValue(std::move(response));
    }
  }

  ClientCall call_;
  const Request request_;
  Response response_;
  Promise<Response> promise_;
};

// A call with streams, for the reactor of its kind. It lives until it has ended
// and nobody refers to it. Until `Release()` gRPC keeps it open for operations.
template <typename Reactor>
class StreamCall : public Reactor {
 public:
  explicit StreamCall(Executor& executor)
      : promise_(executor), ended_(promise_.GetFuture()) {}

  ClientCall& call() noexcept { return call_; }

  // To be called once gRPC knows the reactor.
  void Begin(std::shared_ptr<void> self) {
    self_ = std::move(self);
    this->AddHold();
    this->StartCall();
  }

  // From now on no operation may begin. Returns false if it was called before.
  bool Release() ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      const base::MutexLock lock(mutex_);
      if (std::exchange(is_released_, true)) return false;
    }
    this->RemoveHold();
    return true;
  }

  // Cancels the call, unless it has ended, and releases it.
  void Abandon() noexcept {
    call_.context().TryCancel();
    Release();
  }

  // Returns the future of the call's end, once.
  Future<void> TakeEnd() { return std::move(ended_); }

 private:
  void OnDone(const ::grpc::Status& status) noexcept override {
    std::exception_ptr failure = call_.End(status);
    Promise<void> promise = std::move(promise_);
    self_.reset();  // this may be gone
    if (failure != nullptr) {
      promise.SetException(std::move(failure));
    } else {
      promise.SetValue();
    }
  }

  ClientCall call_;
  Promise<void> promise_;
  Future<void> ended_;
  std::shared_ptr<void> self_;  // gRPC's
  base::Mutex mutex_;
  bool is_released_ ABSL_GUARDED_BY(mutex_) = false;
};

// Throws std::logic_error if a call with streams has been finished before.
template <typename Call>
void ReleaseOnce(Call& call) {
  if (!call.Release()) {
    throw std::logic_error("weft::grpc: Finish() of a stream is called twice");
  }
}

// Ends a call with a stream of responses, of which it drops what is left.
template <typename Call>
Task<> FinishReading(std::shared_ptr<Call> call) {
  if constexpr (requires { call->CloseWrites(); }) call->CloseWrites();
  for (bool has_more = true; has_more;) {
    auto next = call->Read(call);
    const auto dropped = co_await std::move(next);
    has_more = dropped.has_value();
  }
  ReleaseOnce(*call);
  co_await call->TakeEnd();
}

template <typename Response>
class ReadCall final : public StreamCall<::grpc::ClientReadReactor<Response>>,
                       public Reads<Response> {
 public:
  template <typename Request>
  ReadCall(Executor& executor, const Request& request)
      : StreamCall<::grpc::ClientReadReactor<Response>>(executor),
        Reads<Response>(executor),
        request_(std::make_shared<const Request>(request)) {}

  template <typename Request>
  const Request* request() const {
    return static_cast<const Request*>(request_.get());
  }

 private:
  void StartReading(Response* response) override { this->StartRead(response); }
  void OnReadDone(bool ok) override { this->EndRead(ok); }

  const std::shared_ptr<const void> request_;
};

template <typename Request, typename Response>
class WriteCall final : public StreamCall<::grpc::ClientWriteReactor<Request>>,
                        public Writes<Request> {
 public:
  explicit WriteCall(Executor& executor)
      : StreamCall<::grpc::ClientWriteReactor<Request>>(executor),
        Writes<Request>(executor) {}

  Response& response() noexcept { return response_; }
  void CloseWrites() {
    this->Close([this] { this->StartWritesDone(); });
  }

 private:
  void StartWriting(const Request* request) override {
    this->StartWrite(request);
  }
  void OnWriteDone(bool ok) override { this->EndWrite(ok); }

  Response response_;
};

template <typename Request, typename Response>
class BidiCall final
    : public StreamCall<::grpc::ClientBidiReactor<Request, Response>>,
      public Reads<Response>,
      public Writes<Request> {
 public:
  explicit BidiCall(Executor& executor)
      : StreamCall<::grpc::ClientBidiReactor<Request, Response>>(executor),
        Reads<Response>(executor),
        Writes<Request>(executor) {}

  void CloseWrites() {
    this->Close([this] { this->StartWritesDone(); });
  }

 private:
  void StartReading(Response* response) override { this->StartRead(response); }
  void StartWriting(const Request* request) override {
    this->StartWrite(request);
  }
  void OnReadDone(bool ok) override { this->EndRead(ok); }
  void OnWriteDone(bool ok) override { this->EndWrite(ok); }
};

}  // namespace weft::grpc_internal

#endif  // WEFT_ADAPTERS_GRPC_INTERNAL_CLIENT_CALL_H_
