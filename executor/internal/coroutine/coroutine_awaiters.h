// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The awaiters of `co_await` in a coroutine that returns a Task.
//
// They end the segment when the coroutine is about to suspend and begin the
// next when it is resumed. They die first if it is destroyed while suspended,
// and then make the rest die in its flow.

#ifndef WEFT_EXECUTOR_INTERNAL_COROUTINE_COROUTINE_AWAITERS_H_
#define WEFT_EXECUTOR_INTERNAL_COROUTINE_COROUTINE_AWAITERS_H_

#include <coroutine>
#include <type_traits>
#include <utility>

#include "weft/executor/future.h"
#include "weft/executor/internal/coroutine/coroutine_task.h"
#include "weft/executor/internal/coroutine/limited_wait.h"
#include "weft/executor/internal/coroutine/schedule.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/continuations.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/scheduling_events.h"

namespace weft::executor_internal {

// Notes whether a coroutine is suspended here.
class SuspensionPoint {
 public:
  SuspensionPoint() = default;
  SuspensionPoint(const SuspensionPoint&) = delete;
  SuspensionPoint& operator=(const SuspensionPoint&) = delete;
  ~SuspensionPoint() {
    if (suspended_ != nullptr) suspended_->BeginDestruction();
  }

  // After this the coroutine may be resumed, and gone, at any time.
  void Suspend(CoroutineTask& task) noexcept {
    suspended_ = &task;
    task.Suspend();
  }
  // The same without events, before the first segment or after the last.
  void Rest(CoroutineTask& task) noexcept { suspended_ = &task; }
  bool suspended() const noexcept { return suspended_ != nullptr; }
  // Resumes the coroutine if it was suspended; throws as
  // CoroutineTask::Resume().
  void Resume() {
    if (suspended_ != nullptr) std::exchange(suspended_, nullptr)->Resume();
  }

 private:
  CoroutineTask* suspended_ = nullptr;
};

// Awaited before the coroutine's first segment.
class InitialAwaiter {
 public:
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
    point_.Rest(coroutine.promise().task());
  }
  void await_resume() { point_.Resume(); }

 private:
  SuspensionPoint point_;
};

// Awaited after its last segment.
class FinalAwaiter {
 public:
  bool await_ready() const noexcept { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) noexcept {
    CoroutineTask& task = coroutine.promise().task();
    point_.Rest(task);
    task.Settle();
  }
  void await_resume() const noexcept {}

 private:
  SuspensionPoint point_;
};

// Adapts an `Awaitable` that knows CoroutineTasks. It is made from the
// awaitable, in the coroutine's flow, and has
//
//   bool ready();                    // need it not suspend? may throw
//   void Arm(CoroutineTask& task);   // queues or resumes the task, once; if it
//                                    // throws, the coroutine goes on
//   T Result();                      // of co_await; may throw
//
// The coroutine must not be destroyed meanwhile.
//
// The author of an awaitable type specializes it. Its Arm() typically keeps the
// task until the event, and then hands it to an engine: AcceptAnnounced(),
// EnqueueAnnounced(), or Refuse() (submission.h).
template <typename Awaitable>
class AwaitSource;

template <typename Awaitable>
concept HasAwaitSource = requires { sizeof(AwaitSource<Awaitable>); };

template <typename Source>
class SourceAwaiter {
 public:
  template <typename Awaitable>
  explicit SourceAwaiter(Awaitable&& awaitable)
      : source_(std::forward<Awaitable>(awaitable)) {}

  SourceAwaiter(const SourceAwaiter&) = delete;
  SourceAwaiter& operator=(const SourceAwaiter&) = delete;
  ~SourceAwaiter() {
    if (point_.suspended()) CoroutineTask::DestroyedWhileAwaited();
  }

  bool await_ready() { return source_.ready(); }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    CoroutineTask& task = coroutine.promise().task();
    point_.Suspend(task);
    try {
      source_.Arm(task);
    } catch (...) {
      point_.Resume();
      throw;
    }
  }
  decltype(auto) await_resume() {
    point_.Resume();
    return source_.Result();
  }

 private:
  Source source_;
  SuspensionPoint point_;  // dies first
};

// Awaits Executor::Schedule().
template <>
class AwaitSource<ScheduleOperation> {
 public:
  explicit AwaitSource(ScheduleOperation operation) noexcept
      : engine_(operation.engine) {}

  bool ready() const noexcept { return false; }
  void Arm(CoroutineTask& task) { Requeue(engine_, task); }
  void Result() const noexcept {}

 private:
  Engine& engine_;
};

// Tells the sink, if it wants that, that the coroutine awaits the future.
inline void TellAwait(const CoroutineTask& task,
                      const FutureStateBase& state) noexcept {
  if (IsAwaitWanted()) [[unlikely]]
    EmitAwait(task.resource(), state.promise_id());
}

// A place among the continuations of a future.
class ContinuationPlace final : public LimitedWait::Place {
 public:
  explicit ContinuationPlace(const FutureStateBase& state) noexcept
      : place_(state.continuations()) {}

  bool Add(QueuedTask& task) noexcept override { return place_.Add(task); }
  bool TakeBack() noexcept override { return place_.TakeBack(); }

 private:
  Continuations::Place place_;
};

template <typename T>
class AwaitSource<Future<T>> {
 public:
  // Takes the future's result, as Get() does.
  explicit AwaitSource(Future<T>& future)
      : state_(FutureMaker::Take(future, "co_await")), place_(*state_.get()) {}
  explicit AwaitSource(Future<T>&& future) : AwaitSource(future) {}
  ~AwaitSource() {
    // True if the wait was cut short.
    if (!ready()) [[unlikely]] {
      FutureStateBase::GiveUp(FutureStateBase::Ref::Share(state_.get()));
    }
  }

  bool ready() const noexcept { return state_.get()->completion().done(); }
  void Arm(CoroutineTask& task) {
    TellAwait(task, *state_.get());
    wait_.Begin(task);
  }
  T Result() { return state_.get()->Take(); }

 private:
  const FutureStateRef<T> state_;
  ContinuationPlace place_;
  LimitedWait wait_{state_.get()->engine(), place_};
};

template <typename T>
class AwaitSource<SharedFuture<T>> {
 public:
  explicit AwaitSource(const SharedFuture<T>& future)
      : state_(FutureMaker::Share(future, "co_await")), place_(*state_.get()) {}

  bool ready() const noexcept { return state_.get()->completion().done(); }
  void Arm(CoroutineTask& task) {
    TellAwait(task, *state_.get());
    wait_.Begin(task);
  }
  std::add_lvalue_reference_t<const T> Result() { return state_.get()->Peek(); }

 private:
  const FutureStateRef<T> state_;
  ContinuationPlace place_;
  LimitedWait wait_{state_.get()->engine(), place_};
};

// Awaits anything else that can be awaited. Its await_suspend() is called in
// the flow that awaits, whose segment has ended: it may resume, or end, the
// coroutine on another thread before it returns.
template <typename Awaitable>
class CustomAwaiter {
 public:
  explicit CustomAwaiter(Awaitable&& awaitable)
      : inner_(AwaiterOf(std::forward<Awaitable>(awaitable))) {}

  bool await_ready() { return static_cast<bool>(inner_.await_ready()); }
  template <typename Promise>
  bool await_suspend(std::coroutine_handle<Promise> coroutine) {
    CoroutineTask& task = coroutine.promise().task();
    CoroutineTask::Beside beside(task);
    point_.Suspend(task);
    try {
      using Result = decltype(inner_.await_suspend(coroutine));
      const auto call = [&]() -> Result {
        return inner_.await_suspend(coroutine);
      };
      if constexpr (std::is_void_v<Result>) {
        beside.Call(call);
        return true;
      } else if constexpr (std::is_same_v<Result, bool>) {
        if (beside.Call(call)) return true;
      } else {
        Transfer(coroutine, beside.Call(call));
        return true;
      }
    } catch (...) {
      point_.Resume();
      throw;
    }
    point_.Resume();
    return false;
  }
  decltype(auto) await_resume() {
    point_.Resume();
    return inner_.await_resume();
  }

 private:
  static decltype(auto) AwaiterOf(Awaitable&& awaitable) {
    if constexpr (requires {
                    std::forward<Awaitable>(awaitable).operator co_await();
                  }) {
      return std::forward<Awaitable>(awaitable).operator co_await();
    } else if constexpr (requires {
                           operator co_await(
                               std::forward<Awaitable>(awaitable));
                         }) {
      return operator co_await(std::forward<Awaitable>(awaitable));
    } else {
      return std::forward<Awaitable>(awaitable);
    }
  }

  // A reference if the awaitable is its own awaiter: it lives as long.
  decltype(AwaiterOf(std::declval<Awaitable>())) inner_;
  SuspensionPoint point_;  // dies first
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_COROUTINE_AWAITERS_H_
