// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine/shutdown.h"

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/wait.h"

namespace weft::executor_internal {
namespace {

bool AwaitAll(Engine& engine, WaitKind kind,
              const base::WaitDeadline& deadline) {
  if (!engine.accepted().done()) engine.CheckNotLeftBehind();
  return Await(engine.accepted(), &engine, kind, deadline);
}

// True if there is nothing to shut down here, as the engine was made before a
// fork(). Throws std::logic_error if tasks of it had not ended.
bool EndedInParent(Engine& engine) {
  if (!engine.accepted().done()) engine.CheckNotLeftBehind();
  return engine.LeftBehind();
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
  const std::size_t dropped = engine.BeginShutdown(how);
  if (!engine.IsInside()) Finish(engine, {});
  return dropped;
}

ShutdownReport ShutdownUntil(Engine& engine,
                             std::chrono::steady_clock::time_point deadline) {
  if (EndedInParent(engine)) return {.finished = true};
  ShutdownReport report;
  if (!base::HasPassed(deadline)) {
    report.dropped = engine.BeginShutdown(OnShutdown::kDrain);
    if (engine.IsInside()) return report;
    report.finished = Finish(engine, deadline);
    if (report.finished) return report;
  }
  report.dropped += engine.BeginShutdown(OnShutdown::kStop);
  report.finished = engine.accepted().StopIfDone();
  return report;
}

}  // namespace weft::executor_internal
