// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/asio/use_task.h
// -----------------------------------------------------------------------------
//
// `UseTask()` is a completion token: an asynchronous operation of Boost.Asio
// that is given it is a `Task` to `co_await`.
//
// Example:
//
//   weft::Task<Reply> Ask(weft::Executor& executor, tcp::socket& socket,
//                         Query query) {
//     const auto token = weft::asio::UseTask(executor, socket);
//     co_await async_write(socket, buffer(query.text()), token);
//     std::string text;
//     co_await async_read_until(socket, dynamic_buffer(text), '\n', token);
//     co_return Reply(text);
//   }
//
// Counterpart: `boost::asio::use_awaitable`.

#ifndef WEFT_ADAPTERS_ASIO_USE_TASK_H_
#define WEFT_ADAPTERS_ASIO_USE_TASK_H_

#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "boost/asio/async_result.hpp"
#include "weft/adapters/asio/internal/operation.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"

namespace weft::asio {

// The completion token that `UseTask()` returns. It may be used for any number
// of operations.
template <typename Object = void>
struct TaskToken {
  Executor* executor;
  Object* object;
  std::source_location where;
};

// UseTask
//
// Returns a token for operations of `object`: a socket, a timer, an acceptor,
// anything that has `cancel()` and `get_executor()`. What the initiating
// function returns is a coroutine. Awaited, it initiates the operation, and
// when that has completed it goes on as a task of `executor`, in its own
// context. It gives what a handler would be given without the error: nothing, a
// value, or a std::tuple.
//
// If the flow is cancelled or late, the coroutine has `object.cancel()` called,
// and awaits the operation's end nevertheless, so what the operation refers to
// is safe. It then throws CancelledError or DeadlineExceededError, unless the
// operation has succeeded: its result is not lost.
//
// `cancel()` is called on `object.get_executor()`, and ends all operations of
// the object. It is called between the initiation and the end of the wait, so a
// coroutine that uses the object alone need not care; several that share it
// need what several threads that share it do. A composed operation, such as
// async_read(), is cancelled though the cancellation comes between two of its
// steps.
//
// Hook events: those of a coroutine, and a resource of type "PROMISE": init at
//   the initiation, promise_resolve at the end.
// Lifetime: `object`, and what the operation refers to, must outlive the await.
//   Arguments of the initiating function are copied, as by use_awaitable.
// Cost: a coroutine, two allocations and a lock, besides the operation's own.
// Errors: boost::system::system_error for an error_code, and the exception of
//   an std::exception_ptr. With redirect_error() an operation that was
//   cancelled is seen as operation_aborted. BrokenPromiseError if the handler
//   is destroyed uncalled, as by the destructor of an io_context. ShutdownError
//   if `executor` has been stopped: thrown when the operation has ended, on the
//   thread that ends it; a coroutine that waits does not keep the executor.
//   std::bad_alloc.
template <typename Object>
TaskToken<Object> UseTask(
    Executor& executor, Object& object,
    std::source_location where = std::source_location::current()) {
  return {&executor, &object, where};
}

// The same without an object. With Boost 1.77 or later, if the flow is
// cancelled or late, this operation alone is cancelled, by a cancellation slot
// (type `terminal`), and those of the same object that others await go on. It
// is so for what the initiating function gives an executor for: operations of
// Asio's objects, its composed operations, co_spawn(). They complete on a
// strand over that executor. Any other operation, and each with an earlier
// Boost, which has no slots, is awaited to its end, whatever becomes of the
// flow.
inline TaskToken<> UseTask(
    Executor& executor,
    std::source_location where = std::source_location::current()) {
  return {&executor, nullptr, where};
}

}  // namespace weft::asio

namespace weft::asio_internal {

template <typename Signature, typename Object, typename Initiation,
          typename... Args>
Task<typename Operation<Signature>::Result> Await(Initiation initiation,
                                                  asio::TaskToken<Object> token,
                                                  Args... args) {
  const auto operation =
      std::make_shared<Operation<Signature>>(*token.executor, token.where);
  const SharedFuture<void> ended = operation->GetFuture();
  [[maybe_unused]] const auto canceller =
      CancellerFor(token.object, initiation);
  constexpr bool kCancels = std::decay_t<decltype(canceller)>::kCancels;
  std::move(initiation)(canceller.MakeHandler(operation), std::move(args)...);
  // From here on nothing may leave before the end.
  std::exception_ptr limit;    // why the flow wants no more
  std::exception_ptr stopped;  // why it cannot go on
  [[maybe_unused]] bool is_cancelled = false;
  if constexpr (kCancels) {
    try {
      co_await ended;
    } catch (const ShutdownError&) {
      stopped = std::current_exception();
    } catch (...) {
      limit = std::current_exception();
    }
  }
  // A second round is for the want of memory alone.
  while (!ended.IsReady()) {
    try {
      if constexpr (kCancels) {
        if (!is_cancelled) {
          canceller.Request(operation);
          is_cancelled = true;
        }
      }
      const ShieldScope shield;
      co_await ended;
    } catch (const ShutdownError&) {
      stopped = std::current_exception();
    } catch (...) {
    }
  }
  if (stopped != nullptr) std::rethrow_exception(std::move(stopped));
  if (std::exception_ptr failure = operation->TakeFailure()) {
    std::rethrow_exception(limit != nullptr ? std::move(limit)
                                            : std::move(failure));
  }
  co_return operation->Take();
}

}  // namespace weft::asio_internal

namespace boost::asio {

template <typename Object, typename Signature>
class async_result<weft::asio::TaskToken<Object>, Signature> {
 public:
  using return_type =
      weft::Task<typename weft::asio_internal::Operation<Signature>::Result>;

  template <typename Initiation, typename... Args>
  static return_type initiate(Initiation&& initiation,
                              weft::asio::TaskToken<Object> token,
                              Args&&... args) {
    return weft::asio_internal::Await<Signature>(
        std::forward<Initiation>(initiation), token,
        std::forward<Args>(args)...);
  }
};

}  // namespace boost::asio

#endif  // WEFT_ADAPTERS_ASIO_USE_TASK_H_
