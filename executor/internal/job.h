// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What queues hold: a task on the heap (task.h), or a part of a fork on the
// stack of who forked it (forked_job.h).

#ifndef WEFT_EXECUTOR_INTERNAL_JOB_H_
#define WEFT_EXECUTOR_INTERNAL_JOB_H_

#include "weft/executor/internal/inbox.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

class Completion;
class Engine;
class Task;

class Job : public InboxNode<> {
 public:
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // Before it is run, or dropped, by who has taken it from a queue: false if it
  // has been run meanwhile by who waits for it, see Engine::RunIfQueued().
  virtual bool Claim() noexcept { return true; }
  // Runs it to its end, once; the job may be gone when this returns.
  virtual void Run(Engine& engine) noexcept = 0;
  // Who it is to hooks.
  virtual const Resource& resource() const noexcept = 0;
  // What waits for it; null if nothing can.
  virtual const Completion* completes() const noexcept { return nullptr; }
  // This, if it is a task, which may be dropped unrun and stands for itself; a
  // part of a fork may not: who forked it waits for it.
  virtual Task* task() noexcept { return nullptr; }

 protected:
  Job() = default;
  ~Job() = default;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_JOB_H_
