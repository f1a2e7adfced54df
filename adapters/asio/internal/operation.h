// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The state that an asynchronous operation of Asio's shares with the coroutine
// that awaits it, and the completion handler that ends the wait.

#ifndef WEFT_ADAPTERS_ASIO_INTERNAL_OPERATION_H_
#define WEFT_ADAPTERS_ASIO_INTERNAL_OPERATION_H_

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "boost/asio/associated_executor.hpp"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/execution/executor.hpp"
#include "boost/asio/prefer.hpp"
#include "boost/asio/query.hpp"
#include "boost/asio/require.hpp"
#include "boost/asio/version.hpp"
#include "boost/system/error_code.hpp"
#include "boost/system/system_error.hpp"
#include "weft/base/sync/mutex.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"

#if BOOST_ASIO_VERSION >= 101900  // slots came with Boost 1.77
#include "boost/asio/cancellation_signal.hpp"
#include "boost/asio/cancellation_type.hpp"
#include "boost/asio/strand.hpp"
#endif

namespace weft::asio_internal {

// Those that are still with the operation: its handler, until that is destroyed
// called or uncalled, and each call of the I/O object's `cancel()` that is
// going on. When the last one has left, nothing touches the I/O object or what
// the operation was given, and the wait ends.
//
// Thread-safe.
class OperationEnd {
 public:
  OperationEnd(Executor& executor, std::source_location where)
      : ended_(executor, where) {}

  // The future of the end; once.
  SharedFuture<void> GetFuture() { return ended_.GetFuture().Share(); }

  // A coroutine wants the operation cancelled. Returns false if it has ended;
  // else the caller is with it until Leave().
  bool BeginCancel() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    is_cancelled_ = true;
    return Join();
  }
  // A step of the operation has run. Returns true if it may have begun the next
  // after a cancel(), which then is to be called again, as by BeginCancel().
  bool BeginCancelAgain() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::MutexLock lock(mutex_);
    return is_cancelled_ && Join();
  }
  void Leave() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      const base::MutexLock lock(mutex_);
      if (--present_ != 0) return;
    }
    ended_.SetValue();
  }

#if BOOST_ASIO_VERSION >= 101900
  // Returns the signal that cancels this operation alone. The operation and
  // whoever cancels it use it on the strand of its handler only.
  ::boost::asio::cancellation_signal& signal() noexcept { return signal_; }
#endif

 private:
  bool Join() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (present_ == 0) return false;
    ++present_;
    return true;
  }

  Promise<void> ended_;  // settled by the last to leave
  base::Mutex mutex_;
  std::size_t present_ ABSL_GUARDED_BY(mutex_) = 1;  // the handler
  bool is_cancelled_ ABSL_GUARDED_BY(mutex_) = false;
#if BOOST_ASIO_VERSION >= 101900
  ::boost::asio::cancellation_signal signal_;
#endif
};

// Calls `object.cancel()`. `may_call` is what BeginCancel() or
// BeginCancelAgain() has returned.
template <typename Object>
void Cancel(OperationEnd& end, Object& object, bool may_call) {
  if (!may_call) return;
  try {
    object.cancel();
  } catch (const ::boost::system::system_error&) {
    // The object is closed, and so has cancelled.
  }
  end.Leave();
}

// Splits the arguments of a completion handler into the error, if the first is
// one, and the values that a coroutine gets.
template <typename... Args>
struct Completion {
  using Values = std::tuple<Args...>;
  static std::exception_ptr TakeError(Values&) { return nullptr; }
  static constexpr std::size_t kFirst = 0;
};
template <typename... Args>
struct Completion<::boost::system::error_code, Args...> {
  using Values = std::tuple<::boost::system::error_code, Args...>;
  static std::exception_ptr TakeError(Values& values) {
    const ::boost::system::error_code error = std::get<0>(values);
    if (!error) return nullptr;
    return std::make_exception_ptr(::boost::system::system_error(error));
  }
  static constexpr std::size_t kFirst = 1;
};
template <typename... Args>
struct Completion<std::exception_ptr, Args...> {
  using Values = std::tuple<std::exception_ptr, Args...>;
  static std::exception_ptr TakeError(Values& values) {
    return std::move(std::get<0>(values));
  }
  static constexpr std::size_t kFirst = 1;
};

// Returns the values from the one at `First` on: none, one, or a tuple.
template <std::size_t First, typename Values>
auto TakeFrom(Values&& values) {
  constexpr std::size_t kCount = std::tuple_size_v<Values> - First;
  if constexpr (kCount == 1) {
    return std::get<First>(std::move(values));
  } else if constexpr (kCount > 1) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<std::tuple_element_t<First + I, Values>...>(
          std::get<First + I>(std::move(values))...);
    }(std::make_index_sequence<kCount>());
  }
}

template <typename Signature>
class Operation;

// The handler writes, before the end; the coroutine reads, after it.
template <typename Returned, typename... Args>
class Operation<Returned(Args...)> : public OperationEnd {
  using Completed = Completion<std::decay_t<Args>...>;
  using Values = typename Completed::Values;

 public:
  using OperationEnd::OperationEnd;
  using Result = decltype(TakeFrom<Completed::kFirst>(std::declval<Values>()));

  template <typename... Given>
  void Complete(Given&&... given) {
    values_.emplace(std::forward<Given>(given)...);
  }

  // Returns why it failed, once; null if it has a result. The caller alone
  // keeps the exception: the handler may outlive it on another thread.
  std::exception_ptr TakeFailure() {
    if (values_) return Completed::TakeError(*values_);
    return std::make_exception_ptr(BrokenPromiseError(
        "UseTask: the handler of an operation of Asio's was destroyed and not "
        "called: its execution context is gone"));
  }
  // Returns the result, once, if it has not failed.
  Result Take() { return TakeFrom<Completed::kFirst>(*std::move(values_)); }

 private:
  std::optional<Values> values_;  // none: the handler was not called
};

// `Object` is what is cancelled, or void.
template <typename Signature, typename Object>
class OperationHandler {
 public:
  OperationHandler(std::shared_ptr<Operation<Signature>> operation,
                   Object* object) noexcept
      : operation_(std::move(operation)), object_(object) {}
  OperationHandler(OperationHandler&& other) noexcept = default;
  OperationHandler& operator=(OperationHandler&&) = delete;
  ~OperationHandler() {
    if (operation_ != nullptr) operation_->Leave();
  }

  template <typename... Args>
    requires requires(Operation<Signature>& operation, Args&&... args) {
      operation.Complete(std::forward<Args>(args)...);
    }
  void operator()(Args&&... args) const {
    operation_->Complete(std::forward<Args>(args)...);
  }

  std::shared_ptr<OperationEnd> end() const noexcept { return operation_; }
  Object* object() const noexcept { return object_; }

 private:
  std::shared_ptr<Operation<Signature>> operation_;
  Object* object_;
};

// The executor of the handler, on which each step of a composed operation runs.
// A `cancel()` that comes between two steps finds nothing to cancel; so it is
// called again after the step that follows.
template <typename Inner, typename Object>
class StepExecutor {
 public:
  StepExecutor(Inner inner, std::shared_ptr<OperationEnd> end,
               Object* object) noexcept
      : inner_(std::move(inner)), end_(std::move(end)), object_(object) {}

  template <typename Fn>
  void execute(Fn&& fn) const {
    ::boost::asio::execution::execute(
        inner_, Step<std::decay_t<Fn>>{std::forward<Fn>(fn), end_, object_});
  }

  template <typename Property>
    requires ::boost::asio::can_query_v<const Inner&, Property>
  decltype(auto) query(const Property& property) const noexcept {
    return ::boost::asio::query(inner_, property);
  }
  template <typename Property>
    requires ::boost::asio::can_require_v<const Inner&, Property>
  auto require(const Property& property) const noexcept {
    return With(::boost::asio::require(inner_, property));
  }
  template <typename Property>
    requires ::boost::asio::can_prefer_v<const Inner&, Property>
  auto prefer(const Property& property) const noexcept {
    return With(::boost::asio::prefer(inner_, property));
  }

  friend bool operator==(const StepExecutor& a,
                         const StepExecutor& b) noexcept {
    return a.inner_ == b.inner_ && a.end_ == b.end_;
  }

 private:
  template <typename Fn>
  struct Step {
    void operator()() {
      {
        // Its memory is used again by the next step.
        Fn taken(std::move(fn));
        std::move(taken)();
      }
      Cancel(*end, *object, end->BeginCancelAgain());
    }
    Fn fn;
    std::shared_ptr<OperationEnd> end;
    Object* object;
  };

  template <typename Other>
  StepExecutor<std::decay_t<Other>, Object> With(Other&& inner) const noexcept {
    return {std::forward<Other>(inner), end_, object_};
  }

  Inner inner_;
  std::shared_ptr<OperationEnd> end_;
  Object* object_;
};

// How a coroutine has its operation cancelled: each says which handler it
// needs, and what asks for it. Nothing does so here: it is awaited to its end.
struct NoCanceller {
  static constexpr bool kCancels = false;

  template <typename Signature>
  auto MakeHandler(std::shared_ptr<Operation<Signature>> operation) const {
    return OperationHandler<Signature, void>(std::move(operation), nullptr);
  }
};

// Cancels by `object.cancel()`.
template <typename Object>
struct ObjectCanceller {
  static constexpr bool kCancels = true;

  template <typename Signature>
  auto MakeHandler(std::shared_ptr<Operation<Signature>> operation) const {
    return OperationHandler<Signature, Object>(std::move(operation), object);
  }
  void Request(std::shared_ptr<OperationEnd> end) const {
    ::boost::asio::dispatch(object->get_executor(),
                            [end = std::move(end), its_object = object] {
                              Cancel(*end, *its_object, end->BeginCancel());
                            });
  }

  Object* object;
};

#if BOOST_ASIO_VERSION >= 101900

// The handler of an operation that its slot cancels. The steps of a composed
// operation run on a strand, and so does who cancels: slots are not
// thread-safe.
template <typename Signature, typename Inner>
class SlotHandler : public OperationHandler<Signature, void> {
 public:
  using executor_type = ::boost::asio::strand<Inner>;
  using cancellation_slot_type = ::boost::asio::cancellation_slot;

  SlotHandler(std::shared_ptr<Operation<Signature>> operation,
              executor_type strand) noexcept
      : OperationHandler<Signature, void>(std::move(operation), nullptr),
        strand_(std::move(strand)) {}

  executor_type get_executor() const noexcept { return strand_; }
  cancellation_slot_type get_cancellation_slot() const noexcept {
    return this->end()->signal().slot();
  }

 private:
  executor_type strand_;
};

// Cancels by the operation's cancellation slot.
template <typename Inner>
struct SlotCanceller {
  static constexpr bool kCancels = true;

  template <typename Signature>
  auto MakeHandler(std::shared_ptr<Operation<Signature>> operation) const {
    return SlotHandler<Signature, Inner>(std::move(operation), strand);
  }
  void Request(std::shared_ptr<OperationEnd> end) const {
    ::boost::asio::dispatch(strand, [end = std::move(end)] {
      if (!end->BeginCancel()) return;
      try {
        end->signal().emit(::boost::asio::cancellation_type::terminal);
      } catch (...) {
        // It goes on to its end.
      }
      end->Leave();
    });
  }

  ::boost::asio::strand<Inner> strand;
};

// An initiating function that says on which executor its operation runs, as
// those of Asio's objects do.
template <typename Initiation>
concept NamesItsExecutor = requires(const Initiation& initiation) {
  typename Initiation::executor_type;
  initiation.get_executor();
};

#endif

// Returns the canceller of an operation of `object`, or, if that is null, of
// what `initiation` initiates.
template <typename Object, typename Initiation>
auto CancellerFor(Object* object,
                  [[maybe_unused]] const Initiation& initiation) {
  if constexpr (!std::is_void_v<Object>) {
    return ObjectCanceller<Object>{object};
#if BOOST_ASIO_VERSION >= 101900
  } else if constexpr (NamesItsExecutor<Initiation>) {
    using Inner = std::decay_t<decltype(initiation.get_executor())>;
    return SlotCanceller<Inner>{
        ::boost::asio::strand<Inner>(initiation.get_executor())};
#endif
  } else {
    return NoCanceller();
  }
}

}  // namespace weft::asio_internal

namespace boost::asio {

template <typename Signature, typename Object, typename Executor>
  requires(!std::is_void_v<Object>)
struct associated_executor<
    weft::asio_internal::OperationHandler<Signature, Object>, Executor> {
  using type = weft::asio_internal::StepExecutor<Executor, Object>;
  static type get(
      const weft::asio_internal::OperationHandler<Signature, Object>& handler,
      const Executor& executor = Executor()) noexcept {
    return {executor, handler.end(), handler.object()};
  }
};

}  // namespace boost::asio

#endif  // WEFT_ADAPTERS_ASIO_INTERNAL_OPERATION_H_
