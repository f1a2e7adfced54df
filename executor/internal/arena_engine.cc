// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/arena_engine.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <new>

#include "absl/base/dynamic_annotations.h"
#include "weft/executor/internal/scheduling_events.h"
#include "weft/executor/internal/task_scope.h"
#include "weft/executor/internal/tsan.h"

namespace weft::executor_internal {

using context_internal::MutexLock;

namespace {

// Which worker of its engine the calling thread is, while it runs a pump.
constinit thread_local int this_worker = 0;

constexpr std::size_t kThreadNameSize = 16;  // the kernel's limit

// The longest of our names, "ten chars." and "-1023", with its NUL.
static_assert(ExecutorOptions::kMaxThreadNameLength + 5 < kThreadNameSize);

// Names the calling thread for the life of the scope.
class ThreadNameScope {
 public:
  ThreadNameScope(const char* name, int number) noexcept {
    pthread_getname_np(pthread_self(), outer_.data(), outer_.size());
    std::array<char, kThreadNameSize> inner{};
    std::snprintf(inner.data(), inner.size(), "%s-%d", name, number);
    pthread_setname_np(pthread_self(), inner.data());
  }
  ThreadNameScope(const ThreadNameScope&) = delete;
  ThreadNameScope& operator=(const ThreadNameScope&) = delete;
  ~ThreadNameScope() { pthread_setname_np(pthread_self(), outer_.data()); }

 private:
  std::array<char, kThreadNameSize> outer_{};
};

}  // namespace

ArenaEngine::ArenaEngine(const ExecutorOptions& options)
    : Engine(options),
      thread_name_(options.thread_name),
      max_pumps_(options.concurrency),
      threads_(max_pumps_),
      arena_(max_pumps_, /*reserved_for_masters=*/0),
      workers_(static_cast<std::size_t>(max_pumps_), false) {
  TsanRelease(this);
}

void ArenaEngine::WaitUntilLeft() noexcept {
  {
    const MutexLock lock(mutex_);
    while (pumps_ > 0) no_pumps_.Wait(mutex_);
  }
  arena_.terminate();
  threads_.reset();
}

int ArenaEngine::worker() const noexcept { return this_worker; }

int ArenaEngine::concurrency() const noexcept { return threads_->available(); }

void ArenaEngine::Wake() {
  if (pumps_ == max_pumps_) return;
  // ThreadSanitizer does not see how oneTBB, which is not instrumented, hands
  // the pump to its thread. All that the pump finds there it finds in the
  // engine as its constructor left it, or under its lock.
  ABSL_ANNOTATE_IGNORE_READS_AND_WRITES_BEGIN();
  try {
    arena_.enqueue([this] { Pump(); });
    ++pumps_;
  } catch (const std::bad_alloc&) {
    if (pumps_ == 0) throw;  // else those that run will come to the task
  }
  ABSL_ANNOTATE_IGNORE_READS_AND_WRITES_END();
}

Task* ArenaEngine::Take() {
  const MutexLock lock(mutex_);
  return TakeOldest();
}

void ArenaEngine::Enter() {
  const MutexLock lock(mutex_);
  const auto free = std::find(workers_.begin(), workers_.end(), false);
  *free = true;
  this_worker = static_cast<int>(free - workers_.begin());
}

bool ArenaEngine::Leave() {
  const MutexLock lock(mutex_);
  if (!queue_.empty()) return false;
  workers_[static_cast<std::size_t>(this_worker)] = false;
  // The engine may be gone as soon as the lock is.
  if (--pumps_ == 0) no_pumps_.NotifyAll();
  return true;
}

void ArenaEngine::Pump() noexcept {
  TsanAcquire(this);
  Enter();
  const ThreadNameScope name(thread_name_.c_str(), worker());
  do {
    EmitWorkerEvent(HookEvent::kWorkerStart, [&] { return worker_id(); });
    while (Task* const task = Take()) {
      Run(*task);
      CheckIdle();
    }
    EmitWorkerEvent(HookEvent::kWorkerStop, [&] { return worker_id(); });
  } while (!Leave());
}

}  // namespace weft::executor_internal
