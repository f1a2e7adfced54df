// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// State of the calling thread for executors. This is the executor layer's one
// thread_local that others read inline.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_THREAD_STATE_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_THREAD_STATE_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "weft/base/threads/stack_limit.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/finish_batch.h"

namespace weft::context_internal {
class FrameCache;
}  // namespace weft::context_internal

namespace weft::executor_internal {

struct CoroutineRun;
class Engine;
class InlineWait;
class TaskQueue;
class WaitHost;
class Worker;

// A job on the calling thread's stack; the innermost first.
struct RunningJob {
  Engine& engine;
  std::uint64_t engine_id;  // the engine's id(): its class is not known here
  const Completion* completes;
  // Tasks to be run next on this thread and no other; null: the engine has
  // them.
  TaskQueue* deferred;
  const RunningJob* outer;
};

// A submission on the calling thread's stack, while hooks are told of its task:
// the engine has accepted that and has not queued it; the innermost first.
struct SubmissionUnderWay {
  const Engine& engine;
  const SubmissionUnderWay* outer;
};

struct ThreadState {
  // The worker of the innermost job's engine that this thread stands for; null
  // if that engine has no workers, or no job runs here.
  Worker* worker;
  context_internal::FrameCache* frames;  // that worker's
  FinishBatch finishes;                  // used where there is a worker
  // Told when the thread sleeps, whatever runs on it; null: the thread belongs
  // to no executor.
  WaitHost* host;
  const RunningJob* running;
  const SubmissionUnderWay* submits;
  const InlineWait* inline_waits;  // waits of those jobs, the innermost first
  std::size_t deferred;            // in the queues of all those jobs
  CoroutineRun* coroutines;        // the innermost RunCoroutines()
  TaskQueue* refused;              // for Engine::Refuse(), further up the stack
  base::StackBounds stack;         // by StackIsShort()
};

extern constinit thread_local ThreadState thread_state;

// True if the calling thread is below its stack's limit. Asks for the bounds if
// that has not been done. False on a stack that is not the thread's own, such
// as a fiber's.
bool StackIsBelowLimit() noexcept;

// True if less of the calling thread's stack is left than a fork or a wait
// needs. For any thread, also one that Weft has not made.
inline bool StackIsShort() noexcept {
  return base::StackPosition() < thread_state.stack.limit &&
         StackIsBelowLimit();
}

// Takes one off `completion`. On a worker that may happen a little later,
// together with others.
inline void FinishBatched(Completion& completion) noexcept {
  thread_state.worker != nullptr ? thread_state.finishes.Add(completion)
                                 : completion.Finish();
}
// Takes off now what FinishBatched() has put off.
inline void FlushBatched() noexcept { thread_state.finishes.Flush(); }

// Makes the calling thread work as `worker` (null: as no worker) until the
// scope ends.
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
