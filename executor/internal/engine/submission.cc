// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine/submission.h"

#include <utility>

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

void SubmitOwned(Engine& engine, QueuedTask& task, QueuePosition position) {
  engine.Submit(task, position);
}

void Requeue(Engine& engine, QueuedTask& task) { engine.Requeue(task); }

void Announce(Engine& engine, QueuedTask& task) { engine.Announce(task); }

bool AcceptAnnounced(Engine& engine) { return engine.AcceptAnnounced(); }

void EnqueueAnnounced(Engine& engine, QueuedTask& task,
                      QueuePosition position) noexcept {
  static_cast<void>(engine.EnqueueAnnounced(task, position));
}

void Refuse(QueuedTask& task, std::exception_ptr why) noexcept {
  Engine::Refuse(task, std::move(why));
}

std::shared_ptr<Engine> ShareEngine(Engine& engine) noexcept {
  return engine.shared_from_this();
}

bool RunsOnWorkerOf(Engine& engine) noexcept {
  return thread_state.running != nullptr && engine.IsWorkedForHere();
}

void RunTaken(Engine& engine, QueuedTask& task) noexcept {
  engine.RunTaken(task);
}

void HandleUnhandled(Engine& engine, std::exception_ptr exception) noexcept {
  engine.HandleUnhandled(std::move(exception));
}

}  // namespace weft::executor_internal
