// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of `BoundedExecutor`: a lane with a limited number of places.
//
// A task has a place from when it is accepted until it is taken to be run.
// Deferred tasks and continuations, which complete what was accepted, and parts
// of forks take one too, but never wait for it. Places and counts change under
// one lock, so that the counts agree whenever they are read.

#ifndef WEFT_EXECUTOR_INTERNAL_LANES_BOUNDED_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_LANES_BOUNDED_ENGINE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/sync/parker.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/internal/lanes/expiring_task.h"
#include "weft/executor/internal/lanes/lane_engine.h"
#include "weft/executor/internal/lanes/lane_scheduler.h"

namespace weft::executor_internal {

// Thread-safe.
class BoundedEngine final : public LaneEngine {
 public:
  // Throws std::invalid_argument for an option out of its range.
  BoundedEngine(std::shared_ptr<LaneScheduler> scheduler,
                const BoundedOptions& options);

  void Submit(TaskPtr&& task, QueuePosition position) override;
  // See expiring_task.h.
  bool TrySubmit(TaskPtr task, WhenFull when_full, const TimePoint* deadline);
  void CountExpired() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  BoundedCounts counts() const noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  const BoundedOptions& options() const noexcept { return options_; }

  // A task that was announced before, such as a timer, is not counted as
  // submitted, but takes a place and waits as others do.
  bool EnqueueAnnounced(QueuedTask& task,
                        QueuePosition position) noexcept override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Taken() noexcept override ABSL_LOCKS_EXCLUDED(mutex_);
  void QueueFork(Job& job) noexcept override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // A thread that waits for a place; lies on its stack.
  struct Producer {
    base::Parker& parker;
    Producer* next = nullptr;
    bool has_place = false;
  };
  enum class Answer { kPlace, kRunHere, kRejected, kExpired, kRefused };

  Answer Ask(WhenFull when_full, const TimePoint* deadline)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Where no other thread runs tasks: runs those that have places until one is
  // free. Goes over the limit by one if none of them waits.
  Answer MakePlace(const TimePoint* deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  // For a hook of a submission that has a place already, and where none of its
  // tasks can run before one on this thread's stack has ended: goes over the
  // limit.
  Answer TakePlaceOver() ABSL_LOCKS_EXCLUDED(mutex_);
  // Elsewhere: sleeps until it is given a place. Throws as BlockedWait.
  Answer WaitForPlace(const TimePoint* deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  Answer SleepForPlace(const TimePoint* deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  void AddPlace() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  Accepted Accept(QueuePosition position) override ABSL_LOCKS_EXCLUDED(mutex_);
  // Does the rest of Accept(), with that answer.
  Accepted AcceptAnswered(Answer answer) ABSL_LOCKS_EXCLUDED(mutex_);
  // Does SubmitAccepted() while the task's place counts as taken here.
  void SubmitWithPlace(Accepted accepted, TaskPtr&& task,
                       QueuePosition position);
  void TakeBack(QueuePosition position) noexcept override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Push(QueuedTask& task, QueuePosition position) override
      ABSL_LOCKS_EXCLUDED(mutex_);

  std::string FullMessage() const ABSL_LOCKS_EXCLUDED(mutex_);
  void CountRefused() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasPlace() const noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return counts_.waiting < options_.capacity && first_ == nullptr;
  }
  void Unlist(Producer& producer) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const BoundedOptions options_;
  mutable base::Mutex mutex_;
  BoundedCounts counts_ ABSL_GUARDED_BY(mutex_);
  Producer* first_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Producer* last_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_LANES_BOUNDED_ENGINE_H_
