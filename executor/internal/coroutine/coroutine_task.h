// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A coroutine as executors, context and hooks see it.

#ifndef WEFT_EXECUTOR_INTERNAL_COROUTINE_COROUTINE_TASK_H_
#define WEFT_EXECUTOR_INTERNAL_COROUTINE_COROUTINE_TASK_H_

#include <coroutine>
#include <cstddef>
#include <exception>
#include <source_location>
#include <utility>

#include "weft/base/ref.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/hooks/async_id.h"

namespace weft::executor_internal {

// Resumes `coroutine`, and then, one after the other, those to which it and
// they transfer. So a transfer uses no stack; with tail calls, which g++ makes
// only from -O2 on, it would use some in other builds.
void RunCoroutines(std::coroutine_handle<> coroutine) noexcept;
// Transfers from `from`, which is suspended on this thread, to `to`: `to` is
// resumed when `from` has returned to RunCoroutines(), or at once if `from` was
// resumed otherwise.
void Transfer(std::coroutine_handle<> from,
              std::coroutine_handle<> to) noexcept;

// The object that waits for a coroutine to end.
class CoroutineWaiter {
 public:
  // The coroutine has ended, and is suspended for the last time.
  virtual void Ended(std::coroutine_handle<> coroutine) noexcept = 0;
  // The coroutine will not be started; `why` says the reason.
  virtual void Refused(std::exception_ptr why) noexcept = 0;
  // The owner of its handle destroyed the coroutine before it ended.
  virtual void Destroyed(AsyncId async_id) noexcept = 0;

 protected:
  ~CoroutineWaiter() = default;
};

// Lies in front of its coroutine's frame, in one allocation with it. Queued
// each time that the coroutine is to go on, so that a hop allocates nothing.
//
//   made        captures the calling flow; init
//   Resume()    at the start of each segment: installs flow and ids; before
//   Suspend()   at its end: after
//   Settle()    at the end of the last one: promise_resolve, after
//   destroyed   the coroutine's objects die in its flow; then destroy
//
// The coroutine's own awaiters call these, so they hold whatever code resumes
// or destroys it, and on any thread. None is inline: compilers may keep the
// address of a thread_local across a suspension.
class CoroutineTask final : public QueuedTask, private base::RefCounted {
 public:
  // Returns memory for a frame of that size, with room for its CoroutineTask in
  // front. Throws std::bad_alloc.
  static void* AllocateFrame(std::size_t size);
  // Ends the CoroutineTask, if it was made. The memory goes with the last
  // reference to that, or at once if there is none.
  static void FreeFrame(void* frame) noexcept;

  // Makes the CoroutineTask of `coroutine`. Emits init. Throws std::bad_alloc.
  static CoroutineTask& Make(std::coroutine_handle<> coroutine,
                             std::source_location where);

  std::coroutine_handle<> coroutine() const noexcept { return coroutine_; }

  // Begins a segment. Throws, when it has begun, the reason why an executor has
  // dropped the coroutine instead of running it, if one has.
  void Resume();
  void Suspend() noexcept;
  // Ends the last segment and tells the waiter.
  void Settle() noexcept;
  // Call it when the coroutine, which is suspended, is about to be destroyed,
  // before any of its objects.
  void BeginDestruction() noexcept;

  // Keeps flow and ids for code that is called when the coroutine counts as
  // suspended, and may go on elsewhere. Made inside a segment.
  class Beside {
   public:
    explicit Beside(CoroutineTask& task)
        : kept_(Kept::Share(&task)), beside_(task.segments_) {}
    template <typename Fn>
    decltype(auto) Call(Fn&& fn) {
      return beside_.Call(std::forward<Fn>(fn));
    }

   private:
    using Kept = base::Ref<const CoroutineTask>;
    const Kept kept_;
    TaskSegments::Beside beside_;
  };

  // Call it before the coroutine is started. `completes` is what a wait for it
  // would wait for.
  void set_waiter(CoroutineWaiter& waiter,
                  const Completion* completes) noexcept {
    waiter_ = &waiter;
    completes_ = completes;
  }
  // The coroutine's owner is about to destroy it.
  void ForgetWaiter() noexcept { waiter_ = nullptr; }
  const Completion* completes() const noexcept override { return completes_; }

  // Aborts: it was destroyed while an executor, a future or another coroutine
  // is to resume it.
  [[noreturn]] static void DestroyedWhileAwaited() noexcept;

  // Includes the limits of the scopes that it has open.
  context_internal::Limits limits() const noexcept override {
    return segments_.limits();
  }
  void Run(Engine& engine) noexcept override;
  void Discard(std::exception_ptr why) noexcept override;
  // Nothing owns it but the coroutine.
  void Abandon(Known) noexcept override {}
  void Dispose() noexcept override {}

 private:
  friend base::Ref<const CoroutineTask>;
  struct Memory;

  CoroutineTask(std::coroutine_handle<> coroutine, std::source_location where);
  ~CoroutineTask() = default;

  void Release() const noexcept;

  const std::coroutine_handle<> coroutine_;
  CoroutineWaiter* waiter_ = nullptr;  // until it is told
  const Completion* completes_ = nullptr;
  std::exception_ptr dropped_;  // why; for the next Resume()
  bool started_ = false;
  bool destroying_ = false;
  TaskSegments segments_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_COROUTINE_TASK_H_
