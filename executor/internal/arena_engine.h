// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of `Executor`: a crew of workers on oneTBB's threads.
//
// oneTBB owns the threads: a worker gets one as a task, a pump, in a
// tbb::task_arena, when there is work for it; it keeps the thread while there
// is, and for a while longer (ExecutorOptions::linger), as waking a sleeping
// thread is cheaper than having oneTBB wake one; then the pump ends, and the
// thread goes back to oneTBB, whose own algorithms may use it.

#ifndef WEFT_EXECUTOR_INTERNAL_ARENA_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_ARENA_ENGINE_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "tbb/task_arena.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/internal/crew.h"
#include "weft/executor/internal/engine.h"
#include "weft/executor/internal/thread_budget.h"

namespace weft::executor_internal {

// Thread-safe.
class ArenaEngine final : public Engine, private Crew::Recruiter {
 public:
  // Throws std::invalid_argument for an option out of its range.
  explicit ArenaEngine(const ExecutorOptions& options);

  void Submit(TaskPtr&& task, Turn turn) override;
  void HelpUntil(Completion& completion, Engine* awaited, WaitHelps helps,
                 WaitKind kind, const WaitDeadline& deadline) override;
  Engine* outside_helper() noexcept override { return nullptr; }
  int worker() const noexcept override;
  bool runs_inline() const noexcept override { return false; }
  int concurrency() const noexcept override { return threads_->available(); }

  void QueueFork(Job& job) noexcept override;

 private:
  // Its worker that the calling thread stands for, null if none.
  Worker* Here() const noexcept;
  // Accept() and Push() by that worker, and Accept() by any other thread.
  Accepted AcceptHere(Worker& here) noexcept;
  Accepted AcceptOutside();
  static void PushHere(Worker& here, Task& task, Turn turn) noexcept;

  void Reserve() override;
  Accepted Accept(Turn turn) override;
  void Ended() noexcept override;
  void Push(Task& task, Turn turn) override;
  std::size_t DropQueued() noexcept override;
  void WaitUntilLeft() noexcept override;

  bool Recruit(int worker) noexcept override;
  void Pump(int worker) noexcept;

  const std::string thread_name_;
  const std::chrono::nanoseconds linger_;
  std::optional<ThreadShare> threads_;  // until the last pump has left
  tbb::task_arena arena_;
  Crew crew_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ARENA_ENGINE_H_
