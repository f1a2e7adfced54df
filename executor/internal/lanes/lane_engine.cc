// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/lanes/lane_engine.h"

#include <exception>
#include <utility>

#include "weft/executor/errors.h"
#include "weft/executor/internal/engine/blocked_wait.h"
#include "weft/executor/internal/engine/isolate.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

bool TrySubmit(Engine& engine, TaskPtr task, bool may_wait,
               const TimePoint* deadline) {
  return static_cast<LaneEngine&>(engine).TrySubmit(std::move(task), may_wait,
                                                    deadline);
}

void CountExpired(Engine& engine) noexcept {
  static_cast<LaneEngine&>(engine).places().CountExpired();
  engine.CountExpired();
}

namespace {

// The places that submissions under way on this thread have taken.
constinit thread_local std::size_t places_taken_here = 0;

}  // namespace

LaneEngine::LaneEngine(std::shared_ptr<LaneScheduler> scheduler,
                       std::size_t lane)
    : Engine(scheduler->base(),
             scheduler->is_serial() ? Concurrency::kOne : Concurrency::kOfBase),
      scheduler_(std::move(scheduler)),
      lane_(lane) {
  scheduler_->SetOwner(lane_, *this);
}

LaneEngine::LaneEngine(std::shared_ptr<LaneScheduler> scheduler,
                       std::size_t lane, const BoundedOptions& options)
    : LaneEngine(std::move(scheduler), lane) {
  places_.emplace(options);
}

Engine::Accepted LaneEngine::AcceptInLane() {
  CheckNotLeftBehind();
  return base().AcceptsHere() && Enter(CallerHere()) ? Accepted::kToQueue
                                                     : Accepted::kNo;
}

Places::Answer LaneEngine::AskForPlace(WhenFull when_full,
                                       const TimePoint* deadline) {
  CheckNotLeftBehind();
  const Places::Answer answer = places_->Ask(when_full, deadline);
  return answer == Places::Answer::kFull ? WaitForPlace(deadline) : answer;
}

Engine::Accepted LaneEngine::Accept(QueuePosition position) {
  if (places_.has_value()) [[unlikely]]
    return AcceptWithPlace(position);
  return AcceptInLane();
}

Engine::Accepted LaneEngine::AcceptWithPlace(QueuePosition position) {
  // Deferred tasks and continuations complete what was accepted: they take a
  // place when they are pushed, and never wait for it.
  if (position == QueuePosition::kNext) return AcceptInLane();
  const Places::Answer answer =
      AskForPlace(places_->options().when_full, nullptr);
  if (answer == Places::Answer::kRejected) {
    CountRejected();
    throw RejectedError(places_->FullMessage());
  }
  return AcceptAnswered(answer);
}

Engine::Accepted LaneEngine::AcceptAnswered(Places::Answer answer) {
  if (AcceptInLane() == Accepted::kNo) {
    places_->CountRefused();
    if (answer == Places::Answer::kPlace) places_->Return();
    return Accepted::kNo;
  }
  return answer == Places::Answer::kRunHere ? Accepted::kToRunHere
                                            : Accepted::kToQueue;
}

Places::Answer LaneEngine::WaitForPlace(const TimePoint* deadline) {
  using Answer = Places::Answer;
  Answer answer = Answer::kFull;
  if (helper() != nullptr) {
    // No other thread runs tasks: this one runs those that have places.
    do {
      const bool nothing_waits = StackIsShort() || !RunOldestHere();
      answer = places_->AskAgain(nothing_waits, deadline);
    } while (answer == Answer::kFull);
    return answer;
  }
  // A hook of a submission that has a place already, and a thread on whose
  // stack a task lies before whose end none of these can run, would wait for
  // ever.
  if (places_taken_here > 0 || !MayWait()) return places_->TakeOver();
  FlushBatched();
  QueueDeferred();
  try {
    answer = places_->Sleep(*this, deadline);
    if (answer == Answer::kRefused) ThrowWaitRefused();
  } catch (...) {
    CountRejected();
    throw;
  }
  return answer;
}

void LaneEngine::Submit(QueuedTask& task, QueuePosition position) {
  TaskPtr owned(&task);
  if (places_.has_value()) [[unlikely]]
    return SubmitWithPlace(AcceptWithPlace(position), std::move(owned),
                           position);
  SubmitAccepted(AcceptInLane(), std::move(owned), position);
}

bool LaneEngine::TrySubmit(TaskPtr task, bool may_wait,
                           const TimePoint* deadline) {
  const Places::Answer answer = AskForPlace(
      may_wait ? places_->options().when_full : WhenFull::kReject, deadline);
  if (answer == Places::Answer::kRejected) {
    CountRejected();
    return false;
  }
  if (answer == Places::Answer::kExpired) {
    CountExpiredHold();
    return false;
  }
  SubmitWithPlace(AcceptAnswered(answer), std::move(task),
                  QueuePosition::kQueued);
  return true;
}

void LaneEngine::SubmitWithPlace(Accepted accepted, TaskPtr&& task,
                                 QueuePosition position) {
  // A hook for its init event may submit to this executor, and wait for that:
  // the place that this task has taken is not given back before.
  struct Scope {
    Scope() { ++places_taken_here; }
    ~Scope() { --places_taken_here; }
  };
  const Scope scope;
  SubmitAccepted(accepted, std::move(task), position);
}

bool LaneEngine::EnqueueAnnounced(QueuedTask& task,
                                  QueuePosition position) noexcept {
  if (!places_.has_value() || position == QueuePosition::kNext)
    return Engine::EnqueueAnnounced(task, position);
  // A refused task may own the last reference to the engine.
  const std::shared_ptr<Engine> self = shared_from_this();
  places_->Add();
  if (Engine::EnqueueAnnounced(task, position)) return true;
  places_->Return();
  return false;
}

void LaneEngine::TakeBack(QueuePosition position) noexcept {
  if (places_.has_value() && position != QueuePosition::kNext) {
    places_->CountRefused();
    places_->Return();
  }
  Engine::TakeBack(position);
}

void LaneEngine::PushInLane(QueuedTask& task, QueuePosition position) {
  const bool is_serial = scheduler_->is_serial();
  // A task that a serial task defers must not run while the serial one waits:
  // it goes to the lane too, and not to the thread that runs the task.
  if (is_serial) task.set_position(QueuePosition::kNext);
  scheduler_->Add(lane_, task,
                  is_serial && position == QueuePosition::kNext && IsInside()
                      ? LaneScheduler::Place::kAfterRunning
                      : LaneScheduler::Place::kLast);
}

void LaneEngine::Push(QueuedTask& task, QueuePosition position) {
  if (places_.has_value() && position == QueuePosition::kNext) [[unlikely]]
    return PushWithPlace(task, position);
  PushInLane(task, position);
}

void LaneEngine::PushWithPlace(QueuedTask& task, QueuePosition position) {
  places_->Add();
  try {
    PushInLane(task, position);
  } catch (...) {
    places_->Return();
    throw;
  }
}

void LaneEngine::QueueFork(Job& job) noexcept {
  if (places_.has_value()) places_->Add();
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

void LaneEngine::DropOwnQueued(const Completion& completion,
                               std::exception_ptr why) noexcept {
  while (Job* const job = scheduler_->TakeFor(lane_, completion)) {
    Taken();
    static_cast<void>(DropAccepted(AsTask(*job), why));
  }
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

QueuedTasks LaneEngine::CountQueued() const noexcept {
  return {.submitted = scheduler_->queued(lane_),
          .held = places_.has_value()
                      ? static_cast<std::size_t>(places_->counts().blocked)
                      : 0};
}

bool LaneEngine::HasElsewhere(const Completion& completion) noexcept {
  // `pending` is read first: the base has accepted the pumps of all that it
  // counts and that has been queued since. The other way round a queued task
  // could have ended, and stand for one that is not queued yet.
  const std::size_t pending = accepted().pending();
  return IsElsewhere(pending, scheduler_->queued(lane_), completion);
}

}  // namespace weft::executor_internal
