// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of `BlockingExecutor`: threads of its own, as many as are needed.
//
// Its tasks are long, so one lock guards all. Claim: while a job waits, either
// a thread has been woken for it; or as many threads as may are running jobs,
// and each looks at the queue before it sleeps in a wait or as idle; or all
// threads that there may be are in waits.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINES_BLOCKING_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINES_BLOCKING_ENGINE_H_

#include <atomic>
#include <cstddef>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/sync/waiter.h"
#include "weft/base/threads/owned_threads.h"
#include "weft/executor/blocking_options.h"
#include "weft/executor/internal/engine/blocked_wait.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/engine_threads.h"
#include "weft/executor/internal/task/task_queue.h"

namespace weft::executor_internal {

// Thread-safe.
class BlockingEngine final : public Engine, private EngineThreads {
 public:
  // Throws std::invalid_argument for an option out of its range.
  explicit BlockingEngine(const BlockingOptions& options);
  // All its threads must have ended.
  ~BlockingEngine() override;

  BlockingCounts counts() const noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  bool RunOwnQueued(const Completion& completion) noexcept override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void QueueFork(Job& job) noexcept override ABSL_LOCKS_EXCLUDED(mutex_);
  QueuedTasks CountQueued() const noexcept override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Host;

  Accepted Accept(QueuePosition) override {
    CheckNotLeftBehind();
    return Enter(CallerHere()) ? Accepted::kToQueue : Accepted::kNo;
  }
  void Reserve() override ABSL_LOCKS_EXCLUDED(mutex_);
  void Push(QueuedTask& task, QueuePosition position) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::size_t DropQueued() noexcept override ABSL_LOCKS_EXCLUDED(mutex_);
  void WaitUntilLeft() noexcept override ABSL_LOCKS_EXCLUDED(mutex_);

  int worker() const noexcept override;
  int concurrency() const noexcept override { return options_.max_threads; }
  bool CanGoOn() const noexcept override;
  void Reconsider() noexcept override ABSL_LOCKS_EXCLUDED(mutex_);
  ThreadStats stats() const noexcept override ABSL_LOCKS_EXCLUDED(mutex_);
  [[noreturn]] void ThrowWaitLimit() const override;

  // Queues a job, and wakes or starts a thread for it. Throws std::system_error
  // if it cannot start one and there is none; then the job is not queued.
  void Queue(Job& job) ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes a thread come for what is queued, unless as many run as may.
  void CallThread() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Starts a thread. Throws if it cannot, and none runs.
  void StartThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns how many threads are neither idle nor asleep in a wait.
  int running() const noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return counts_.threads - counts_.idle_threads - waits_.blocked;
  }
  void BeginWait(BlockedWait& wait) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  void EndWait(BlockedWait& wait) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  void CountOneBlockedLess() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The body of such a thread.
  void Work(int place) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns null if no job came for `linger`; then the thread has left.
  Job* WaitForJob(int place) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns false, with nothing changed, if the thread was woken meanwhile, or
  // must stay.
  bool LeaveIfIdle(int place, base::Waiter& for_work) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);

  const BlockingOptions options_;
  mutable base::Mutex mutex_;
  JobQueue queue_ ABSL_GUARDED_BY(mutex_);
  // Says which places are taken. A thread's place gives it its number; a thread
  // that has left, and ends, has no place.
  std::vector<bool> places_ ABSL_GUARDED_BY(mutex_);
  base::WaiterList idle_ ABSL_GUARDED_BY(mutex_);
  BlockedWaits blocked_ ABSL_GUARDED_BY(mutex_);
  ThreadStats waits_ ABSL_GUARDED_BY(mutex_);  // what waits have done
  std::atomic<int> blocked_count_{0};          // written under mutex_
  BlockingCounts counts_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  base::OwnedThreads threads_{"BlockingExecutor"};
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINES_BLOCKING_ENGINE_H_
