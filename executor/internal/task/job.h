// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What queues hold: a task on the heap (task.h), a part of a fork on the stack
// of who forked it (forked_job.h), or a pump, which runs another engine's tasks
// (lane_scheduler.h).

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_JOB_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_JOB_H_

#include <cstdint>

#include "weft/executor/internal/task/inbox.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

class Completion;
class Engine;

// Where a task's turn is.
enum class QueuePosition : std::uint8_t {
  kQueued,  // after those that are queued already
  kNext,    // right after the running task, on its worker
  kForked,  // whoever submits it is about to wait for it: on its worker the
            // newest such is the next
};

class Job : public InboxNode<> {
 public:
  enum class Form : std::uint8_t {
    kPart,    // of a fork: who forked it waits for it, so it may not be dropped
    kTask,    // stands for itself
    kFuture,  // a task that who waits for it may run out of its turn
    kPump,    // runs what another engine has: no task to hooks; not dropped
  };

  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  bool is_task() const noexcept {
    return form_ == Form::kTask || form_ == Form::kFuture;
  }
  bool is_pump() const noexcept { return form_ == Form::kPump; }
  // Does its end end what its engine has accepted? Who forked a part counts it.
  bool is_counted() const noexcept { return form_ != Form::kPart; }

  // kNext: it was deferred where no task was running, and waits, with others
  // such, in its engine; what it defers goes to the end of those.
  QueuePosition position() const noexcept { return position_; }
  void set_position(QueuePosition position) noexcept { position_ = position; }

  // To be asked, by who has taken it from a queue, before it is run or dropped:
  // false if who waits for it has run it meanwhile.
  bool Claim() noexcept { return form_ != Form::kFuture || ClaimFuture(); }

  // Runs it to its end, once; the job may be gone when this returns.
  virtual void Run(Engine& engine) noexcept = 0;
  // Who it is to hooks; not for pumps.
  virtual const Resource& resource() const noexcept = 0;
  // What waits for it; null if nothing can.
  virtual const Completion* completes() const noexcept { return nullptr; }

 protected:
  explicit Job(Form form) noexcept : form_(form) {}
  ~Job() = default;

 private:
  virtual bool ClaimFuture() noexcept { return true; }

  const Form form_;
  QueuePosition position_ = QueuePosition::kQueued;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_JOB_H_
