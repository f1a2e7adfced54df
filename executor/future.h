// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/future.h
// -----------------------------------------------------------------------------
//
// `Future<T>` is the result of a task given to `Executor::Submit()`, of a
// `Promise`, or of a continuation. `SharedFuture<T>` is a future that many may
// read.
//
// Example:
//
//   weft::Future<int> answer = executor.Submit([] { return 6 * 7; });
//   std::move(answer)
//       .Then([](int n) { return std::to_string(n); })
//       .Then([](std::string text) { Print(text); })
//       .Wait();

#ifndef WEFT_EXECUTOR_FUTURE_H_
#define WEFT_EXECUTOR_FUTURE_H_

#include <chrono>
#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/context/duration.h"
#include "weft/executor/internal/engine/deadline_after.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/internal/future/future_task.h"
#include "weft/executor/internal/task/callable.h"
#include "weft/executor/outcome.h"

namespace weft {

template <typename T>
class Future;
template <typename T>
class Promise;
template <typename T>
class SharedFuture;

namespace executor_internal {

// Makes futures of the states that templates create.
struct FutureMaker {
  template <typename T>
  static Future<T> Make(FutureStateRef<T> state) noexcept {
    return Future<T>(std::move(state));
  }
  // Returns the states of futures, too. An error names `function`.
  template <typename T>
  static FutureStateRef<T> Take(Future<T>& future, const char* function) {
    future.state(function);
    return std::exchange(future.state_, {});
  }
  template <typename T>
  static Engine& EngineOf(const Future<T>& future) {
    return future.state_.get()->engine();
  }
  template <typename T>
  static FutureStateRef<T> Share(const SharedFuture<T>& future,
                                 const char* function) {
    future.state(function);
    return future.state_;
  }
};

}  // namespace executor_internal

// Future
//
// The result of a task, which is there once the task has ended.
//
// Thread-safety: thread-compatible.
// Memory ordering: what the task did happens before `Wait()` and `Get()`
//   return. All of the task's hook events have been emitted by then, and its
//   context and captures released.
// Lifetime: may outlive the executor. Dropping it drops the result, also if
//   that is an exception: at once or, while the task is just ending, on its
//   thread. A function whose failure must not pass unseen, and whose result is
//   not needed, is for `Executor::Post()`.
template <typename T>
class [[nodiscard]] Future {
 public:
  // Makes a future without a result to come.
  Future() = default;
  Future(Future&&) noexcept = default;
  Future& operator=(Future&&) noexcept = default;

  // True until `Get()` has returned, or the future has been moved from.
  bool valid() const noexcept { return state_.get() != nullptr; }

  // True if the task has ended. Throws std::logic_error if not `valid()`.
  bool IsReady() const { return state("IsReady").completion().done(); }

  // Future::Wait()
  //
  // Waits until the task has ended. Called inside a task, the calling thread
  // runs the very task that is waited for, and no other, if that is still
  // queued by the same executor; the caller's context and ids are untouched by
  // it. Else the thread polls for some 20 us, and then sleeps, and another
  // thread of its task's executor goes on in its place, so that as many tasks
  // run as may (ExecutorOptions::max_spare_threads). When the task has ended
  // the caller goes on at once. Outside of tasks it sleeps. If the future is a
  // `ManualExecutor`'s, the caller runs all tasks that are queued there, in
  // order, inside a task or outside.
  //
  // Throws std::logic_error if not `valid()`; DeadlockError if the task waits
  // for the one in which the call is made, as far as that can be told, or if
  // nothing is left that could run; WaitLimitError (errors.h); StackLimitError
  // if tasks that wait for their own are nested too deep.
  void Wait() const { state("Wait").Wait(); }

  // Future::WaitFor(), Future::WaitUntil()
  //
  // Wait as `Wait()` does, but no longer than `duration`, or until `deadline`.
  // They return true if the task has ended. With a duration of 0 or less, or a
  // time that has passed, they return at once. Unlike `Wait()` they never run
  // the task on the calling thread, as it might run on past that time. If the
  // future is a `ManualExecutor`'s they run tasks meanwhile, and look at the
  // time between them, so they may return late. If nothing is left that could
  // run there they return false at once, where `Wait()` throws.
  bool WaitFor(Duration duration) const {
    return state("WaitFor").Wait(executor_internal::After(duration));
  }
  bool WaitUntil(SteadyTime deadline) const {
    return state("WaitUntil").Wait(deadline);
  }

  // Future::Get()
  //
  // Waits, and returns what the task returned or throws what it threw. Throws
  // ShutdownError if the task was dropped unrun, and std::logic_error if called
  // twice. In all else it is as `Wait()`.
  T Get() {
    state("Get").Wait();
    const StateRef taken = std::exchange(state_, {});
    return taken.get()->Take();
  }

  // Future::Then()
  //
  // Queues `fn(result)` to be run when the result is there, and returns the
  // future of what it returns; afterwards this one is not `valid()`. If the
  // task threw, `fn` is not called and the returned future throws the same.
  //
  // The continuation is a task of its own, of type "CONTINUATION", in the
  // context of this call; its trigger is the task or promise that it waits for.
  // It runs right after the task that settles that, as by `Executor::Defer()`;
  // if the result is there already, it runs right after the calling task. Its
  // order of events is that of a submitted task. Throws std::logic_error if not
  // `valid()`, and ShutdownError after `Shutdown()`.
  template <typename Fn>
  auto Then(Fn&& fn,
            std::source_location where = std::source_location::current()) && {
    state("Then");
    constexpr bool kFits = executor_internal::kTakes<std::decay_t<Fn>, T>;
    static_assert(kFits, "fn cannot be called with what the future has");
    if constexpr (kFits) {
      auto result = executor_internal::FutureMaker::Make(
          executor_internal::Continue<executor_internal::Use::kTake, T>(
              state_, std::forward<Fn>(fn), where));
      state_ = {};
      return result;
    } else {
      return Future<decltype(nullptr)>();  // for no further errors
    }
  }

  // Future::ThenOutcome()
  //
  // Does what `Then()` does, but calls `fn(outcome)` also if the task failed,
  // with what there is: a `weft::Outcome<T>` (outcome.h). It is called also in
  // a flow that is cancelled or late, as that may be what it is to see; what it
  // submits is cancelled as usual. If the executor has been stopped it is not
  // called, and the returned future throws ShutdownError.
  template <typename Fn>
  auto ThenOutcome(Fn&& fn, std::source_location where =
                                std::source_location::current()) && {
    state("ThenOutcome");
    static_assert(std::is_invocable_v<std::decay_t<Fn>, Outcome<T>>,
                  "fn cannot be called with a weft::Outcome of the type that "
                  "the future has");
    auto result = executor_internal::FutureMaker::Make(
        executor_internal::Continue<executor_internal::Use::kOutcome, T>(
            state_, std::forward<Fn>(fn), where));
    state_ = {};
    return result;
  }

  // Future::Catch()
  //
  // Returns the future of the result, or of what `fn(exception)` returns if the
  // task threw an `Error`, or one that is derived from it. Other exceptions
  // pass. Without an `Error`, `fn` is called with the std::exception_ptr of any
  // exception. In all else it is as `ThenOutcome()`.
  //
  //   std::move(page)
  //       .Catch<weft::DeadlineExceededError>([](const auto&) { return kOld; })
  //       .Catch([](std::exception_ptr) { return kNone; });
  //
  // Node counterpart: `catch()`.
  template <typename Error = void, typename Fn>
  Future<T> Catch(Fn&& fn, std::source_location where =
                               std::source_location::current()) && {
    return std::move(*this).ThenOutcome(
        [fn = std::forward<Fn>(fn)](Outcome<T> outcome) mutable -> T {
          if constexpr (std::is_void_v<Error>) {
            if (outcome.has_value()) return std::move(outcome).Get();
            return std::move(fn)(outcome.exception());
          } else {
            try {
              return std::move(outcome).Get();
            } catch (const Error& error) {
              return std::move(fn)(error);
            }
          }
        },
        where);
  }

  // Future::Finally()
  //
  // Calls `fn()` when the task has ended, whatever came of it, and passes that
  // on; if `fn` throws, that instead. In all else it is as `ThenOutcome()`.
  //
  // Node counterpart: `finally()`.
  template <typename Fn>
  Future<T> Finally(Fn&& fn, std::source_location where =
                                 std::source_location::current()) && {
    return std::move(*this).ThenOutcome(
        [fn = std::forward<Fn>(fn)](Outcome<T> outcome) mutable -> T {
          std::move(fn)();
          return std::move(outcome).Get();
        },
        where);
  }

  // Turns this into a future that many may read; this one is not `valid()` any
  // more.
  SharedFuture<T> Share() && {
    state("Share");
    return SharedFuture<T>(std::exchange(state_, {}));
  }

 private:
  friend class Executor;
  friend class Promise<T>;
  friend struct executor_internal::FutureMaker;
  using StateRef = executor_internal::FutureStateRef<T>;

  explicit Future(StateRef state) noexcept : state_(std::move(state)) {}

  const executor_internal::FutureState<T>& state(const char* function) const {
    if (!valid()) executor_internal::ThrowNoResult(function);
    return *state_.get();
  }

  StateRef state_;
};

// SharedFuture
//
// A future that many may read; its copies share the result. In all else it is
// as `Future`.
//
// Thread-safety: thread-compatible; copies of it may be used on many threads.
template <typename T>
class SharedFuture {
 public:
  SharedFuture() = default;

  // These do what those of `Future` do.
  bool valid() const noexcept { return state_.get() != nullptr; }
  bool IsReady() const { return state("IsReady").completion().done(); }
  void Wait() const { state("Wait").Wait(); }
  bool WaitFor(Duration duration) const {
    return state("WaitFor").Wait(executor_internal::After(duration));
  }
  bool WaitUntil(SteadyTime deadline) const {
    return state("WaitUntil").Wait(deadline);
  }

  // Waits, and returns the result where it lies or throws what the task threw.
  // It may be called any number of times. The reference is good as long as
  // there is a copy of the future.
  std::add_lvalue_reference_t<const T> Get() const {
    state("Get").Wait();
    return state_.get()->Peek();
  }

  // Does what `Future::Then()` does. It may be called any number of times; `fn`
  // is given a `const T&`.
  template <typename Fn>
  auto Then(Fn&& fn, std::source_location where =
                         std::source_location::current()) const {
    state("Then");
    using Value = std::add_lvalue_reference_t<const T>;
    constexpr bool kFits = executor_internal::kTakes<std::decay_t<Fn>, Value>;
    static_assert(kFits, "fn cannot be called with what the future has");
    if constexpr (kFits) {
      return executor_internal::FutureMaker::Make(
          executor_internal::Continue<executor_internal::Use::kPeek, T>(
              state_, std::forward<Fn>(fn), where));
    } else {
      return Future<decltype(nullptr)>();
    }
  }

 private:
  friend class Future<T>;
  friend struct executor_internal::FutureMaker;
  using StateRef = executor_internal::FutureStateRef<T>;

  explicit SharedFuture(StateRef state) noexcept : state_(std::move(state)) {}

  const executor_internal::FutureState<T>& state(const char* function) const {
    if (!valid()) executor_internal::ThrowNoResult(function);
    return *state_.get();
  }

  StateRef state_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_FUTURE_H_
