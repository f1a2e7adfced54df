// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of an executor over another one's: its tasks wait in a lane of a
// feeder, and run on the workers of the engine below, the base.
//
// A task is counted twice: here, as every engine counts its own, and as its
// pump by the base. So the base drains its lanes too, and a base that has been
// stopped drops what waits in them.

#ifndef WEFT_EXECUTOR_INTERNAL_FED_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_FED_ENGINE_H_

#include <chrono>
#include <cstddef>
#include <memory>

#include "weft/executor/internal/engine.h"
#include "weft/executor/internal/feeder.h"
#include "weft/executor/internal/job.h"
#include "weft/executor/internal/task.h"

namespace weft::executor_internal {

// Thread-safe.
class FedEngine : public Engine, private Feeder::Owner {
 public:
  FedEngine(std::shared_ptr<Feeder> feeder, std::size_t lane);
  ~FedEngine() override = default;

  void RunTaken(Task& task) noexcept override;
  bool RunOwnQueued(const Completion& completion) noexcept override;
  bool IsWorkedForHere() const noexcept override {
    return !feeder_->is_serial() && base().IsWorkedForHere();
  }

  Engine& lowest() noexcept override { return base().lowest(); }
  WaitCounts wait_counts() const noexcept override {
    return base().wait_counts();
  }
  bool HasElsewhere(const Completion& completion) noexcept override;
  bool MayWait() const noexcept override {
    return !(feeder_->is_serial() && IsInside()) && base().MayWait();
  }
  Engine* outside_helper() noexcept override { return feeder_->helper(); }
  bool runs_inline() const noexcept override { return base().runs_inline(); }
  int concurrency() const noexcept override {
    return feeder_->is_serial() ? 1 : base().concurrency();
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
  Feeder& feeder() const noexcept { return *feeder_; }
  Engine& base() const noexcept { return feeder_->base(); }
  // Runs the oldest job of the lane on the calling thread; false if there is
  // none.
  bool RunOldestHere() noexcept;

  Accepted Accept(Turn turn) override;
  void Push(Task& task, Turn turn) override;
  void RunHere(Job& job) noexcept override;

 private:
  Engine& engine() noexcept override { return *this; }
  void Taken() noexcept override {}
  void Drop(Task& task) noexcept override {
    static_cast<void>(DropAccepted(task));
  }
  void Reserve() override { feeder_->Reserve(); }
  void Unreserve() noexcept override { feeder_->Unreserve(); }
  std::size_t DropQueued() noexcept override;
  // Pumps touch the feeder last, which they keep.
  void WaitUntilLeft() noexcept override {}
  bool MayBeAbandoned() const noexcept override { return true; }

  const std::shared_ptr<Feeder> feeder_;
  const std::size_t lane_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FED_ENGINE_H_
