// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The elements of the queues: a task on the heap (queued_task.h), a part of a
// fork on the stack of the thread that forked it (forked_job.h), or a pump,
// which runs another engine's tasks (lane_scheduler.h).

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_JOB_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_JOB_H_

#include <bit>
#include <cstdint>

#include "weft/executor/internal/task/inbox.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

class Completion;
class Engine;

// When a task's turn comes.
enum class QueuePosition : std::uint8_t {
  kQueued,   // after those that are queued already
  kNext,     // right after the running task, on its worker
  kForked,   // its submitter is about to wait for it: on its worker the newest
             // such task is the next
  kNowhere,  // for a part of a fork: there was no memory to queue it
};

class Job : public InboxNode<> {
 public:
  enum class Form : std::uint8_t {
    kPart,  // of a fork: the forking job waits for it, so it is not dropped
    kPump,  // runs another engine's tasks: no task to hooks; not dropped
    // All others are tasks.
    kFuture,    // one that its waiter may run out of turn
    kTask,      // stands for itself
    kGroup,     // the same: a TaskOfGroup
    kDetached,  // the same, and completes nothing
  };

  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  bool is_task() const noexcept { return way_.form >= Form::kFuture; }
  bool is_pump() const noexcept { return way_.form == Form::kPump; }
  // True if its end ends what its engine has accepted. A part of a fork is
  // counted by the job that forked it.
  bool is_counted() const noexcept { return way_.form != Form::kPart; }
  // True if it is of that form and kQueued: then a task of the last two forms
  // is plain: it is claimed already, counted, and has a queue of its own for
  // what it defers. One question for both.
  bool IsQueuedAs(Form form) const noexcept {
    return std::bit_cast<std::uint16_t>(way_) ==
           std::bit_cast<std::uint16_t>(Way{form, QueuePosition::kQueued});
  }

  // kNext: the task was deferred where no task was running, and waits, with
  // other such tasks, in its engine; what it defers goes to the end of those.
  QueuePosition position() const noexcept { return way_.position; }
  void set_position(QueuePosition position) noexcept {
    way_.position = position;
  }

  // Call it after taking the job from a queue, before running or dropping it:
  // returns false if a thread that waits for it has run it meanwhile.
  bool Claim() noexcept { return way_.form != Form::kFuture || ClaimFuture(); }

  // Runs it to its end, once; the job may be gone when this returns.
  virtual void Run(Engine& engine) noexcept = 0;
  // Identifies it to hooks; not for pumps.
  virtual const Resource& resource() const noexcept = 0;
  // Returns the completion that its end completes; null if nothing can wait for
  // it.
  virtual const Completion* completes() const noexcept { return nullptr; }

 protected:
  explicit Job(Form form) noexcept : way_{form, QueuePosition::kQueued} {}
  ~Job() = default;

 private:
  virtual bool ClaimFuture() noexcept { return true; }

  struct Way {
    Form form;
    QueuePosition position;
  };

  Way way_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_JOB_H_
