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

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "weft/context/duration.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/coroutine/coroutine_awaiters.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/future_state.h"

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
// One that is dropped before its result is there gives up the wait, as a
// coroutine that is cancelled does: it leaves the queue in which it stood, and
// an item that it was to send dies. So a wait may be tried for some time, by
// `WaitFor()`, any number of times, and nothing is left behind.
//
// Thread-safety: thread-compatible.
// Cost: none beyond that of the operation if the result is there; else that of
//   a `Promise` and its future.
// Errors: those of `Future`, also std::logic_error if the result was taken, or
//   the object moved from. A coroutine that is cancelled or late while it waits
//   goes on at once, with CancelledError or DeadlineExceededError, and leaves
//   the queue in which it stood.
template <typename T, typename Handed = T>
class [[nodiscard]] ValueFuture {
  using HandOver = executor_internal::HandOver<Handed>;
  using Ready = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  static_assert(std::is_same_v<T, typename HandOver::Value>);

 public:
  // Makes one whose result is there.
  explicit ValueFuture(Ready value)
      : result_(std::in_place_index<kReady>, std::move(value)) {}
  // Makes one whose result comes by `future`.
  explicit ValueFuture(Future<Handed> future)
      : result_(std::in_place_index<kComing>, std::move(future)) {}
  ValueFuture(ValueFuture&& other) noexcept(kMovesSafely) { TakeOver(other); }
  ValueFuture& operator=(ValueFuture&& other) noexcept(kMovesSafely) {
    if (this == &other) return *this;
    GiveUp();
    TakeOver(other);
    return *this;
  }
  ~ValueFuture() { GiveUp(); }

  // True if the result is there. Throws std::logic_error if it was taken.
  bool IsReady() const {
    return IsThere("IsReady") || std::get<kComing>(result_).IsReady();
  }

  // Waits for the result as `Future::Wait()` does, and returns it or throws
  // what the operation threw; once.
  T Get() {
    if (!IsThere("Get")) return TakeFrom(std::get<kComing>(result_));
    return TakeReady();
  }

  // Wait as `Future::WaitFor()` and `Future::WaitUntil()` do.
  bool WaitFor(Duration duration) const {
    return IsThere("WaitFor") || std::get<kComing>(result_).WaitFor(duration);
  }
  bool WaitUntil(SteadyTime deadline) const {
    return IsThere("WaitUntil") ||
           std::get<kComing>(result_).WaitUntil(deadline);
  }

 private:
  friend executor_internal::AwaitSource<ValueFuture>;

  // The alternatives of `result_`.
  struct Taken {};
  static constexpr std::size_t kTaken = 0;
  static constexpr std::size_t kReady = 1;
  static constexpr std::size_t kComing = 2;
  static constexpr bool kMovesSafely =
      std::is_nothrow_move_constructible_v<Ready>;

  // True if the result is there already. Throws std::logic_error, naming
  // `function`, if it was taken.
  bool IsThere(const char* function) const {
    if (result_.index() == kTaken) executor_internal::ThrowNoResult(function);
    return result_.index() == kReady;
  }
  T TakeReady() {
    if constexpr (std::is_void_v<T>) {
      result_.template emplace<kTaken>();
    } else {
      T value = std::move(std::get<kReady>(result_));
      result_.template emplace<kTaken>();
      return value;
    }
  }
  static T TakeFrom(Future<Handed>& future) {
    if constexpr (std::is_void_v<T>) {
      future.Get();
    } else {
      return HandOver::Take(future.Get());
    }
  }

  void TakeOver(ValueFuture& other) noexcept(kMovesSafely) {
    switch (other.result_.index()) {
      case kReady:
        result_.template emplace<kReady>(
            std::move(std::get<kReady>(other.result_)));
        break;
      case kComing:
        result_.template emplace<kComing>(
            std::move(std::get<kComing>(other.result_)));
        break;
      default:
        result_.template emplace<kTaken>();
        break;
    }
    other.result_.template emplace<kTaken>();
  }
  // Nobody will take the result.
  void GiveUp() noexcept {
    if (result_.index() != kComing) return;
    Future<Handed>& future = std::get<kComing>(result_);
    if (!future.valid() || future.IsReady()) return;
    const auto state = executor_internal::FutureMaker::Take(future, "");
    executor_internal::FutureStateBase::GiveUp(
        executor_internal::FutureStateBase::Ref::Share(state.get()));
  }

  std::variant<Taken, Ready, Future<Handed>> result_;
};

namespace executor_internal {

template <typename T, typename Handed>
class AwaitSource<ValueFuture<T, Handed>> {
  using Awaited = ValueFuture<T, Handed>;

 public:
  explicit AwaitSource(Awaited& awaited) : awaited_(awaited) {
    if (!awaited.IsThere("co_await")) {
      waiting_.emplace(std::get<Awaited::kComing>(awaited.result_));
    }
  }
  explicit AwaitSource(Awaited&& awaited) : AwaitSource(awaited) {}

  bool ready() const noexcept { return !waiting_ || waiting_->ready(); }
  void Arm(CoroutineTask& task) { waiting_->Arm(task); }
  T Result() {
    if (!waiting_) return awaited_.TakeReady();
    if constexpr (std::is_void_v<T>) {
      waiting_->Result();
    } else {
      return HandOver<Handed>::Take(waiting_->Result());
    }
  }

 private:
  Awaited& awaited_;  // lives as long as the expression
  std::optional<AwaitSource<Future<Handed>>> waiting_;
};

}  // namespace executor_internal

}  // namespace weft

#endif  // WEFT_EXECUTOR_SYNC_VALUE_FUTURE_H_
