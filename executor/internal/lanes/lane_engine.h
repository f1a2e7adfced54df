// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of an executor over another one: its tasks wait in a lane of a
// scheduler, and run on the workers of the engine below, the base.
//
// Its parts:
//   LaneScheduler  has the lane, and says whose turn it is
//   Places         limits how many tasks wait there; only a `BoundedExecutor`'s
//                  engine has them
//
// A task is counted twice: here, as every engine counts its own, and as its
// pump by the base. So the base drains its lanes too, and a base that has been
// stopped drops what waits in them.

#ifndef WEFT_EXECUTOR_INTERNAL_LANES_LANE_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_LANES_LANE_ENGINE_H_

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>

#include "weft/executor/bounded_options.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/lanes/expiring_task.h"
#include "weft/executor/internal/lanes/lane_scheduler.h"
#include "weft/executor/internal/lanes/places.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/queued_task.h"

namespace weft::executor_internal {

// Thread-safe.
class LaneEngine final : public Engine, private LaneScheduler::Owner {
 public:
  LaneEngine(std::shared_ptr<LaneScheduler> scheduler, std::size_t lane);
  // Makes one with a limited number of places. Throws std::invalid_argument for
  // an option out of its range.
  LaneEngine(std::shared_ptr<LaneScheduler> scheduler, std::size_t lane,
             const BoundedOptions& options);

  void Submit(QueuedTask& task, QueuePosition position) override;
  // See expiring_task.h. Only where there are places.
  bool TrySubmit(TaskPtr task, bool may_wait, const TimePoint* deadline);
  // A task that was announced before, such as a timer, is not counted as
  // submitted, but takes a place and waits as others do.
  bool EnqueueAnnounced(QueuedTask& task,
                        QueuePosition position) noexcept override;

  void RunTaken(QueuedTask& task) noexcept override;
  bool RunOwnQueued(const Completion& completion) noexcept override;
  void DropOwnQueued(const Completion& completion,
                     std::exception_ptr why) noexcept override;
  bool HasElsewhere(const Completion& completion) noexcept override;
  void QueueFork(Job& job) noexcept override;
  QueuedTasks CountQueued() const noexcept override;

  // Returns its places. Only where there are some.
  Places& places() noexcept { return *places_; }

 private:
  Engine& base() const noexcept { return scheduler_->base(); }

  Accepted Accept(QueuePosition position) override;
  void TakeBack(QueuePosition position) noexcept override;
  void Push(QueuedTask& task, QueuePosition position) override;
  void Ended() noexcept override;
  void Taken() noexcept override {
    if (places_.has_value()) places_->Return();
  }
  void RunJob(Job& job) noexcept override {
    RunOrDrop(job, [this](Job& taken) { Run(taken); });
  }
  void Reserve() override { scheduler_->Reserve(); }
  void Unreserve() noexcept override { scheduler_->Unreserve(); }
  std::size_t DropQueued() noexcept override;
  // A pump's last access is to the scheduler, which it keeps.
  void WaitUntilLeft() noexcept override {}

  // Accept() and Push() where places do not matter: inlined, so that a lane
  // without places pays for one question each.
  [[gnu::always_inline]] inline Accepted AcceptInLane();
  [[gnu::always_inline]] inline void PushInLane(QueuedTask& task,
                                                QueuePosition position);
  // The same where they do.
  [[gnu::noinline]] Accepted AcceptWithPlace(QueuePosition position);
  [[gnu::noinline]] void PushWithPlace(QueuedTask& task,
                                       QueuePosition position);

  // Offers a task to the places, and waits as the answer asks. Never answers
  // kFull or kRefused.
  [[gnu::always_inline]] inline Places::Answer AskForPlace(
      WhenFull when_full, const TimePoint* deadline);
  // The part of it after the answer kFull.
  [[gnu::noinline]] Places::Answer WaitForPlace(const TimePoint* deadline);
  // Does the rest of Accept(), with that answer.
  Accepted AcceptAnswered(Places::Answer answer);
  // Does SubmitAccepted() while the task's place counts as taken here.
  [[gnu::noinline]] void SubmitWithPlace(Accepted accepted, TaskPtr&& task,
                                         QueuePosition position);
  // Runs the oldest job of the lane on the calling thread; returns false if
  // there is none.
  bool RunOldestHere() noexcept;

  const std::shared_ptr<LaneScheduler> scheduler_;
  const std::size_t lane_;
  std::optional<Places> places_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_LANES_LANE_ENGINE_H_
