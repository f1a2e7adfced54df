// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Executors over an executor: strands, levels of priority, bounded queues. What
// is submitted to one waits in a lane; jobs of the engine below, pumps, come
// for it. Strands and priorities differ only in whose turn it is, and in how
// many pumps there may be.
//
//   LaneEngine::Push        adds the task to its lane, and a pump if need be
//   the base                queues the pump as it does any job, and runs it
//   LaneScheduler::RunTurn  takes the task whose turn it is, and runs it as a
//                           task of its own engine, on the base's worker
//
// Claim: for each job that waits a pump is under way that takes one job; or, if
// there may be one pump only, that is under way and goes on until none waits.
// The thread that adds a job checks that under the lock under which that pump
// ends.

#ifndef WEFT_EXECUTOR_INTERNAL_LANES_LANE_SCHEDULER_H_
#define WEFT_EXECUTOR_INTERNAL_LANES_LANE_SCHEDULER_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/task_queue.h"

namespace weft::executor_internal {

class Engine;

// Thread-safe. Shared by the engines of its lanes and its pumps.
class LaneScheduler : public std::enable_shared_from_this<LaneScheduler> {
 public:
  // kOne: no two of its jobs run at once. Otherwise as many as the base runs.
  enum class Pumps { kOne, kOneForEachJob };
  // Lane 0 comes first; but of kFairEvery picks that find jobs in several lanes
  // one is for the others, which take turns.
  static constexpr unsigned kFairEvery = 16;
  // How many tasks the one pump runs before it lets the base's others go first.
  static constexpr int kTasksPerTurn = 32;

  LaneScheduler(std::shared_ptr<Engine> base, std::size_t lanes, Pumps pumps);
  ~LaneScheduler();
  LaneScheduler(const LaneScheduler&) = delete;
  LaneScheduler& operator=(const LaneScheduler&) = delete;

  Engine& base() const noexcept { return *base_; }
  bool is_serial() const noexcept { return pumps_allowed_ == Pumps::kOne; }

  // The engine of a lane, which is told of jobs that leave the lane.
  class Owner {
   public:
    // A job has been taken. Then it is run, or dropped.
    virtual void Taken() noexcept = 0;
    // Runs a job that was taken, or drops it.
    virtual void RunJob(Job& job) noexcept = 0;

   protected:
    ~Owner() = default;
  };
  // Call it before anything is added to `lane`. `owner` lives while jobs of the
  // lane wait.
  void SetOwner(std::size_t lane, Owner& owner) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);

  enum class Place { kLast, kAfterRunning };
  // Throws ShutdownError if the base accepts nothing, and std::bad_alloc.
  void Add(std::size_t lane, Job& job, Place place) ABSL_LOCKS_EXCLUDED(mutex_);

  // The same in two steps, of which only the first throws; the second may be
  // left out if Unreserve() is called.
  void Reserve() ABSL_LOCKS_EXCLUDED(mutex_);
  void AddReserved(std::size_t lane, Job& job) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Unreserve() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns how many jobs wait in the lane. The base, and the engines below it,
  // have accepted their pumps.
  std::size_t queued(std::size_t lane) const noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes all of a lane's tasks; parts of forks stay, as the jobs that forked
  // them wait for them.
  JobQueue TakeTasks(std::size_t lane) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes the lane's oldest job that `completion` waits for; null if there is
  // none. Linear.
  Job* TakeFor(std::size_t lane, const Completion& completion) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes the lane's oldest job; null if there is none.
  Job* TakeOldest(std::size_t lane) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Pump;

  struct Lane {
    Owner* owner = nullptr;
    JobQueue first;  // deferred by the lane's running task
    JobQueue jobs;
  };
  struct Pick {
    Owner* owner = nullptr;
    Job* job = nullptr;
  };

  // Makes the base accept a pump. The holder of the pump queues it or gives it
  // back. `reserved_` holds the others: one for each fork of a lane that has
  // been accepted and not been queued.
  std::unique_ptr<Pump> MakePump();
  // Gives a pump back: the base, and all engines below, need not wait for it.
  void DropPump(std::unique_ptr<Pump> pump) noexcept;
  std::unique_ptr<Pump> TakeReserved() noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool WantsPump() const noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !has_pump_;
  }
  void CountPump() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    has_pump_ = is_serial();
  }
  // Runs a pump's turn; it is gone, or queued again, when this returns.
  void RunTurn(std::unique_ptr<Pump> pump) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns no job if none waits; then the one pump has ended.
  Pick PickOrEnd() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  Lane& PickLane() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Job* TakeFrom(Lane& lane) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<Engine> base_;
  const Pumps pumps_allowed_;
  mutable base::Mutex mutex_;
  std::vector<Lane> lanes_ ABSL_GUARDED_BY(mutex_);
  std::size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;  // jobs in all lanes
  bool has_pump_ ABSL_GUARDED_BY(mutex_) = false;    // the one, under way
  unsigned picks_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t last_fair_ ABSL_GUARDED_BY(mutex_) = 0;
  JobQueue reserved_ ABSL_GUARDED_BY(mutex_);  // pumps, any like another
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_LANES_LANE_SCHEDULER_H_
