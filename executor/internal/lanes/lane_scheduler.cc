// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/lanes/lane_scheduler.h"

#include <utility>

#include "weft/base/check.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/memory/task_memory.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

using base::MutexLock;

// Keeps its scheduler: the last task may end, and the thread that waited for it
// go, while the pump looks for more.
class LaneScheduler::Pump final : public Job {
 public:
  explicit Pump(std::shared_ptr<LaneScheduler> scheduler) noexcept
      : Job(Form::kPump), scheduler_(std::move(scheduler)) {}
  ~Pump() = default;

  static void* operator new(std::size_t size) { return AllocateTask(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    FreeTask(memory, size);
  }

  void Run(Engine&) noexcept override {
    const std::shared_ptr<LaneScheduler> scheduler = scheduler_;
    scheduler->RunTurn(std::unique_ptr<Pump>(this));
  }
  const Resource& resource() const noexcept override {
    WEFT_CHECK(false, "a pump has no resource for hooks");
  }

 private:
  const std::shared_ptr<LaneScheduler> scheduler_;
};

LaneScheduler::LaneScheduler(std::shared_ptr<Engine> base, std::size_t lanes,
                             Pumps pumps)
    : base_(std::move(base)), pumps_allowed_(pumps), lanes_(lanes) {}

LaneScheduler::~LaneScheduler() = default;

void LaneScheduler::SetOwner(std::size_t lane, Owner& owner) noexcept {
  const MutexLock lock(mutex_);
  lanes_[lane].owner = &owner;
}

std::unique_ptr<LaneScheduler::Pump> LaneScheduler::MakePump() {
  auto pump = std::make_unique<Pump>(shared_from_this());
  base_->AcceptFork();
  return pump;
}

void LaneScheduler::Add(std::size_t lane, Job& job, Place place) {
  std::unique_ptr<Pump> pump;
  {
    const MutexLock lock(mutex_);
    if (WantsPump()) {
      pump = MakePump();
      CountPump();
    }
    Lane& to = lanes_[lane];
    (place == Place::kAfterRunning ? to.first : to.jobs).Push(job);
    ++waiting_;
    // No further pump will tell that the job is queued now. Under the lock:
    // once the job can be taken, all may be gone.
    if (pump == nullptr && base_->helper() != nullptr) {
      base_->helper()->WakeHelpers();
    }
  }
  if (pump != nullptr) base_->QueueFork(*pump.release());
}

std::size_t LaneScheduler::queued(std::size_t lane) const noexcept {
  const MutexLock lock(mutex_);
  return lanes_[lane].first.size() + lanes_[lane].jobs.size();
}

void LaneScheduler::Reserve() {
  std::unique_ptr<Pump> pump = MakePump();
  const MutexLock lock(mutex_);
  reserved_.Push(*pump.release());
}

void LaneScheduler::Unreserve() noexcept {
  std::unique_ptr<Pump> pump;
  {
    const MutexLock lock(mutex_);
    pump = TakeReserved();
  }
  DropPump(std::move(pump));
}

std::unique_ptr<LaneScheduler::Pump> LaneScheduler::TakeReserved() noexcept {
  return std::unique_ptr<Pump>(static_cast<Pump*>(reserved_.PopOldest()));
}

void LaneScheduler::DropPump(std::unique_ptr<Pump>) noexcept {
  // The pump keeps the scheduler, and that the base.
  base_->WithdrawFork();
}

void LaneScheduler::AddReserved(std::size_t lane, Job& job) noexcept {
  std::unique_ptr<Pump> pump;
  bool is_wanted = false;
  {
    const MutexLock lock(mutex_);
    pump = TakeReserved();
    is_wanted = WantsPump();
    if (is_wanted) CountPump();
    lanes_[lane].jobs.Push(job);
    ++waiting_;
  }
  if (is_wanted) {
    base_->QueueFork(*pump.release());
  } else {
    DropPump(std::move(pump));
  }
}

Job* LaneScheduler::TakeFrom(Lane& lane) noexcept {
  Job* job = lane.first.PopOldest();
  if (job == nullptr) job = lane.jobs.PopOldest();
  if (job != nullptr) --waiting_;
  return job;
}

Job* LaneScheduler::TakeFor(std::size_t lane,
                            const Completion& completion) noexcept {
  const auto wanted = [&](const Job& job) {
    return job.completes() == &completion;
  };
  const MutexLock lock(mutex_);
  Job* job = lanes_[lane].first.PopOldest(wanted);
  if (job == nullptr) job = lanes_[lane].jobs.PopOldest(wanted);
  if (job != nullptr) --waiting_;
  return job;
}

Job* LaneScheduler::TakeOldest(std::size_t lane) noexcept {
  const MutexLock lock(mutex_);
  return TakeFrom(lanes_[lane]);
}

JobQueue LaneScheduler::TakeTasks(std::size_t lane) noexcept {
  JobQueue tasks;
  JobQueue others;
  const MutexLock lock(mutex_);
  while (Job* const job = TakeFrom(lanes_[lane])) {
    (job->is_task() ? tasks : others).Push(*job);
  }
  waiting_ += others.size();
  lanes_[lane].jobs = others;
  return tasks;
}

LaneScheduler::Lane& LaneScheduler::PickLane() noexcept {
  const auto has_jobs =
      [this](std::size_t lane) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        return !lanes_[lane].first.empty() || !lanes_[lane].jobs.empty();
      };
  std::size_t first = 0;
  while (!has_jobs(first)) ++first;
  if (lanes_.size() == 1 || ++picks_ % kFairEvery != 0) return lanes_[first];
  // The lanes behind it take turns.
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    last_fair_ = (last_fair_ + 1) % lanes_.size();
    if (last_fair_ > first && has_jobs(last_fair_)) return lanes_[last_fair_];
  }
  return lanes_[first];
}

LaneScheduler::Pick LaneScheduler::PickOrEnd() noexcept {
  const MutexLock lock(mutex_);
  if (waiting_ == 0) {
    has_pump_ = false;
    return {};
  }
  Lane& lane = PickLane();
  return {lane.owner, TakeFrom(lane)};
}

void LaneScheduler::RunTurn(std::unique_ptr<Pump> pump) noexcept {
  // A thread that drains a lane finds released what its tasks held; the
  // worker's cache would keep it until the base has nothing to do.
  const WorkerScope uncached(thread_state.worker, nullptr);
  for (int ran = 0;; ++ran) {
    if (ran >= kTasksPerTurn && !base_->IsStopped()) {
      try {
        base_->AcceptFork();
      } catch (...) {
        // The base has been stopped, or there is no memory: goes on without a
        // pause.
        ran = 0;
        continue;
      }
      base_->QueueFork(*pump.release());
      return;
    }
    const Pick pick = PickOrEnd();
    if (pick.job == nullptr) return;
    pick.owner->Taken();
    pick.owner->RunJob(*pick.job);
    // Waiters for a lane's task need not wait for the base's next one.
    FlushBatched();
    if (!is_serial()) return;
    if (base_->helper() != nullptr) base_->helper()->Yield();
  }
}

}  // namespace weft::executor_internal
