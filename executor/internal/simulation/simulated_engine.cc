// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/simulation/simulated_engine.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "weft/base/check.h"
#include "weft/executor/internal/engine/submission_errors.h"
#include "weft/executor/internal/task/task_queue.h"

namespace weft::executor_internal {
namespace {

const char* NameOf(WaitKind kind) noexcept {
  switch (kind) {
    case WaitKind::kResult:
      return "a task, or for all tasks of an executor";
    case WaitKind::kPromise:
      return "a promise";
    case WaitKind::kGroup:
    case WaitKind::kGroupEnd:
      return "the tasks of a group";
    case WaitKind::kFork:
      return "a part of a fork";
    case WaitKind::kShutdown:
      return "the end of an executor";
  }
  return "";
}

}  // namespace

std::shared_ptr<SimulatedEngine> SimulatedEngine::Make(
    const SimulationOptions& options, std::shared_ptr<Strategy> strategy,
    Traced traced) {
  options.Validate();
  return std::make_shared<SimulatedEngine>(
      std::make_shared<Simulation>(
          std::move(strategy),
          Simulation::Options{options.max_steps, traced == Traced::kYes}),
      ExecutorOptions{
          .concurrency = options.workers,
          .on_unhandled_exception = options.on_unhandled_exception});
}

std::shared_ptr<SimulatedEngine> SimulatedEngine::MakeOther(int workers) const {
  CheckThread();
  return std::make_shared<SimulatedEngine>(
      simulation_, ExecutorOptions{.concurrency = workers});
}

SimulatedEngine::SimulatedEngine(std::shared_ptr<Simulation> simulation,
                                 const ExecutorOptions& options)
    : Engine(options, *this, Forks::kInQueue, this, &simulation->timers()),
      simulation_(std::move(simulation)),
      workers_(options.concurrency) {
  simulation_->Enter(*this);
}

SimulatedEngine::~SimulatedEngine() = default;

void SimulatedEngine::CheckThread() const {
  if (simulation_->IsHere()) return;
  throw std::logic_error(
      "SimulatedExecutor: used on a thread other than its own, or after its "
      "end; all that a simulated program does is on one thread");
}

Engine::Accepted SimulatedEngine::Accept(QueuePosition) {
  CheckThread();
  return Enter(CallerHere()) ? Accepted::kToQueue : Accepted::kNo;
}

void SimulatedEngine::Push(QueuedTask& task, QueuePosition position) {
  CheckThread();
  task.set_position(position);
  (position == QueuePosition::kNext ? first_ : queue_)
      .push_back({&task, simulation_->NewNumber()});
}

void SimulatedEngine::QueueFork(Job& job) noexcept {
  queue_.push_back({&job, simulation_->NewNumber()});
}

std::size_t SimulatedEngine::DropQueued() noexcept {
  TaskQueue dropped;
  for (std::deque<Queued>* const queue : {&first_, &queue_}) {
    std::erase_if(*queue, [&dropped](const Queued& queued) {
      // What a lane's pump would run is not this engine's to drop.
      if (!queued.job->is_task()) return false;
      dropped.Push(AsTask(*queued.job));
      return true;
    });
  }
  std::size_t count = 0;
  while (QueuedTask* const task = dropped.PopOldest()) {
    if (DropAccepted(*task)) ++count;
  }
  return count;
}

void SimulatedEngine::Stop() noexcept {
  // As Shutdown(): no timer becomes due of what accepts nothing.
  TaskQueue pending = timers().TakeAllOf(*this);
  accepted().Stop();
  while (QueuedTask* const timer = pending.PopOldest()) {
    Refuse(*timer, DroppedError());
  }
  static_cast<void>(DropQueued());
}

void SimulatedEngine::ThrowWaitLimit() const {
  WEFT_CHECK(false, "waits for a SimulatedExecutor are never refused so");
}

ThreadStats SimulatedEngine::stats() const noexcept {
  return {.running = active_,
          .idle = workers_ - active_,
          .blocked = static_cast<int>(
              std::count(is_busy_.begin(), is_busy_.end(), true) - active_)};
}

std::size_t SimulatedEngine::startable() const noexcept {
  if (active_ >= workers_) return 0;
  if (!first_.empty()) return 1;
  return std::min(queue_.size(), kMostStartable);
}

std::uint64_t SimulatedEngine::number(std::size_t index) const noexcept {
  return first_.empty() ? queue_[index].number : first_.front().number;
}

SimulatedJobs::Started SimulatedEngine::Begin(std::size_t index) {
  std::deque<Queued>& queue = first_.empty() ? queue_ : first_;
  const Queued queued = queue[index];
  queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(index));
  auto place = std::find(is_busy_.begin(), is_busy_.end(), false);
  if (place == is_busy_.end()) place = is_busy_.insert(place, false);
  *place = true;
  ++active_;
  return {queued.job, queued.number,
          static_cast<int>(place - is_busy_.begin())};
}

void SimulatedEngine::RunJob(Job& job) noexcept {
  RunOrDrop(job, [this](Job& one) { Run(one); });
}

void SimulatedEngine::JobEnded(int worker) noexcept {
  is_busy_[static_cast<std::size_t>(worker)] = false;
  --active_;
}

bool SimulatedEngine::HelpUntil(Completion& completion, Engine&, WaitKind kind,
                                const base::WaitDeadline& deadline) {
  CheckThread();
  SimulatedWait wait{[](const void* what) {
                       return static_cast<const Completion*>(what)->done();
                     },
                     &completion, NameOf(kind), MayFail(kind), deadline};
  return simulation_->Block(wait);
}

}  // namespace weft::executor_internal
