// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of `SimulatedExecutor`: its workers are stacks of a simulation.

#ifndef WEFT_EXECUTOR_INTERNAL_SIMULATION_SIMULATED_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_SIMULATION_SIMULATED_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "weft/base/sync/wait_deadline.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/engine_threads.h"
#include "weft/executor/internal/engine/wait.h"
#include "weft/executor/internal/simulation/simulation.h"
#include "weft/executor/internal/simulation/strategy.h"
#include "weft/executor/simulation/simulation_options.h"

namespace weft::executor_internal {

// Owner-only: calls from other threads than the simulation's throw
// std::logic_error.
class SimulatedEngine final : public Engine,
                              private EngineThreads,
                              private WaitHelper,
                              private SimulatedJobs {
 public:
  // Of the jobs that are queued, any of the oldest so many may begin.
  static constexpr std::size_t kMostStartable = 32;

  // Makes the first one of a new simulation. Throws std::invalid_argument for
  // an option out of its range, and as Simulation's constructor.
  enum class Traced { kNo, kYes };
  static std::shared_ptr<SimulatedEngine> Make(
      const SimulationOptions& options, std::shared_ptr<Strategy> strategy,
      Traced traced);
  // Makes another one in the same simulation.
  std::shared_ptr<SimulatedEngine> MakeOther(int workers) const;

  SimulatedEngine(std::shared_ptr<Simulation> simulation,
                  const ExecutorOptions& options);
  ~SimulatedEngine() override;

  const std::shared_ptr<Simulation>& simulation() const noexcept {
    return simulation_;
  }

  // Throws std::logic_error on another thread than the simulation's.
  void CheckThread() const;

  void QueueFork(Job& job) noexcept override;
  QueuedTasks CountQueued() const noexcept override {
    return {.submitted = first_.size() + queue_.size()};
  }

 private:
  struct Queued {
    Job* job;
    std::uint64_t number;
  };

  // Engine.
  void Reserve() override { CheckThread(); }
  Accepted Accept(QueuePosition position) override;
  void Push(QueuedTask& task, QueuePosition position) override;
  std::size_t DropQueued() noexcept override;
  void WaitUntilLeft() noexcept override { simulation_->Leave(*this); }

  // EngineThreads.
  int worker() const noexcept override { return simulation_->WorkerOf(*this); }
  int concurrency() const noexcept override { return workers_; }
  bool CanGoOn() const noexcept override { return true; }
  void Reconsider() noexcept override {}
  ThreadStats stats() const noexcept override;
  [[noreturn]] void ThrowWaitLimit() const override;

  // WaitHelper.
  bool HelpUntil(Completion& completion, Engine& awaited, WaitKind kind,
                 const base::WaitDeadline& deadline) override;
  void WakeHelpers() noexcept override {}
  void Yield() noexcept override { simulation_->Yield(); }

  // SimulatedJobs.
  std::size_t startable() const noexcept override;
  std::uint64_t number(std::size_t index) const noexcept override;
  Started Begin(std::size_t index) override;
  void RunJob(Job& job) noexcept override;
  void JobEnded(int worker) noexcept override;
  void JobBlocked() noexcept override { --active_; }
  void JobGoesOn() noexcept override { ++active_; }
  void Stop() noexcept override;

  const std::shared_ptr<Simulation> simulation_;
  const int workers_;
  int active_ = 0;             // jobs that run, or could go on
  std::vector<bool> is_busy_;  // the workers, those whose jobs wait too
  // Tasks that were deferred where no task was running come before the others.
  std::deque<Queued> first_;
  std::deque<Queued> queue_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_SIMULATION_SIMULATED_ENGINE_H_
