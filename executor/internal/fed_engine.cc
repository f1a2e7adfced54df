// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/fed_engine.h"

#include <exception>
#include <utility>

#include "weft/executor/executor_options.h"
#include "weft/executor/internal/isolate.h"
#include "weft/executor/internal/thread_state.h"

namespace weft::executor_internal {
namespace {

// Exceptions that nobody handles go where the base's go.
ExecutorOptions OptionsOver(Engine& base) {
  return {.concurrency = 1,
          .on_unhandled_exception = [&base](std::exception_ptr exception) {
            base.HandleUnhandled(std::move(exception));
          }};
}

}  // namespace

FedEngine::FedEngine(std::shared_ptr<Feeder> feeder, std::size_t lane)
    : Engine(OptionsOver(feeder->base())),
      feeder_(std::move(feeder)),
      lane_(lane) {
  feeder_->SetOwner(lane_, *this);
}

Engine::Accepted FedEngine::Accept(Turn) {
  CheckNotLeftBehind();
  return base().AcceptsHere() && Enter(CallerHere()) ? Accepted::kToQueue
                                                     : Accepted::kNo;
}

void FedEngine::Push(Task& task, Turn turn) {
  const bool is_serial = feeder_->is_serial();
  // What a serial task defers must not run while that waits: it goes to the
  // lane too, and not to who runs the task.
  if (is_serial) task.set_turn(Turn::kNext);
  feeder_->Add(lane_, task,
               is_serial && turn == Turn::kNext && IsInside()
                   ? Feeder::Place::kAfterRunning
                   : Feeder::Place::kLast);
}

void FedEngine::QueueFork(Job& job) noexcept {
  if (feeder_->is_serial()) job.set_turn(Turn::kNext);
  feeder_->AddReserved(lane_, job);
}

std::size_t FedEngine::DropQueued() noexcept {
  JobQueue dropped = feeder_->TakeTasks(lane_);
  std::size_t count = 0;
  while (Job* const job = dropped.PopOldest()) {
    Taken();
    if (DropAccepted(AsTask(*job))) ++count;
  }
  return count;
}

void FedEngine::RunTaken(Task& task) noexcept {
  // Its place in the queue is counted, and may be taken out meanwhile; who
  // waits may be no task of this engine, so the run is counted besides.
  accepted().Add();
  {
    const WorkerScope uncached(thread_state.worker, nullptr);  // as of a pump
    Engine::RunTaken(task);
  }
  ReturnAdmissions(1);
}

bool FedEngine::RunOwnQueued(const Completion& completion) noexcept {
  if (!IsWorkedForHere()) return false;
  Job* const job = feeder_->TakeFor(lane_, completion);
  if (job == nullptr) return false;
  Taken();
  if (base().IsStopped() && job->is_task()) {
    Drop(AsTask(*job));
  } else {
    const WorkerScope uncached(thread_state.worker, nullptr);  // as of a pump
    Isolate([&] { RunInWait(*job, job->completes()); });
  }
  FlushBatched();
  return true;
}

void FedEngine::RunHere(Job& job) noexcept {
  // The thread may be no worker of the base.
  const bool is_worker = !runs_inline() && worker() >= 0;
  const WorkerScope scope(is_worker ? thread_state.worker : nullptr, nullptr);
  Isolate([&] { feeder_->RunJob(*this, job); });
}

bool FedEngine::RunOldestHere() noexcept {
  Job* const job = feeder_->TakeOldest(lane_);
  if (job == nullptr) return false;
  Taken();
  RunHere(*job);
  return true;
}

bool FedEngine::HasElsewhere(const Completion& completion) noexcept {
  // Read first: what it counts and is queued since has had its pump accepted
  // by the base. The other way round one that was queued could have ended, and
  // stand for one that is not queued yet.
  const std::size_t pending = accepted().pending();
  return IsElsewhere(pending, feeder_->queued(lane_), completion);
}

}  // namespace weft::executor_internal
