// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/join/fork_join.h"

#include <stdexcept>
#include <string>

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/submission.h"

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
  if (worker == nullptr || worker->set().delegate().IsOf(engine)) return worker;
  // A lane's task (lane_scheduler.h) runs on a worker of the engine below, and
  // forks there.
  const RunningJob* const running = thread_state.running;
  return running != nullptr && &running->engine == &engine ? worker : nullptr;
}

bool ForksWithoutWorker(Engine& engine) noexcept {
  return RunsInline(engine) ||
         (engine.forks() == Engine::Forks::kInQueue && engine.IsInside());
}

bool RunsInline(Engine& engine) noexcept {
  return engine.forks() == Engine::Forks::kInline;
}

WorkerId WorkerIdHere(Engine& engine) noexcept { return engine.worker_id(); }

InlineRun::InlineRun(Engine& engine)
    : self_{engine, engine.id(), nullptr, nullptr, thread_state.running},
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
