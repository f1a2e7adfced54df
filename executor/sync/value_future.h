// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/sync/value_future.h
// -----------------------------------------------------------------------------
//
// `ValueFuture<T>` is a result that is there already, or the future of one. The
// operations of `AsyncMutex`, `AsyncSemaphore`, `AsyncEvent` and `Channel`
// return it.
//
// Example:
//
//   const auto lock = co_await mutex.Lock();      // in a coroutine
//   const auto lock = mutex.Lock().Get();         // in a thread
//
// Counterpart: `ValueTask<T>` of .NET.

#ifndef WEFT_EXECUTOR_SYNC_VALUE_FUTURE_H_
#define WEFT_EXECUTOR_SYNC_VALUE_FUTURE_H_

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "weft/context/duration.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/coroutine/coroutine_awaiters.h"

namespace weft {

namespace executor_internal {

// What a future of `Handed` gives its taker. A type that is not that itself has
// a specialization.
template <typename Handed>
struct HandOver {
  using Value = Handed;
  static Value Take(Handed&& handed) { return std::move(handed); }
};
template <>
struct HandOver<void> {
  using Value = void;
};

}  // namespace executor_internal

// ValueFuture
//
// The result of an operation that has begun: it is there already, at no cost,
// or comes by a future. `co_await` takes it, and `Get()` waits for it in a
// thread; either, once. `Handed` is what the future holds: if nobody takes that
// it goes back to where it is from, when the future is dropped.
//
// Thread-safety: thread-compatible.
// Cost: none beyond that of the operation if the result is there; else that of
//   a `Promise` and its future.
// Errors: those of `Future`. A coroutine that is cancelled or late while it
//   waits goes on at once, with CancelledError or DeadlineExceededError, and
//   leaves the queue in which it stood.
template <typename T, typename Handed = T>
class [[nodiscard]] ValueFuture {
  using HandOver = executor_internal::HandOver<Handed>;
  using Ready = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  static_assert(std::is_same_v<T, typename HandOver::Value>);

 public:
  // Makes one whose result is there.
  explicit ValueFuture(Ready value)
      : result_(std::in_place_index<0>, std::move(value)) {}
  // Makes one whose result comes by `future`.
  explicit ValueFuture(Future<Handed> future)
      : result_(std::in_place_index<1>, std::move(future)) {}

  // True if the result is there. Throws std::logic_error if it was taken.
  bool IsReady() const {
    return result_.index() == 0 || std::get<1>(result_).IsReady();
  }

  // Waits for the result as `Future::Wait()` does, and returns it or throws
  // what the operation threw; once.
  T Get() {
    if (result_.index() == 1) return TakeFrom(std::get<1>(result_));
    if constexpr (!std::is_void_v<T>) return std::move(std::get<0>(result_));
  }

  // Wait as `Future::WaitFor()` and `Future::WaitUntil()` do.
  bool WaitFor(Duration duration) const {
    return result_.index() == 0 || std::get<1>(result_).WaitFor(duration);
  }
  bool WaitUntil(SteadyTime deadline) const {
    return result_.index() == 0 || std::get<1>(result_).WaitUntil(deadline);
  }

 private:
  friend executor_internal::AwaitSource<ValueFuture>;

  static T TakeFrom(Future<Handed>& future) {
    if constexpr (std::is_void_v<T>) {
      future.Get();
    } else {
      return HandOver::Take(future.Get());
    }
  }

  std::variant<Ready, Future<Handed>> result_;
};

namespace executor_internal {

template <typename T, typename Handed>
class AwaitSource<ValueFuture<T, Handed>> {
 public:
  explicit AwaitSource(ValueFuture<T, Handed>& awaited) : awaited_(awaited) {
    if (awaited.result_.index() == 1) {
      waiting_.emplace(std::get<1>(awaited.result_));
    }
  }
  explicit AwaitSource(ValueFuture<T, Handed>&& awaited)
      : AwaitSource(awaited) {}

  bool ready() const noexcept { return !waiting_ || waiting_->ready(); }
  void Arm(CoroutineTask& task) { waiting_->Arm(task); }
  T Result() {
    if (!waiting_) return awaited_.Get();
    if constexpr (std::is_void_v<T>) {
      waiting_->Result();
    } else {
      return HandOver<Handed>::Take(waiting_->Result());
    }
  }

 private:
  ValueFuture<T, Handed>& awaited_;  // lives as long as the expression
  std::optional<AwaitSource<Future<Handed>>> waiting_;
};

}  // namespace executor_internal

}  // namespace weft

#endif  // WEFT_EXECUTOR_SYNC_VALUE_FUTURE_H_
