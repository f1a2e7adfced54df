// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/arena_engine.h"

#include <pthread.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

#include "absl/base/dynamic_annotations.h"
#include "weft/context/internal/check.h"
#include "weft/executor/internal/isolate.h"
#include "weft/executor/internal/process.h"
#include "weft/executor/internal/scheduling_events.h"
#include "weft/executor/internal/thread_state.h"
#include "weft/executor/internal/tsan.h"
#include "weft/executor/internal/worker.h"

namespace weft::executor_internal {

namespace {

constexpr std::size_t kThreadNameSize = 16;  // the kernel's limit

// The longest of our names, "ten chars." and "-1023", with its NUL.
static_assert(ExecutorOptions::kMaxThreadNameLength + 5 < kThreadNameSize);

// A worker is admitted so many tasks at a time, and uses them up, and gets them
// back as tasks end, without touching the common count. While it runs it may
// hold more than it will need, so the count is too high, never too low; when it
// finds nothing to run it returns what it holds.
constexpr std::size_t kAdmissions = 64;
constexpr std::size_t kMostAdmissions = 4 * kAdmissions;

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

// oneTBB crashes when it is unloaded by a thread of its own.
void CheckWhoCallsExit() {
  static const int registered = std::atexit([] {
    WEFT_CHECK(thread_state.worker == nullptr,
               "exit() must not be called inside a task of an Executor; have "
               "main() call it, or use std::quick_exit()");
  });
  static_cast<void>(registered);
}

const ExecutorOptions& CheckProcess(const ExecutorOptions& options) {
  CheckWorkersCanBeHad();
  CheckWhoCallsExit();
  return options;
}

}  // namespace

ArenaEngine::ArenaEngine(const ExecutorOptions& options)
    : Engine(CheckProcess(options)),
      thread_name_(options.thread_name),
      linger_(options.linger),
      threads_(options.concurrency),
      arena_(options.concurrency, /*reserved_for_masters=*/0),
      crew_(*this, *this, id(), options.concurrency) {
  // At the first submission it could fail for want of memory.
  arena_.initialize();
  // Registers the process for it, while few threads run.
  context_internal::HeavyFence();
  TsanRelease(this);
}

void ArenaEngine::WaitUntilLeft() noexcept {
  crew_.gate.Close();
  arena_.terminate();
  threads_.reset();
}

Worker* ArenaEngine::Here() const noexcept {
  Worker* const worker = thread_state.worker;
  return worker != nullptr && &worker->crew() == &crew_ ? worker : nullptr;
}

int ArenaEngine::worker() const noexcept {
  const Worker* const here = Here();
  return here != nullptr ? here->id().worker : -1;
}

Engine::Accepted ArenaEngine::AcceptOutside() {
  CheckNotLeftBehind();
  return Enter(CallerHere()) ? Accepted::kToQueue : Accepted::kNo;
}

inline Engine::Accepted ArenaEngine::AcceptHere(Worker& here) noexcept {
  if (accepted().stopped()) return Accepted::kNo;
  std::size_t& held = here.admissions();
  if (held == 0) [[unlikely]] {
    if (!Enter(Admission::Caller::kInside, kAdmissions)) {
      return Accepted::kNo;
    }
    held = kAdmissions;
  }
  --held;
  return Accepted::kToQueue;
}

inline void ArenaEngine::PushHere(Worker& here, Task& task,
                                  Turn turn) noexcept {
  if (turn == Turn::kForked) [[likely]] {
    if (here.Fork(task)) return;
  }
  here.Post(task);
}

void ArenaEngine::Submit(TaskPtr&& task, Turn turn) {
  Worker* const here = Here();
  const Accepted accepted =
      here != nullptr ? AcceptHere(*here) : AcceptOutside();
  if (accepted != Accepted::kToQueue || turn == Turn::kNext ||
      IsQueueingWanted() || (here == nullptr && !crew_.EnsureThread()))
      [[unlikely]] {
    return SubmitAccepted(accepted, std::move(task), turn);
  }
  // For most tasks nothing else is left to do.
  Task& queued = *task.release();
  here != nullptr ? PushHere(*here, queued, turn) : QueueFork(queued);
}

Engine::Accepted ArenaEngine::Accept(Turn) {
  Worker* const here = Here();
  return here != nullptr ? AcceptHere(*here) : AcceptOutside();
}

void ArenaEngine::Ended() noexcept {
  Worker* const here = Here();
  if (here == nullptr) return ReturnAdmissions(1);
  std::size_t& held = here->admissions();
  if (++held == kMostAdmissions) {
    held = kAdmissions;
    ReturnAdmissions(kMostAdmissions - kAdmissions);
  }
}

void ArenaEngine::Push(Task& task, Turn turn) {
  if (Worker* const here = Here()) return PushHere(*here, task, turn);
  Reserve();
  QueueFork(task);
}

void ArenaEngine::Reserve() {
  if (!crew_.EnsureThread()) throw std::bad_alloc();
}

void ArenaEngine::QueueFork(Job& job) noexcept {
  crew_.inbox.Push(job);
  crew_.Notify();
}

std::size_t ArenaEngine::DropQueued() noexcept {
  std::size_t dropped = 0;
  InboxNode<>* parts = nullptr;  // of forks: these run, who forked them waits
  const auto drop = [&](Job& job) {
    if (!job.Claim()) {
      // Has been run by who waited for it.
      AsTask(job).Dispose();
      Ended();
    } else if (job.is_task()) {
      ++dropped;
      DropAccepted(AsTask(job));
    } else {
      // relaxed: nobody else has it.
      job.next.store(parts, std::memory_order_relaxed);
      parts = &job;
    }
  };
  const auto drop_all = [&](Inbox<>& inbox) {
    while (!inbox.LooksEmpty()) {
      InboxNode<>* node = nullptr;
      if (inbox.Take(&node, 1) == 1) {
        drop(static_cast<Job&>(*node));
      } else {
        std::this_thread::yield();  // another is at it
      }
    }
  };
  drop_all(crew_.inbox);
  while (Task* const task = crew_.set_aside.Take(nullptr, nullptr)) drop(*task);
  for (const auto& worker : crew_.workers()) {
    drop_all(worker->inbox());
    // Forks may come as fast as they are taken: no more than there are now.
    for (std::size_t left = worker->queued();
         left > 0 && worker->queued() > 0;) {
      if (Job* const job = worker->StealOne()) {
        drop(*job);
        --left;
      } else {
        std::this_thread::yield();
      }
    }
  }
  while (parts != nullptr) {
    InboxNode<>& part = *parts;
    // relaxed: nobody else has it.
    parts = part.next.load(std::memory_order_relaxed);
    crew_.inbox.Push(part);
    crew_.Notify();
  }
  return dropped;
}

void ArenaEngine::HelpUntil(Completion& completion, Engine*, WaitHelps helps,
                            WaitKind kind, const WaitDeadline& deadline) {
  Worker* const here = Here();
  // A thread that runs a task of a lane of ours (feeder.h) need not be one.
  if (here == nullptr) {
    static_cast<void>(SleepUntil(completion, deadline));
    return;
  }
  Isolate([&] { here->HelpUntil(completion, helps, kind, deadline); });
}

bool ArenaEngine::Recruit(int worker) noexcept {
  bool recruited = true;
  // ThreadSanitizer does not see how oneTBB, which is not instrumented, hands
  // the pump to its thread. What the pump finds there is the engine as its
  // constructor left it, and the worker as its last thread left it at the gate.
  TsanRelease(crew_.workers()[static_cast<std::size_t>(worker)].get());
  ABSL_ANNOTATE_IGNORE_READS_AND_WRITES_BEGIN();
  try {
    arena_.enqueue([this, worker] { Pump(worker); });
  } catch (const std::bad_alloc&) {
    recruited = false;
  }
  ABSL_ANNOTATE_IGNORE_READS_AND_WRITES_END();
  return recruited;
}

void ArenaEngine::Pump(int worker) noexcept {
  TsanAcquire(this);
  TsanAcquire(crew_.workers()[static_cast<std::size_t>(worker)].get());
  // The engine may be gone when Work() returns.
  const ThreadNameScope name(thread_name_.c_str(), worker);
  Isolate([&] {
    crew_.workers()[static_cast<std::size_t>(worker)]->Work(linger_);
  });
}

}  // namespace weft::executor_internal
