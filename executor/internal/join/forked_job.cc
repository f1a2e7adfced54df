// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/join/forked_job.h"

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/engine/wait.h"

namespace weft::executor_internal {

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

bool AcceptPart(Engine& engine) noexcept {
  if (engine.forks() != Engine::Forks::kInQueue) return false;
  try {
    AcceptFork(engine.lowest());
    return true;
  } catch (...) {
    // It has been stopped.
    return false;
  }
}

void QueuePart(Engine& engine, Job& part) noexcept {
  Engine& lowest = engine.lowest();
  QueueFork(lowest, part);
  if (lowest.helper() != nullptr) lowest.helper()->Yield();
}

void AwaitPart(Engine& engine, Completion& done) noexcept {
  AwaitFork(engine.lowest(), done);
}

bool ReclaimBelow(Worker& worker, Job* newest, const Job& part,
                  Completion& done) noexcept {
  if (part.position() == QueuePosition::kNowhere) {
    // What was reclaimed in its place was queued here, so there is room for it.
    if (newest != nullptr) static_cast<void>(worker.Fork(*newest));
    return true;
  }
  while (newest != &part) {
    if (newest == nullptr) {
      worker.JoinStolen(done);
      return false;
    }
    // A group's task, put there meanwhile; the join does not wait for it.
    worker.SetAside(AsTask(*newest));
    newest = worker.Reclaim();
  }
  return true;
}

void EmitPartBegin(Worker& worker, const Job& part,
                   ForkOrigin& origin) noexcept {
  EmitStart(
      part, 0, [&worker] { return worker.id(); }, ForkBits(HookEvent::kStart));
  EmitForkBegin(origin.resource());
}

}  // namespace weft::executor_internal
