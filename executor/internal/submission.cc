// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/submission.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "weft/executor/errors.h"
#include "weft/executor/internal/engine.h"
#include "weft/executor/internal/stack_limit.h"
#include "weft/executor/internal/thread_state.h"
#include "weft/executor/internal/worker.h"

namespace weft::executor_internal {

void Submit(Engine& engine, TaskPtr&& task, Turn turn) {
  engine.Submit(std::move(task), turn);
}

void Requeue(Engine& engine, Task& task) { engine.Requeue(task); }

void Announce(Engine& engine, Task& task) { engine.Announce(task); }

bool AcceptAnnounced(Engine& engine) { return engine.AcceptAnnounced(); }

void EnqueueAnnounced(Engine& engine, Task& task, Turn turn) noexcept {
  static_cast<void>(engine.EnqueueAnnounced(task, turn));
}

void Refuse(Task& task, std::exception_ptr why) noexcept {
  Engine::Refuse(task, std::move(why));
}

std::shared_ptr<Engine> ShareEngine(Engine& engine) noexcept {
  return engine.shared_from_this();
}

bool RunsOnWorkerOf(Engine& engine) noexcept {
  return thread_state.running != nullptr && engine.IsWorkedForHere();
}

void RunTaken(Engine& engine, Task& task) noexcept { engine.RunTaken(task); }

void FinishBatched(Completion& completion) noexcept {
  Worker* const worker = thread_state.worker;
  worker != nullptr ? worker->FinishLater(completion) : completion.Finish();
}

void FlushBatched() noexcept {
  if (Worker* const worker = thread_state.worker) worker->FlushFinished();
}

void ThrowStackLimit(const char* function) {
  throw StackLimitError(
      std::string(function) +
      ": tasks are nested too deep on this thread: of its stack less than " +
      std::to_string((thread_state.stack.limit - thread_state.stack.end) /
                     1024) +
      " KiB is left; split the work in halves, or queue it, instead of "
      "nesting");
}

void HandleUnhandled(Engine& engine, std::exception_ptr exception) noexcept {
  engine.HandleUnhandled(std::move(exception));
}

void ThrowNoResult(const char* function) {
  throw std::logic_error(
      std::string("Future::") + function +
      ": the future has no result: it was taken by Get(), moved from, or never "
      "came from an executor");
}

void ThrowNotSettleable(const char* function) {
  throw std::logic_error(
      std::string("Promise::") + function +
      ": called twice, or on a promise that is settled or moved from");
}

void ThrowNoInput(const char* function, std::size_t index) {
  throw std::invalid_argument(
      std::string(function) + ": futures[" + std::to_string(index) +
      "] has no result: it was taken by Get(), moved from, or never came from "
      "an executor");
}

void ThrowNoInputs(const char* function, const char* remedy) {
  throw std::invalid_argument(std::string(function) + ": futures is empty; " +
                              remedy);
}

void ThrowEmptyTask(const char* function) {
  throw std::invalid_argument(
      std::string(function) +
      ": task is empty: it was awaited, spawned or moved from before; a "
      "coroutine runs once, call it again for another");
}

void ThrowNullException() {
  throw std::invalid_argument(
      "Promise::SetException: exception is null; it must hold an exception");
}

std::exception_ptr BrokenError(AsyncId async_id) noexcept try {
  return std::make_exception_ptr(BrokenPromiseError(
      "Promise or Task: destroyed before it was settled; its async id was " +
      std::to_string(async_id)));
} catch (...) {
  return std::current_exception();
}

std::exception_ptr DroppedError() noexcept try {
  return std::make_exception_ptr(ShutdownError(
      "Executor: the task was dropped by Shutdown(OnShutdown::kStop) before it "
      "ran"));
} catch (...) {
  return std::current_exception();
}

}  // namespace weft::executor_internal
