// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/asio/executor.h
// -----------------------------------------------------------------------------
//
// These classes put an `Executor` in the place of a boost::asio::thread_pool:
// `ExecutorContext` is Asio's execution context over it, and `AsioExecutor` is
// Asio's executor. A function that Asio runs there runs as a task, in the
// context in which it was submitted or, if it completes an operation, in the
// context in which the operation was initiated.
//
// Example:
//
//   weft::Executor executor;
//   weft::asio::ExecutorContext pool(executor);
//
//   request_id.Run(RequestId{42}, [&] {
//     boost::asio::post(pool, [] { Log(*request_id.GetStore()); });
//     timer.async_wait(boost::asio::bind_executor(
//         pool.get_executor(),
//         [](auto) { Log(*request_id.GetStore()); }));  // both log 42
//   });
//   pool.Join();

#ifndef WEFT_ADAPTERS_ASIO_EXECUTOR_H_
#define WEFT_ADAPTERS_ASIO_EXECUTOR_H_

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "boost/asio/execution.hpp"
#include "boost/asio/execution_context.hpp"
#include "weft/base/sync/mutex.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/promise.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/default_trigger_scope.h"
#include "weft/hooks/execution.h"

namespace weft::asio {

class AsioExecutor;

// ExecutorContext
//
// An execution context that keeps Asio's services for the users of `executor`,
// and counts the work that they have outstanding. The executor may be of any
// kind: a `SerialExecutor` makes it a strand.
//
// Thread-safety: thread-safe, except for destruction.
// Lifetime: `executor` must outlive it, and it must outlive its executors.
// Errors: once `executor` has shut down, functions that are given to it are
//   dropped, as by boost::asio::thread_pool after `stop()`: they are destroyed,
//   without an event. Futures of boost::asio::use_future get broken_promise,
//   coroutines are destroyed.
class ExecutorContext : public ::boost::asio::execution_context {
 public:
  using executor_type = AsioExecutor;

  explicit ExecutorContext(Executor& executor) : executor_(executor) {}
  // Waits as `Join()` does; if that throws, std::terminate() is called.
  ~ExecutorContext();

  AsioExecutor get_executor() noexcept;

  // ExecutorContext::Join()
  //
  // Waits until none of the functions that were given to it is left, no
  // operation is outstanding whose handler is to run there, and no work guard
  // is left. Functions that ran have been destroyed by then. The hook events of
  // the last tasks may end a moment later; `Executor::Drain()` waits for those
  // too. Inside a task it waits as for a future; over a `ManualExecutor` it
  // runs the executor's tasks. Throws DeadlockError if called by a function
  // that it would wait for, or if a `ManualExecutor` has nothing left to run.
  void Join() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class AsioExecutor;
  class Work;
  template <typename Fn>
  class Function;
  class RunScope;

  void BeginWork() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  void EndWork() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // True if the calling thread is inside a function that was given to the
  // context.
  bool IsInside() const noexcept;
  // True if that function is what the thread runs, and not something on top of
  // it.
  bool IsRunning() const noexcept;
  // True if the calling flow has a deadline, or can be cancelled.
  static bool IsLimited() noexcept;

  Executor& executor_;
  base::Mutex mutex_;
  std::size_t work_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Promise<void>> waiters_ ABSL_GUARDED_BY(mutex_);
};

// One piece of outstanding work, if it has a context.
class ExecutorContext::Work {
 public:
  explicit Work(ExecutorContext& context) noexcept : context_(&context) {
    context_->BeginWork();
  }
  Work(const Work& other) noexcept : context_(other.context_) {
    if (context_ != nullptr) context_->BeginWork();
  }
  Work(Work&& other) noexcept
      : context_(std::exchange(other.context_, nullptr)) {}
  Work& operator=(Work other) noexcept {
    std::swap(context_, other.context_);
    return *this;
  }
  ~Work() {
    if (context_ != nullptr) context_->EndWork();
  }

 private:
  ExecutorContext* context_;
};

// A scope in which the calling thread runs a function that was given to the
// context. Scopes nest.
class ExecutorContext::RunScope {
 public:
  explicit RunScope(const ExecutorContext& context) noexcept;
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;
  ~RunScope();

 private:
  friend class ExecutorContext;
  const ExecutorContext& context_;
  const AsyncId async_id_ = ExecutionAsyncId();
  const RunScope* const outer_;
};

// A function that was given to the context, which is outstanding until it is
// destroyed.
template <typename Fn>
class ExecutorContext::Function {
 public:
  template <typename F>
  Function(ExecutorContext& context, F&& fn)
      : context_(context), work_(context), fn_(std::forward<F>(fn)) {}

  void operator()() && {
    const RunScope scope(context_);
    // Asio's functions may free what they lie in: it moves them out as well.
    Fn fn(std::move(fn_));
    fn();
  }

 private:
  ExecutorContext& context_;
  Work work_;  // ends after the function
  Fn fn_;
};

// AsioExecutor
//
// A model of boost::asio::execution::executor, which converts to
// any_io_executor.
//
//   blocking.possibly      is the default. A function that is given from inside
//                          a function of this context runs at once, as a part
//                          of that; all others become tasks.
//   blocking.never         makes a task of every function.
//   blocking.always        is not supported: give a future, and wait for that.
//   outstanding_work       can be tracked: `Join()` waits until such an
//                          executor is gone. It stands for an operation that
//                          goes on: a function that it is given runs in the
//                          context, and with the trigger, of the moment at
//                          which tracking was asked for. Asio asks at the
//                          initiation of operations.
//   relationship           has no continuation: boost::asio::defer() does what
//                          post() does. As a task of `Executor::Defer()` a busy
//                          strand, which defers itself again and again, would
//                          go before all other tasks.
//   allocator              is not used: tasks have memory that is used again.
//
// boost::asio::strand<AsioExecutor> runs several functions in one task, that of
// the function that woke it, so in a context that is not theirs. Use an
// `ExecutorContext` over a `SerialExecutor` instead, or `KeepContext()` for
// each function.
//
// A function that it is given is called in any case, though its flow is
// cancelled or late by then, as Asio promises for every handler: the operation
// has happened, and its initiator must learn that. The function can ask for the
// flow's `CancellationToken` and `Deadline`, and tasks that it submits
// elsewhere are ended by these as usual.
//
// Coroutines of co_spawn() go on in the context in which they awaited, also
// when that is cancelled or late. Do not `co_await` inside
// `AsyncLocalStorage::Run()` or with a scope open, as these belong to one
// thread: enter the context around co_spawn().
//
// Hook events: those of a task, of type "TASK". Init comes when it is given to
//   the executor, for a handler at the completion of its operation; then before
//   and after; and destroy after the function has been destroyed, or when it is
//   dropped.
// Not there: the members post(), dispatch(), defer() and on_work_started() of
//   Asio's older executors; bulk execution.
// Exceptions: those of a task go to the unhandled exception handler, those of a
//   function that runs at once to the caller that gave it.
// Thread-safety: thread-compatible.
// Cost: a lock and a shared count, for each function and for each executor that
// is tracked.
class AsioExecutor {
 public:
  // A copy counts; nothing in it throws.
  AsioExecutor(const AsioExecutor&) noexcept = default;
  AsioExecutor(AsioExecutor&&) noexcept = default;
  AsioExecutor& operator=(const AsioExecutor&) noexcept = default;
  AsioExecutor& operator=(AsioExecutor&&) noexcept = default;
  ~AsioExecutor() = default;

  // Calls `fn()`, or queues it to be called. Throws what `Executor::Post()`
  // throws, except for ShutdownError.
  template <typename Fn>
  void execute(Fn&& fn) const {
    if (!never_blocks_ && !operation_ && context_->IsRunning()) {
      // The function is a copy, as it would be if it were queued.
      std::decay_t<Fn> function(std::forward<Fn>(fn));
      function();
    } else if (operation_) {
      operation_->context.Run([&] {
        const DefaultTriggerScope trigger(operation_->async_id);
        Post(std::forward<Fn>(fn));
      });
    } else {
      Post(std::forward<Fn>(fn));
    }
  }

  ExecutorContext& query(::boost::asio::execution::context_t) const noexcept {
    return *context_;
  }

  ::boost::asio::execution::blocking_t query(
      ::boost::asio::execution::blocking_t) const noexcept {
    if (never_blocks_) return ::boost::asio::execution::blocking.never;
    return ::boost::asio::execution::blocking.possibly;
  }
  AsioExecutor require(
      ::boost::asio::execution::blocking_t::never_t) const noexcept {
    AsioExecutor executor(*this);
    executor.never_blocks_ = true;
    return executor;
  }
  AsioExecutor require(
      ::boost::asio::execution::blocking_t::possibly_t) const noexcept {
    AsioExecutor executor(*this);
    executor.never_blocks_ = false;
    return executor;
  }

  ::boost::asio::execution::outstanding_work_t query(
      ::boost::asio::execution::outstanding_work_t) const noexcept {
    if (operation_) return ::boost::asio::execution::outstanding_work.tracked;
    return ::boost::asio::execution::outstanding_work.untracked;
  }
  // Ends the process when it is out of memory, as Asio calls it where nothing
  // may throw.
  AsioExecutor require(
      ::boost::asio::execution::outstanding_work_t::tracked_t) const noexcept {
    AsioExecutor executor(*this);
    executor.operation_.emplace(Operation{ExecutorContext::Work(*context_),
                                          ContextSnapshot::Capture(),
                                          ExecutionAsyncId()});
    return executor;
  }
  AsioExecutor require(
      ::boost::asio::execution::outstanding_work_t::untracked_t)
      const noexcept {
    AsioExecutor executor(*this);
    executor.operation_.reset();
    return executor;
  }

  ::boost::asio::execution::relationship_t query(
      ::boost::asio::execution::relationship_t) const noexcept {
    return ::boost::asio::execution::relationship.fork;
  }
  AsioExecutor require(
      ::boost::asio::execution::relationship_t::fork_t) const noexcept {
    return *this;
  }

  // Returns how many functions may run at once.
  std::size_t query(::boost::asio::execution::occupancy_t) const noexcept {
    return static_cast<std::size_t>(context_->executor_.concurrency());
  }

  // True if both are of the same context, and equally blocking, as for Asio's
  // own. Whether they track work, and for which operation, does not count.
  friend bool operator==(const AsioExecutor& a,
                         const AsioExecutor& b) noexcept {
    return a.context_ == b.context_ && a.never_blocks_ == b.never_blocks_;
  }

 private:
  friend class ExecutorContext;

  struct Operation {
    ExecutorContext::Work work;
    ContextSnapshot context;
    AsyncId async_id;
  };

  explicit AsioExecutor(ExecutorContext& context) noexcept
      : context_(&context) {}

  template <typename Fn>
  void Post(Fn&& fn) const {
    using Function = ExecutorContext::Function<std::decay_t<Fn>>;
    try {
      Function function(*context_, std::forward<Fn>(fn));
      if (ExecutorContext::IsLimited()) [[unlikely]] {
        // The task is submitted without the limits, and run with them.
        ContextSnapshot context = ContextSnapshot::CaptureForTask();
        const ShieldScope shield;
        context_->executor_.Post([context = std::move(context),
                                  function = std::move(function)]() mutable {
          context.Run([&] { std::move(function)(); });
        });
      } else {
        context_->executor_.Post(std::move(function));
      }
    } catch (const ShutdownError&) {
      // The function is dropped: Asio's strands give theirs in a destructor.
    }
  }

  ExecutorContext* context_;
  bool never_blocks_ = false;
  std::optional<Operation> operation_;
};

inline AsioExecutor ExecutorContext::get_executor() noexcept {
  return AsioExecutor(*this);
}

static_assert(::boost::asio::execution::is_executor_v<AsioExecutor>);

}  // namespace weft::asio

#endif  // WEFT_ADAPTERS_ASIO_EXECUTOR_H_
