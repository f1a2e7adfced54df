// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A coroutine as executors, context and hooks know it.

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
// they transfer. So a transfer uses no stack; by tail calls, which g++ makes
// from -O2 on only, it would.
void RunCoroutines(std::coroutine_handle<> coroutine) noexcept;
// `from`, which is suspended on this thread, has `to` resumed next: when it has
// returned to RunCoroutines(), or, if somebody else resumed it, at once.
void Transfer(std::coroutine_handle<> from,
              std::coroutine_handle<> to) noexcept;

// Who waits for a coroutine to end.
class CoroutineWaiter {
 public:
  // It has ended, and is suspended for the last time.
  virtual void Ended(std::coroutine_handle<> coroutine) noexcept = 0;
  // It will not be started; `why`.
  virtual void Refused(std::exception_ptr why) noexcept = 0;
  // It was destroyed, by who had its handle, before it ended.
  virtual void Destroyed(AsyncId async_id) noexcept = 0;

 protected:
  ~CoroutineWaiter() = default;
};

// Lies in front of its coroutine's frame, in one allocation with it. Queued
// each time that the coroutine is to go on, so that a hop allocates nothing.
//
//   made        captures the calling flow; init
//   Resume()    at the start of each stretch: installs flow and ids; before
//   Suspend()   at its end: after
//   Settle()    at the last one's: promise_resolve, after
//   destroyed   the coroutine's objects die in its flow; then destroy
//
// The coroutine's own awaiters call these, so they hold whoever resumes or
// destroys it, and on whichever thread. None is inline: compilers may keep the
// address of a thread_local across a suspension.
class CoroutineTask final : public QueuedTask, private base::RefCounted {
 public:
  // Memory for a frame of that size, with room for its CoroutineTask in front.
  // Throws std::bad_alloc.
  static void* AllocateFrame(std::size_t size);
  // Ends the CoroutineTask, if it was made.
  static void FreeFrame(void* frame) noexcept;

  // Makes that of the coroutine. Emits init. Throws std::bad_alloc.
  static CoroutineTask& Make(std::coroutine_handle<> coroutine,
                             std::source_location where);

  std::coroutine_handle<> coroutine() const noexcept { return coroutine_; }

  // Throws, when the stretch has begun, why an executor has dropped the
  // coroutine instead of running it, if one has.
  void Resume();
  void Suspend() noexcept;
  // Tells who waits.
  void Settle() noexcept;
  // To be called when the coroutine, which is suspended, is about to be
  // destroyed, before any of its objects.
  void BeginDestruction() noexcept;

  // For what is called when the coroutine counts as suspended, and may go on
  // elsewhere: keeps flow and ids for it. Made inside a stretch.
  class Beside {
   public:
    explicit Beside(CoroutineTask& task)
        : kept_(Kept::Share(&task)), beside_(task.stretches_) {}
    template <typename Fn>
    decltype(auto) Call(Fn&& fn) {
      return beside_.Call(std::forward<Fn>(fn));
    }

   private:
    using Kept = base::Ref<const CoroutineTask>;
    const Kept kept_;
    TaskSegments::Beside beside_;
  };

  // Before it is started. `completes`: what a wait for it would wait for.
  void set_waiter(CoroutineWaiter& waiter,
                  const Completion* completes) noexcept {
    waiter_ = &waiter;
    completes_ = completes;
  }
  // Its owner is about to destroy it.
  void ForgetWaiter() noexcept { waiter_ = nullptr; }
  const Completion* completes() const noexcept override { return completes_; }

  // Aborts: it was destroyed while an executor, a future or another coroutine
  // is to have it go on.
  [[noreturn]] static void DestroyedWhileAwaited() noexcept;

  // Those of the scopes that it has open, too.
  context_internal::Limits limits() const noexcept override {
    return stretches_.limits();
  }
  void Run(Engine& engine) noexcept override;
  void Discard(std::exception_ptr why) noexcept override;
  // Nobody owns it but the coroutine.
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
  TaskSegments stretches_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_COROUTINE_TASK_H_
