// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine/shutdown.h"

#include <thread>
#include <utility>

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/left_behind.h"
#include "weft/executor/internal/engine/submission_errors.h"
#include "weft/executor/internal/engine/wait.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {
namespace {

bool AwaitAll(Engine& engine, WaitKind kind,
              const base::WaitDeadline& deadline) {
  CheckWait(engine, engine.accepted());
  return Await(engine.accepted(), &engine, kind, deadline);
}

// True if there is nothing to shut down here, as the engine was made before a
// fork(). Throws std::logic_error if tasks of it had not ended.
bool EndedInParent(Engine& engine) {
  if (!engine.accepted().done()) engine.CheckNotLeftBehind();
  return engine.LeftBehind();
}

// Does the first part of a shutdown (executor/shutdown.h), which does not wait;
// may be called again. Returns how many queued tasks were dropped.
std::size_t BeginShutdown(Engine& engine, OnShutdown how) {
  engine.accepted().CloseForDraining();
  // Timers that are due have been accepted; no other will be, and none is
  // added.
  TaskQueue pending = engine.timers().TakeAllOf(engine);
  if (how == OnShutdown::kStop) engine.accepted().Stop();
  std::size_t dropped = 0;
  while (QueuedTask* const timer = pending.PopOldest()) {
    if (timer->is_announced()) ++dropped;
    Engine::Refuse(*timer, DroppedError());
  }
  if (how == OnShutdown::kStop) dropped += engine.DropQueued();
  // Waiters for what was dropped wait for nothing else.
  FlushBatched();
  return dropped;
}

void EndAbandoned(std::shared_ptr<Engine> self) noexcept {
  const auto end = [self] {
    self->Close();
    static_cast<void>(self->accepted().Finish(1));
  };
  if (!self->HasThreads()) return end();
  // The threads have to leave the engine, and this is one of them.
  try {
    std::thread(end).detach();
  } catch (...) {
    KeepForEver(std::move(self));
  }
}

// Waits until all tasks have ended; false if `deadline` has passed first.
bool Finish(Engine& engine, const base::WaitDeadline& deadline) {
  do {
    if (!AwaitAll(engine, WaitKind::kShutdown, deadline)) return false;
    // A promise may be settled until it stops, and its continuation accepted.
  } while (!engine.accepted().StopIfDone());
  return true;
}

}  // namespace

bool Drain(Engine& engine, const base::WaitDeadline& deadline) {
  return AwaitAll(engine, WaitKind::kResult, deadline);
}

std::size_t Shutdown(Engine& engine, OnShutdown how) {
  if (EndedInParent(engine)) return 0;
  const std::size_t dropped = BeginShutdown(engine, how);
  if (engine.MayAwaitAll()) Finish(engine, {});
  return dropped;
}

ShutdownReport ShutdownUntil(Engine& engine,
                             std::chrono::steady_clock::time_point deadline) {
  if (EndedInParent(engine)) return {.finished = true};
  ShutdownReport report;
  if (!base::HasPassed(deadline)) {
    report.dropped = BeginShutdown(engine, OnShutdown::kDrain);
    if (!engine.MayAwaitAll()) return report;
    report.finished = Finish(engine, deadline);
    if (report.finished) return report;
  }
  report.dropped += BeginShutdown(engine, OnShutdown::kStop);
  report.finished = engine.accepted().StopIfDone();
  return report;
}

bool Abandon(std::shared_ptr<Engine>& engine) noexcept {
  if (!engine->MayBeAbandoned()) return false;
  // Timers go, as at any shutdown.
  static_cast<void>(BeginShutdown(*engine, OnShutdown::kDrain));
  Engine& self = *engine;
  self.Abandon(std::move(engine), &EndAbandoned);
  return true;
}

}  // namespace weft::executor_internal
