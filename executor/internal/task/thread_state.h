// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the calling thread is doing for executors. The executor layer's one
// thread_local that others read inline.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_THREAD_STATE_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_THREAD_STATE_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "weft/base/stack_limit.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/finish_batch.h"

namespace weft::context_internal {
class FrameCache;
}  // namespace weft::context_internal

namespace weft::executor_internal {

class Engine;
class InlineWait;
class TaskQueue;
class WaitHost;
class Worker;

// A job on the calling thread's stack; the innermost first.
struct RunningJob {
  Engine& engine;
  const Completion* completes;
  // To be run next on this thread, by no other; null: the engine has them.
  TaskQueue* deferred;
  const RunningJob* outer;
};

struct ThreadState {
  // Whose queues the innermost job's engine has for this thread; null if that
  // engine has no workers, or no job runs here.
  Worker* worker;
  context_internal::FrameCache* frames;  // that worker's
  FinishBatch finishes;                  // used where there is a worker
  // Whom the thread tells when it sleeps, whatever runs on it; null: nobody, it
  // is no executor's.
  WaitHost* host;
  const RunningJob* running;
  const InlineWait* inline_waits;  // of those jobs, the innermost first
  std::size_t deferred;            // in the queues of all those jobs
  base::StackBounds stack;         // by StackIsShort()
};

extern constinit thread_local ThreadState thread_state;

// Is the calling thread below its stack's limit? Asks for the bounds if
// nobody has. False on a stack that is not the thread's own, a fiber's.
bool StackIsBelowLimit() noexcept;

// Is less of the calling thread's stack left than a fork or a wait needs? On
// any thread, whoever has made it.
inline bool StackIsShort() noexcept {
  return base::StackPosition() < thread_state.stack.limit &&
         StackIsBelowLimit();
}

// `completion` has one pending less. On a worker it may be told so a little
// later, together with others.
inline void FinishBatched(Completion& completion) noexcept {
  thread_state.worker != nullptr ? thread_state.finishes.Add(completion)
                                 : completion.Finish();
}
// Tells it now.
inline void FlushBatched() noexcept { thread_state.finishes.Flush(); }

// Makes the calling thread work as `worker` (null: as none) until the scope
// ends.
class WorkerScope {
 public:
  WorkerScope(Worker* worker, context_internal::FrameCache* frames) noexcept
      : worker_(std::exchange(thread_state.worker, worker)),
        frames_(std::exchange(thread_state.frames, frames)) {}
  WorkerScope(const WorkerScope&) = delete;
  WorkerScope& operator=(const WorkerScope&) = delete;
  ~WorkerScope() {
    thread_state.worker = worker_;
    thread_state.frames = frames_;
  }

 private:
  Worker* const worker_;
  context_internal::FrameCache* const frames_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_THREAD_STATE_H_
