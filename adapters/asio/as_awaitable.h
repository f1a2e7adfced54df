// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/asio/as_awaitable.h
// -----------------------------------------------------------------------------
//
// `AsAwaitable()` lets a coroutine of Boost.Asio wait for what a `Task` can
// wait for: a future, another task, a pause, an end of a channel.
//
// Example:
//
//   boost::asio::awaitable<void> Serve(weft::Executor& executor,
//                                      tcp::socket socket) {
//     const Query query = co_await Read(socket);
//     const Page page =
//         co_await weft::asio::AsAwaitable(executor, Render(query));
//     co_await async_write(socket, buffer(page.text()), use_awaitable);
//   }

#ifndef WEFT_ADAPTERS_ASIO_AS_AWAITABLE_H_
#define WEFT_ADAPTERS_ASIO_AS_AWAITABLE_H_

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/associated_executor.hpp"
#include "boost/asio/async_result.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/execution/outstanding_work.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/prefer.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/version.hpp"
#include "weft/context/cancellation.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/deadline.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"

#if BOOST_ASIO_VERSION >= 101900  // slots came with Boost 1.77
#include "boost/asio/associated_cancellation_slot.hpp"
#include "boost/asio/cancellation_type.hpp"
#endif

namespace weft::asio_internal {

template <typename Awaited>
inline constexpr bool kIsTask = false;
template <typename T>
inline constexpr bool kIsTask<Task<T>> = true;

// A function that returns a Task.
template <typename Fn>
concept CallsTask =
    std::is_invocable_v<Fn&> && kIsTask<std::invoke_result_t<Fn&>>;

// The type, without a reference, of the result of `co_await` of an `Awaited` in
// a Task, or of that which calling it returns.
template <typename Awaited>
struct ValueFrom {
  using Type =
      std::remove_cvref_t<decltype(std::declval<Task<>::promise_type&>()
                                       .await_transform(std::declval<Awaited>())
                                       .await_resume())>;
};
template <CallsTask Fn>
struct ValueFrom<Fn> : ValueFrom<std::invoke_result_t<Fn&>> {};
template <typename Awaited>
using ValueOf = typename ValueFrom<Awaited>::Type;

// A result, or why there is none.
template <typename T>
struct Answer {
  T Take() && {
    if (exception != nullptr) std::rethrow_exception(std::move(exception));
    if constexpr (!std::is_void_v<T>) return *std::move(value);
  }
  std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> value;
  std::exception_ptr exception;
};

// Says why a Task was dropped before it began, in whose flow it is called.
inline std::exception_ptr WhyNotBegun() {
  if (CancellationToken::Current().is_cancelled()) {
    return std::make_exception_ptr(
        CancelledError("AsAwaitable: the flow was cancelled before the wait"));
  }
  if (Deadline::Current().has_passed()) {
    return std::make_exception_ptr(DeadlineExceededError(
        "AsAwaitable: the flow's deadline has passed before the wait"));
  }
  return std::make_exception_ptr(
      ShutdownError("AsAwaitable: the wait has not begun: its executor has "
                    "been shut down, or there is no memory"));
}

// Keeps a coroutine of Asio's that waits. Its destructor makes that go on, with
// the answer there is, on its own executor and in the context in which it has
// begun to wait; so it goes on whatever comes of the Task that has this.
template <typename T, typename Handler>
class AnswerTo {
 public:
  explicit AnswerTo(Handler handler) : waiting_(std::move(handler)) {}
  AnswerTo(AnswerTo&& other) noexcept
      : waiting_(std::exchange(other.waiting_, std::nullopt)),
        answer_(std::move(other.answer_)) {}
  AnswerTo& operator=(AnswerTo&&) = delete;
  // Ends the process when it is out of memory.
  ~AnswerTo() {
    if (!waiting_) return;
    if (!answer_.value && answer_.exception == nullptr) {
      answer_.exception = WhyNotBegun();
    }
    const auto executor = waiting_->executor;
    ::boost::asio::post(executor, [waiting = *std::move(waiting_),
                                   answer = std::move(answer_)]() mutable {
      waiting.context.Run([&] { waiting.handler(std::move(answer)); });
    });
  }

  Answer<T>& answer() noexcept { return answer_; }

 private:
  using HandlersExecutor =
      typename ::boost::asio::associated_executor<Handler>::type;

  struct Waiting {
    explicit Waiting(Handler its_handler)
        : executor(::boost::asio::prefer(
              ::boost::asio::get_associated_executor(its_handler),
              ::boost::asio::execution::outstanding_work.tracked)),
          context(ContextSnapshot::Capture()),
          handler(std::move(its_handler)) {}
    // Keeps the execution context at work.
    std::decay_t<typename ::boost::asio::prefer_result<
        HandlersExecutor,
        ::boost::asio::execution::outstanding_work_t::tracked_t>::type>
        executor;
    ContextSnapshot context;
    Handler handler;
  };

  std::optional<Waiting> waiting_;
  Answer<T> answer_;
};

// Returns what is to be awaited.
template <typename Awaited>
Awaited&& Begin(Awaited& awaited) noexcept {
  return std::move(awaited);
}
template <CallsTask Fn>
std::invoke_result_t<Fn&> Begin(Fn& fn) {
  return fn();
}

template <typename T, typename Awaited, typename Handler>
Task<> AnswerWith(Awaited awaited, AnswerTo<T, Handler> answer_to) {
  try {
    if constexpr (std::is_void_v<T>) {
      co_await Begin(awaited);
      answer_to.answer().value.emplace();
    } else {
      answer_to.answer().value.emplace(co_await Begin(awaited));
    }
  } catch (...) {
    answer_to.answer().exception = std::current_exception();
  }
}

// Starts the wait for `awaited`; `handler` is told how it ends. It is cut short
// by the handler's cancellation slot too, if that is connected.
template <typename T, typename Awaited, typename Handler>
void BeginWait(Executor& executor, Awaited awaited, Handler handler) {
#if BOOST_ASIO_VERSION >= 101900
  auto slot = ::boost::asio::get_associated_cancellation_slot(handler);
#endif
  // It tells the handler, also of what is thrown from here on.
  AnswerTo<T, Handler> answer_to(std::move(handler));
  std::optional<CancellationScope> scope;
#if BOOST_ASIO_VERSION >= 101900
  if (slot.is_connected()) {
    CancellationSource source;
    slot.assign([source](::boost::asio::cancellation_type) mutable {
      source.Cancel();
    });
    scope.emplace(source.token());
  }
#endif
  SpawnDetached(executor,
                AnswerWith<T>(std::move(awaited), std::move(answer_to)));
}

}  // namespace weft::asio_internal

namespace weft::asio {

// AsAwaitable
//
// Returns a coroutine of Asio's that waits for `awaited` as a `Task` of
// `executor` would: a `Task`, `Future`, `SharedFuture`, `ValueFuture`, a
// `Sleep()`; or for the `Task` that `awaited` returns, if it is a function,
// which is called in the flow of the wait and lives as long. It gives the
// result, or throws the exception. Then the awaiting coroutine goes on on its
// own executor, in the context in which it has begun to wait; what `awaited`
// enters does not reach it.
//
// If that context is cancelled or its deadline passes, the wait is cut short as
// that of a `Task` (coroutine.h), and throws the same. A `Task` that is awaited
// was called before, and has the limits of that moment; one that a function
// returns has those of the wait.
//
// With Boost 1.77 or later the awaiting coroutine's cancellation slot does as a
// cancellation of that context does, whatever the type of the cancellation.
// Earlier versions have no slots.
//
// Hook events: those of a detached coroutine.
// Lifetime: `executor` must outlive the wait. So must the execution context of
//   the awaiting coroutine: it has outstanding work until then, and
//   ~ExecutorContext() waits for that; the destructor of an io_context does
//   not.
// Cost: two coroutines and a function that is posted.
// Errors: those of the wait. ShutdownError if `executor` has been shut down, or
//   is stopped before the wait begins. std::terminate() if there is no memory
//   for going on.
template <typename Awaited>
::boost::asio::awaitable<asio_internal::ValueOf<Awaited>> AsAwaitable(
    Executor& executor, Awaited awaited) {
  using T = asio_internal::ValueOf<Awaited>;
  using Answer = asio_internal::Answer<T>;
  ::boost::asio::use_awaitable_t<> token;
  const auto initiation = [](auto handler, Executor* its_executor,
                             Awaited waits_for) {
    try {
      asio_internal::BeginWait<T>(*its_executor, std::move(waits_for),
                                  std::move(handler));
    } catch (...) {
      // It has been answered.
    }
  };
  Answer answer =
      co_await ::boost::asio::async_initiate<decltype(token), void(Answer)>(
          initiation, token, &executor, std::move(awaited));
  co_return std::move(answer).Take();
}

}  // namespace weft::asio

#endif  // WEFT_ADAPTERS_ASIO_AS_AWAITABLE_H_
