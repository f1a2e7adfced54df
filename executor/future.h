// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/future.h
// -----------------------------------------------------------------------------
//
// `Future<T>` is the result of a task given to `Executor::Submit()`.
//
// Example:
//
//   weft::Future<int> answer = executor.Submit([] { return 6 * 7; });
//   std::cout << answer.Get();

#ifndef WEFT_EXECUTOR_FUTURE_H_
#define WEFT_EXECUTOR_FUTURE_H_

#include <utility>

#include "weft/context/internal/ref.h"
#include "weft/executor/internal/future_state.h"
#include "weft/executor/internal/submission.h"

namespace weft {

// Future
//
// Thread-safety: thread-compatible.
// Memory ordering: what the task did happens before `Wait()` and `Get()`
// return.
//   All of the task's hook events have been emitted by then, and its context
//   and captures released.
// Lifetime: may outlive the executor. Dropping it drops the result, also if
//   that is an exception: at once, or, while the task is just ending, on its
//   thread. Work whose failure must not pass unseen, and whose result nobody
//   wants, is for `Executor::Post()`.
template <typename T>
class [[nodiscard]] Future {
 public:
  // A future without a result to come.
  Future() = default;
  Future(Future&&) noexcept = default;
  Future& operator=(Future&&) noexcept = default;

  // True until `Get()` has returned, or the future has been moved from.
  bool valid() const noexcept { return state_.get() != nullptr; }

  // Has the task ended? Throws std::logic_error if not `valid()`.
  bool IsReady() const { return state("IsReady").completion().done(); }

  // Future::Wait()
  //
  // Returns when the task has ended. Called inside a task, the calling thread
  // runs other tasks of that task's executor meanwhile, its context and ids
  // untouched by them, and cannot deadlock for want of threads. Outside of
  // tasks it sleeps; if the future is a `ManualExecutor`'s it runs that one's
  // tasks.
  //
  // Throws std::logic_error if not `valid()`, DeadlockError if the task is one
  // in which the call is made or if nothing is left that could run.
  void Wait() const { state("Wait").Wait(); }

  // Future::Get()
  //
  // Waits, and returns what the task returned or throws what it threw; throws
  // ShutdownError if it was dropped unrun. A second call is a std::logic_error.
  // Otherwise as `Wait()`.
  T Get() {
    state("Get").Wait();
    const context_internal::Ref<State> taken = std::exchange(state_, {});
    return taken.get()->Take();
  }

 private:
  friend class Executor;
  using State = executor_internal::FutureState<T>;

  explicit Future(context_internal::Ref<State> state) noexcept
      : state_(std::move(state)) {}

  const State& state(const char* function) const {
    if (!valid()) executor_internal::ThrowNoResult(function);
    return *state_.get();
  }

  context_internal::Ref<State> state_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_FUTURE_H_
