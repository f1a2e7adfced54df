// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Tasks, or jobs of any form, in the order of their submission. Guarded by its
// owner's lock; neither adding nor taking allocates.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_TASK_QUEUE_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_TASK_QUEUE_H_

#include <cstddef>

#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/queued_task.h"

namespace weft::executor_internal {

// A queue of `Kind`s, which are jobs.
template <typename Kind>
class QueueOf {
 public:
  bool empty() const noexcept { return oldest_ == nullptr; }
  std::size_t size() const noexcept { return size_; }
  // Returns null if empty.
  const Kind* oldest() const noexcept { return oldest_; }

  void Push(Kind& job) noexcept {
    Link(job, nullptr);
    if (newest_ == nullptr) {
      oldest_ = &job;
    } else {
      Link(*newest_, &job);
    }
    newest_ = &job;
    ++size_;
  }
  void PushOldest(Kind& job) noexcept {
    Link(job, oldest_);
    if (newest_ == nullptr) newest_ = &job;
    oldest_ = &job;
    ++size_;
  }
  // Returns null if empty.
  Kind* PopOldest() noexcept { return Remove(nullptr, oldest_); }
  // Takes the oldest job for which `wanted(job)` is true; null if there is
  // none. Linear.
  template <typename Wanted>
  Kind* PopOldest(const Wanted& wanted) noexcept {
    Kind* before = nullptr;
    Kind* job = oldest_;
    while (job != nullptr && !wanted(*job)) {
      before = job;
      job = Next(*job);
    }
    return Remove(before, job);
  }

 private:
  static void Link(Kind& job, Kind* next) noexcept {
    // relaxed: only the holder of the queue's lock reaches a job in it.
    job.next.store(next, std::memory_order_relaxed);
  }
  static Kind* Next(const Kind& job) noexcept {
    // relaxed: see Link().
    return static_cast<Kind*>(
        static_cast<Job*>(job.next.load(std::memory_order_relaxed)));
  }
  // Takes out `job`, which stands behind `before`; null stays null.
  Kind* Remove(Kind* before, Kind* job) noexcept {
    if (job == nullptr) return nullptr;
    if (before == nullptr) {
      oldest_ = Next(*job);
    } else {
      Link(*before, Next(*job));
    }
    if (newest_ == job) newest_ = before;
    --size_;
    return job;
  }

  Kind* oldest_ = nullptr;
  Kind* newest_ = nullptr;
  std::size_t size_ = 0;
};

class TaskQueue : public QueueOf<QueuedTask> {};
class JobQueue : public QueueOf<Job> {};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_TASK_QUEUE_H_
