// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/workers/arena_engine.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "absl/base/dynamic_annotations.h"
#include "weft/base/check.h"
#include "weft/base/sync/tsan.h"
#include "weft/base/threads/thread_name.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor_stats.h"
#include "weft/executor/internal/engine/isolate.h"
#include "weft/executor/internal/engine/left_behind.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/engine/worker_delegate.h"
#include "weft/executor/internal/memory/task_memory.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/internal/task/thread_state.h"
#include "weft/executor/internal/workers/worker.h"

namespace weft::executor_internal {

namespace {

// How many workers there may be beyond twice the spare threads, if all threads
// are in waits that may not fail.
constexpr int kReserves = 16;

// The longest name, "ten chars." and "-9999", with its NUL.
static_assert(ExecutorOptions::kMaxThreadNameLength + 5 <
              base::kThreadNameSize);
static_assert(ExecutorOptions::kMaxConcurrency +
                  2 * ExecutorOptions::kMaxSpareThreads + kReserves <=
              10'000);

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
    : Engine(CheckProcess(options), *this, Forks::kWithWorkers),
      thread_name_(options.thread_name),
      linger_(options.linger),
      max_spare_threads_(options.max_spare_threads),
      budget_(options.concurrency),
      arena_(std::max(budget_->granted(), 1), /*reserved_for_masters=*/0),
      workers_(WorkerDelegate(*this), *this, id(), options.concurrency,
               max_spare_threads_,
               /*reserves=*/max_spare_threads_ + kReserves) {
  // Otherwise the first submission could fail for want of memory.
  arena_.initialize();
  for (int i = 0; i < budget_->granted(); ++i) {
    tickets_.push_back(
        std::make_shared<Ticket>(*this, *Worker::Of(workers_, i)));
  }
  // Registers the process for membarrier while few threads run.
  base::HeavyFence();
  base::TsanRelease(this);
}

void ArenaEngine::WaitUntilLeft() noexcept {
  workers_.gate.Close();
  arena_.terminate();
  own_threads_.JoinAll();
  budget_.reset();
}

Worker* ArenaEngine::Here() const noexcept {
  Worker* const worker = thread_state.worker;
  return worker != nullptr && &worker->set() == &workers_ ? worker : nullptr;
}

int ArenaEngine::worker() const noexcept {
  const Worker* const here = Here();
  return here != nullptr ? here->id().worker : -1;
}

Engine::Accepted ArenaEngine::AcceptOutside() {
  CheckNotLeftBehind();
  return EnterHere() ? Accepted::kToQueue : Accepted::kNo;
}

inline Engine::Accepted ArenaEngine::AcceptHere(Worker& here) noexcept {
  if (accepted().stopped()) return Accepted::kNo;
  if (!here.TakeAdmission()) [[unlikely]] {
    if (!Enter(Admission::Caller::kInside, Worker::kAdmissions,
               Admission::Tasks::kNone)) {
      return Accepted::kNo;
    }
    here.AddAndTakeAdmission(Worker::kAdmissions);
  }
  return Accepted::kToQueue;
}

inline void ArenaEngine::PushHere(Worker& here, QueuedTask& task,
                                  QueuePosition position) noexcept {
  if (position == QueuePosition::kForked) [[likely]] {
    if (here.Fork(task)) return;
  }
  here.Post(task);
}

// For most tasks this is all that is done, without a call. Whatever is in the
// way of that is left to SubmitInSteps().
void ArenaEngine::Submit(QueuedTask& task, QueuePosition position) {
  Worker* const here = Here();
  if (here == nullptr) return SubmitOutside(task, position);
  if (position != QueuePosition::kNext && !IsQueueingWanted() &&
      !accepted().stopped() && here->TakeAdmission()) [[likely]] {
    return SubmitHere(*here, task, position);
  }
  SubmitInSteps(*here, task, position);
}

// Inlined into Submit(): that is the way of most tasks.
[[gnu::always_inline]] inline void ArenaEngine::SubmitHere(
    Worker& here, QueuedTask& task, QueuePosition position) {
  if (position != QueuePosition::kForked) {
    if (here.submitted_empty()) return here.Post(task);
    here.Add(task);
    return workers_.Notify();
  }
  if (here.TryFork(task)) [[likely]]
    return workers_.Notify();
  PushInSteps(here, task);
}

[[gnu::noinline]] void ArenaEngine::SubmitInSteps(Worker& here,
                                                  QueuedTask& task,
                                                  QueuePosition position) {
  // Where somebody wants to hear of samples, most tasks are none.
  if (position != QueuePosition::kNext && !IsQueueingWanted(task) &&
      !accepted().stopped() && here.TakeAdmission()) {
    return SubmitHere(here, task, position);
  }
  Engine::Submit(task, position);
}

[[gnu::noinline]] void ArenaEngine::PushInSteps(Worker& here,
                                                QueuedTask& task) noexcept {
  PushHere(here, task, QueuePosition::kForked);
}

void ArenaEngine::SubmitOutside(QueuedTask& task, QueuePosition position) {
  if (position == QueuePosition::kNext || IsQueueingWanted(task) ||
      LeftBehind()) [[unlikely]] {
    return Engine::Submit(task, position);
  }
  // One for the task, and one for this call: once the task is queued it may
  // run, and end, and a thread that waits for that may destroy this engine, but
  // not while this call is counted.
  if (!EnterHere(2)) [[unlikely]]
    return SubmitAccepted(Accepted::kNo, TaskPtr(&task), position);
  if (!workers_.EnsureThread()) [[unlikely]] {
    ReturnAdmissions(1);
    return SubmitAccepted(Accepted::kToQueue, TaskPtr(&task), position);
  }
  workers_.inbox.Push(task);
  workers_.Notify();
  FinishUnhelped(1);
}

Engine::Accepted ArenaEngine::Accept(QueuePosition) {
  Worker* const here = Here();
  return here != nullptr ? AcceptHere(*here) : AcceptOutside();
}

void ArenaEngine::Ended() noexcept {
  Worker* const here = Here();
  if (here == nullptr) return ReturnAdmissions(1);
  here->KeepAdmission();
}

void ArenaEngine::Push(QueuedTask& task, QueuePosition position) {
  if (Worker* const here = Here()) return PushHere(*here, task, position);
  Reserve();
  QueueFork(task);
}

void ArenaEngine::Reserve() {
  if (workers_.EnsureThread()) return;
  // relaxed: set by this call's failure or by that of another call at the same
  // time.
  if (!wants_threads_.load(std::memory_order_relaxed)) throw std::bad_alloc();
  throw std::system_error(
      std::make_error_code(std::errc::resource_unavailable_try_again),
      "Executor: no thread can be had for its tasks");
}

void ArenaEngine::QueueFork(Job& job) noexcept {
  // Once the job is queued it may run, and end, and a thread that waits for
  // that may destroy this engine, but not while this call is counted.
  accepted().Add();
  workers_.inbox.Push(job);
  workers_.Notify();
  ReturnAdmissions(1);
}

std::size_t ArenaEngine::DropQueued() noexcept {
  std::size_t dropped = 0;
  InboxNode<>* parts = nullptr;  // of forks: these run, the forking jobs wait
  const auto drop = [&](Job& job) {
    if (job.is_task()) {
      if (DropAccepted(AsTask(job))) ++dropped;
    } else {
      // relaxed: no other thread has it.
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
        std::this_thread::yield();  // another thread takes from it
      }
    }
  };
  drop_all(workers_.inbox);
  while (QueuedTask* const task = workers_.set_aside.Take()) drop(*task);
  for (int i = 0, end = workers_.used(); i < end; ++i) {
    Worker* const worker = Worker::Of(workers_, i);
    if (worker == nullptr) continue;
    drop_all(worker->inbox());
    // Forks may come as fast as they are taken: take no more than there are
    // now.
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
    // relaxed: no other thread has it.
    parts = part.next.load(std::memory_order_relaxed);
    workers_.inbox.Push(part);
    workers_.Notify();
  }
  return dropped;
}

// The tasks that a task had deferred when it began to wait.
class ArenaEngine::Deferred final : public Job {
 public:
  explicit Deferred(const TaskQueue& tasks) noexcept
      : Job(Form::kPump), tasks_(tasks) {}
  ~Deferred() = default;

  static void* operator new(std::size_t size) { return AllocateTask(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    FreeTask(memory, size);
  }

  void Run(Engine& engine) noexcept override {
    TaskQueue tasks = tasks_;
    delete this;
    thread_state.deferred += tasks.size();
    static_cast<ArenaEngine&>(engine).RunDeferred(tasks);
  }
  const Resource& resource() const noexcept override {
    WEFT_CHECK(false, "a batch of deferred tasks has no resource for hooks");
  }

 private:
  const TaskQueue tasks_;
};

void ArenaEngine::QueueTogether(TaskQueue& tasks) noexcept {
  Deferred* job = nullptr;
  try {
    job = new Deferred(tasks);
  } catch (const std::bad_alloc&) {
    return Engine::QueueTogether(tasks);
  }
  tasks = {};
  accepted().Add();
  Worker* const here = Here();
  here != nullptr ? here->Post(*job) : QueueFork(*job);
}

// A thread's right to work for a worker, which can be taken back: oneTBB may
// throw though it has queued the worker task, which then runs at some later
// time, when the worker has another thread, and the engine may be gone.
class ArenaEngine::Ticket {
 public:
  Ticket(ArenaEngine& engine, Worker& worker) noexcept
      : engine_(engine), worker_(worker) {}

  // [E1]
  void Offer() noexcept { is_open_.store(true, std::memory_order_release); }
  // Each returns false if the other one was called before.
  bool Use() noexcept { return Take(); }
  bool TakeBack() noexcept { return Take(); }

  ArenaEngine& engine() const noexcept { return engine_; }
  Worker& worker() const noexcept { return worker_; }

 private:
  bool Take() noexcept {
    // [E1]
    return is_open_.exchange(false, std::memory_order_acq_rel);
  }

  ArenaEngine& engine_;
  Worker& worker_;
  std::atomic<bool> is_open_{false};
};

std::unique_ptr<WorkerSetMember> ArenaEngine::Make(int index) {
  return std::make_unique<Worker>(workers_, index, workers_.size());
}

bool ArenaEngine::Recruit(int index) noexcept {
  Worker& worker = *Worker::Of(workers_, index);
  if (worker.index() < budget_->granted() && RecruitFromTbb(worker)) {
    return true;
  }
  try {
    own_threads_.Start([this, &worker] { Work(worker); });
    return true;
  } catch (const std::bad_alloc&) {
    // relaxed: see Reserve().
    wants_threads_.store(false, std::memory_order_relaxed);
  } catch (const std::system_error&) {
    // relaxed: see Reserve().
    wants_threads_.store(true, std::memory_order_relaxed);
  }
  return false;
}

// The function that oneTBB runs, on a thread of its own.
class ArenaEngine::WorkerTask {
 public:
  explicit WorkerTask(std::shared_ptr<Ticket> ticket) noexcept
      : ticket_(std::move(ticket)) {}

  void operator()() const {
    base::TsanAcquire(ticket_.get());
    if (!ticket_->Use()) return;
    ArenaEngine& engine = ticket_->engine();
    Worker& worker = ticket_->worker();
    Release();
    base::TsanAcquire(&engine);
    base::TsanAcquire(&worker);
    engine.Work(worker);
  }

 private:
  // oneTBB may keep this object for a while after the engine is gone.
  void Release() const {
    // ThreadSanitizer does not see how oneTBB uses the memory again.
    ABSL_ANNOTATE_IGNORE_READS_AND_WRITES_BEGIN();
    ticket_ = nullptr;
    ABSL_ANNOTATE_IGNORE_READS_AND_WRITES_END();
  }

  mutable std::shared_ptr<Ticket> ticket_;
};

bool ArenaEngine::RecruitFromTbb(Worker& worker) noexcept {
  bool recruited = true;
  // ThreadSanitizer does not see how oneTBB, which is not instrumented, hands
  // the worker task to its thread. There the task finds the engine as its
  // constructor left it, and the worker as its last thread left it at the gate.
  base::TsanRelease(&worker);
  auto& place = tickets_[static_cast<std::size_t>(worker.index())];
  const std::shared_ptr<Ticket> ticket = place;
  if (ticket == nullptr) return false;
  ticket->Offer();
  base::TsanRelease(ticket.get());
  ABSL_ANNOTATE_IGNORE_READS_AND_WRITES_BEGIN();
  try {
    const base::PlainThreadNameScope name;  // oneTBB may make threads
    arena_.enqueue(WorkerTask(ticket));
  } catch (...) {
    // Out of memory, or of threads.
    recruited = !ticket->TakeBack();
    // A worker task that oneTBB has all the same must find it closed for ever.
    if (!recruited) place = nullptr;
  }
  ABSL_ANNOTATE_IGNORE_READS_AND_WRITES_END();
  return recruited;
}

void ArenaEngine::Work(Worker& worker) noexcept {
  // The engine may be gone when Worker::Work() returns.
  const base::ThreadNameScope name(thread_name_.c_str(), worker.index());
  Isolate([&] { worker.Work(linger_); });
}

void ArenaEngine::ThrowWaitLimit() const {
  throw WaitLimitError(
      "Executor: a wait inside a task was ended: all threads of the executor "
      "wait, " +
      std::to_string(workers_.size()) + " and " +
      std::to_string(max_spare_threads_) +
      " spare ones, while tasks are queued; ExecutorOptions::max_spare_threads "
      "allows for more, and a coroutine that waits by co_await takes no "
      "thread");
}

ThreadStats ArenaEngine::stats() const noexcept {
  return workers_.gate.stats();
}

std::uint64_t ArenaEngine::CountAccepted() const noexcept {
  std::uint64_t accepted = Engine::CountAccepted();
  workers_.ForEach([&](const WorkerSetMember& member) {
    accepted += static_cast<const Worker&>(member).accepted();
  });
  return accepted;
}

std::size_t ArenaEngine::CountInAdvance() const noexcept {
  std::size_t in_advance = 0;
  workers_.ForEach([&](const WorkerSetMember& member) {
    in_advance += static_cast<const Worker&>(member).in_advance();
  });
  return in_advance;
}

QueuedTasks ArenaEngine::CountQueued() const noexcept {
  QueuedTasks queued{
      .submitted = workers_.inbox.Count(ExecutorStats::kMostCounted),
      .set_aside = workers_.set_aside.size()};
  workers_.ForEach([&](const WorkerSetMember& member) {
    const auto& worker = static_cast<const Worker&>(member);
    queued.forked += worker.forked();
    queued.taken += worker.taken();
    queued.submitted += worker.inbox().Count(ExecutorStats::kMostCounted);
  });
  return queued;
}

}  // namespace weft::executor_internal
