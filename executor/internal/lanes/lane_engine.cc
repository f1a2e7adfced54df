// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/lanes/lane_engine.h"

#include <utility>

#include "weft/executor/internal/engine/isolate.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

LaneEngine::LaneEngine(std::shared_ptr<LaneScheduler> scheduler,
                       std::size_t lane)
    : Engine(scheduler->base(),
             scheduler->is_serial() ? Concurrency::kOne : Concurrency::kOfBase),
      scheduler_(std::move(scheduler)),
      lane_(lane) {
  scheduler_->SetOwner(lane_, *this);
}

Engine::Accepted LaneEngine::Accept(QueuePosition) {
  CheckNotLeftBehind();
  return base().AcceptsHere() && Enter(CallerHere()) ? Accepted::kToQueue
                                                     : Accepted::kNo;
}

void LaneEngine::Push(QueuedTask& task, QueuePosition position) {
  const bool is_serial = scheduler_->is_serial();
  // A task that a serial task defers must not run while the serial one waits:
  // it goes to the lane too, and not to the thread that runs the task.
  if (is_serial) task.set_position(QueuePosition::kNext);
  scheduler_->Add(lane_, task,
                  is_serial && position == QueuePosition::kNext && IsInside()
                      ? LaneScheduler::Place::kAfterRunning
                      : LaneScheduler::Place::kLast);
}

void LaneEngine::QueueFork(Job& job) noexcept {
  if (scheduler_->is_serial()) job.set_position(QueuePosition::kNext);
  scheduler_->AddReserved(lane_, job);
}

std::size_t LaneEngine::DropQueued() noexcept {
  JobQueue dropped = scheduler_->TakeTasks(lane_);
  std::size_t count = 0;
  while (Job* const job = dropped.PopOldest()) {
    Taken();
    if (DropAccepted(AsTask(*job))) ++count;
  }
  return count;
}

void LaneEngine::RunTaken(QueuedTask& task) noexcept {
  // Its place in the queue is counted, and may be taken out meanwhile; the
  // waiter may be no task of this engine, so the run is counted as well.
  accepted().Add();
  {
    const WorkerScope uncached(thread_state.worker, nullptr);  // as in a pump
    Engine::RunTaken(task);
  }
  ReturnAdmissions(1);
}

bool LaneEngine::RunOwnQueued(const Completion& completion) noexcept {
  if (!IsWorkedForHere()) return false;
  Job* const job = scheduler_->TakeFor(lane_, completion);
  if (job == nullptr) return false;
  Taken();
  RunOrDrop(*job, [this](Job& taken) {
    const WorkerScope uncached(thread_state.worker, nullptr);  // as in a pump
    Isolate([&] { RunInWait(taken); });
  });
  return true;
}

void LaneEngine::Ended() noexcept {
  // Who waits for the task is told first: it need not wait for the base's next
  // one, and what goes on then is counted before the lane may pass for drained.
  FlushBatched();
  Engine::Ended();
}

bool LaneEngine::RunOldestHere() noexcept {
  Job* const job = scheduler_->TakeOldest(lane_);
  if (job == nullptr) return false;
  Taken();
  RunHere(*job);
  return true;
}

bool LaneEngine::HasElsewhere(const Completion& completion) noexcept {
  // `pending` is read first: the base has accepted the pumps of all that it
  // counts and that has been queued since. The other way round a queued task
  // could have ended, and stand for one that is not queued yet.
  const std::size_t pending = accepted().pending();
  return IsElsewhere(pending, scheduler_->queued(lane_), completion);
}

}  // namespace weft::executor_internal
