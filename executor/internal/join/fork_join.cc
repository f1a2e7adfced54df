// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/join/fork_join.h"

#include <stdexcept>
#include <string>

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/engine/wait.h"

namespace weft::executor_internal {

Engine& EngineHere(const char* function) {
  if (thread_state.running == nullptr) {
    throw std::logic_error(
        std::string(function) +
        ": called outside of an executor's tasks, so there is no executor to "
        "work for it; give one as the first argument");
  }
  return thread_state.running->engine;
}

Worker* WorkerHere(Engine& engine) noexcept {
  Worker* const worker = thread_state.worker;
  if (worker == nullptr || &worker->set().delegate() == &engine) return worker;
  // A lane's task (lane_scheduler.h) runs on a worker of the engine below, and
  // forks there.
  const RunningJob* const running = thread_state.running;
  return running != nullptr && &running->engine == &engine ? worker : nullptr;
}

bool RunsInline(Engine& engine) noexcept { return engine.runs_inline(); }

WorkerId WorkerIdHere(Engine& engine) noexcept { return engine.worker_id(); }

void AcceptFork(Engine& engine) {
  engine.CheckWait();
  // The forked parts lie on this stack: once queued, the wait must not fail.
  const WaitHost* const host = thread_state.host;
  if (host != nullptr && &host->threads() == &engine.threads() &&
      !host->MayWaitForEver()) {
    ThrowWaitRefused();
  }
  engine.AcceptFork();
}

void QueueFork(Engine& engine, Job& job) noexcept { engine.QueueFork(job); }

void AwaitFork(Engine& engine, Completion& done) {
  Await(done, &engine, WaitKind::kFork);
  engine.ReturnAdmissions(1);
}

InlineRun::InlineRun(Engine& engine)
    : self_{engine, nullptr, nullptr, thread_state.running},
      is_outermost_(!engine.IsInside()) {
  if (!is_outermost_) return;
  engine.AcceptInline();
  thread_state.running = &self_;
}

InlineRun::~InlineRun() {
  if (!is_outermost_) return;
  thread_state.running = self_.outer;
  self_.engine.ReturnAdmissions(1);
}

}  // namespace weft::executor_internal
