// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of an executor over another one: its tasks wait in a lane of a
// scheduler, and run on the workers of the engine below, the base.
//
// A task is counted twice: here, as every engine counts its own, and as its
// pump by the base. So the base drains its lanes too, and a base that has been
// stopped drops what waits in them.

#ifndef WEFT_EXECUTOR_INTERNAL_LANES_LANE_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_LANES_LANE_ENGINE_H_

#include <chrono>
#include <cstddef>
#include <memory>

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/lanes/lane_scheduler.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/queued_task.h"

namespace weft::executor_internal {

// Thread-safe.
class LaneEngine : public Engine, private LaneScheduler::Owner {
 public:
  LaneEngine(std::shared_ptr<LaneScheduler> scheduler, std::size_t lane);
  ~LaneEngine() override = default;

  void RunTaken(QueuedTask& task) noexcept override;
  bool RunOwnQueued(const Completion& completion) noexcept override;
  bool IsWorkedForHere() const noexcept override {
    return !scheduler_->is_serial() && base().IsWorkedForHere();
  }

  Engine& lowest() noexcept override { return base().lowest(); }
  WaitCounts wait_counts() const noexcept override {
    return base().wait_counts();
  }
  bool HasElsewhere(const Completion& completion) noexcept override;
  bool MayWait() const noexcept override {
    return !(scheduler_->is_serial() && IsInside()) && base().MayWait();
  }
  Engine* outside_helper() noexcept override { return scheduler_->helper(); }
  bool runs_inline() const noexcept override { return base().runs_inline(); }
  int concurrency() const noexcept override {
    return scheduler_->is_serial() ? 1 : base().concurrency();
  }
  int worker() const noexcept override { return base().worker(); }
  std::chrono::steady_clock::time_point now() const noexcept override {
    return base().now();
  }
  PendingTimers* own_timers() noexcept override { return base().own_timers(); }
  WorkerId worker_id() const noexcept override { return base().worker_id(); }
  bool AcceptsHere() const noexcept override {
    return base().AcceptsHere() && Engine::AcceptsHere();
  }

  bool IsStopped() const noexcept override {
    return base().IsStopped() || Engine::IsStopped();
  }

  void QueueFork(Job& job) noexcept override;

 protected:
  LaneScheduler& scheduler() const noexcept { return *scheduler_; }
  Engine& base() const noexcept { return scheduler_->base(); }
  // Runs the oldest job of the lane on the calling thread; returns false if
  // there is none.
  bool RunOldestHere() noexcept;

  Accepted Accept(QueuePosition position) override;
  void Push(QueuedTask& task, QueuePosition position) override;
  void RunHere(Job& job) noexcept override;

 private:
  Engine& engine() noexcept override { return *this; }
  void Taken() noexcept override {}
  void Drop(QueuedTask& task) noexcept override {
    static_cast<void>(DropAccepted(task));
  }
  void Reserve() override { scheduler_->Reserve(); }
  void Unreserve() noexcept override { scheduler_->Unreserve(); }
  std::size_t DropQueued() noexcept override;
  // A pump's last access is to the scheduler, which it keeps.
  void WaitUntilLeft() noexcept override {}
  bool MayBeAbandoned() const noexcept override { return true; }

  const std::shared_ptr<LaneScheduler> scheduler_;
  const std::size_t lane_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_LANES_LANE_ENGINE_H_
