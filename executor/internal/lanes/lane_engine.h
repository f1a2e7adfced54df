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
  bool HasElsewhere(const Completion& completion) noexcept override;
  void QueueFork(Job& job) noexcept override;

 protected:
  LaneScheduler& scheduler() const noexcept { return *scheduler_; }
  Engine& base() const noexcept { return scheduler_->base(); }
  // Runs the oldest job of the lane on the calling thread; returns false if
  // there is none.
  bool RunOldestHere() noexcept;

  Accepted Accept(QueuePosition position) override;
  void Push(QueuedTask& task, QueuePosition position) override;
  void Ended() noexcept override;

 private:
  void Taken() noexcept override {}
  void RunJob(Job& job) noexcept override {
    RunOrDrop(job, [this](Job& taken) { Run(taken); });
  }
  void Reserve() override { scheduler_->Reserve(); }
  void Unreserve() noexcept override { scheduler_->Unreserve(); }
  std::size_t DropQueued() noexcept override;
  // A pump's last access is to the scheduler, which it keeps.
  void WaitUntilLeft() noexcept override {}

  const std::shared_ptr<LaneScheduler> scheduler_;
  const std::size_t lane_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_LANES_LANE_ENGINE_H_
