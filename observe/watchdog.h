// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/watchdog.h
// -----------------------------------------------------------------------------
//
// `Watchdog` looks at executors from a thread of its own, and reports what does
// not move: a task that runs for too long, tasks that are queued and that
// nobody runs, and others. It names the task, what led to it, and its labels.
//
// Example:
//
//   weft::observe::Watchdog watchdog;
//   weft::observe::SetLevel(weft::observe::Level::kFlight);
//   watchdog.Watch("http", executor);
//
//   weft: watchdog: stuck task: FUTURE_TASK 71 of http, for 1250 ms on thread
//   weft-1; 14 tasks are queued there
//     FUTURE_TASK from server.cc:42 (void Serve())
//     TASK from server.cc:17 (int main())
//
// It reads what tasks note of themselves from kFlight on; below that it reports
// nothing. It stops no thread, sends no signal and unwinds no stack. Where in
// its functions a stuck task is it says if `WatchdogOptions::stack_program`
// names a program that reads that.
//
// Node counterpart: none; packages such as `blocked-at` do the first of these.

#ifndef WEFT_OBSERVE_WATCHDOG_H_
#define WEFT_OBSERVE_WATCHDOG_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/base/language.h"
#include "weft/executor/executor.h"
#include "weft/hooks/async_backtrace.h"
#include "weft/hooks/async_id.h"

namespace weft::observe {

// What the watchdog has found.
struct WatchdogReport {
  // What is wrong.
  enum class Kind : unsigned char {
    kStuckTask,        // a task runs, and neither ends nor waits
    kLongWait,         // a task sleeps in a wait
    kQueueStands,      // tasks are queued, and none begins
    kLostWork,         // the same, while all threads of the executor are idle
    kMissedDeadlines,  // tasks were dropped, as their deadline had passed
    kLoop,             // a task submits itself again, and keeps a thread busy
    kUnsettledFuture,  // a promise is not settled, and something waits for it
    kBrokenPromise,  // promises went away unsettled, and their futures did not
    kDroppedContinuation,  // functions given to Then() never run: the executor
                           // had been stopped when their futures were settled
  };

  // Which of these it is.
  Kind kind{};
  // When it was found, and how long it had lasted by then; 0 for
  // kMissedDeadlines, kBrokenPromise and kDroppedContinuation. For
  // kUnsettledFuture it is how long the wait has lasted.
  std::chrono::system_clock::time_point time;
  std::chrono::nanoseconds duration{};
  // The name of the executor, as it was given to `Watch()`; empty for
  // kUnsettledFuture.
  std::string executor;
  // How many: tasks that are queued, of thousands perhaps fewer;
  // kMissedDeadlines: tasks dropped since the last look; kBrokenPromise,
  // kDroppedContinuation: the same of these; kLoop: runs.
  std::uint64_t count = 0;
  // The task, 0 if it is about none; the name of the thread that it is on; and
  // what led to it. For kUnsettledFuture it is the promise; for
  // kMissedDeadlines, kBrokenPromise and kDroppedContinuation the backtrace is
  // that of the last one.
  AsyncId async_id = 0;
  std::string thread;
  AsyncBacktrace backtrace;
  // For kLongWait: the promise that it waits for, and what led to that; 0 and
  // empty if it waits for something else, or if that is not known.
  AsyncId awaited_id = 0;
  AsyncBacktrace awaited;
  // What waits for the task or the promise: how many continuations, coroutines
  // and threads, and what led to the first few of them. For kBrokenPromise one
  // that did.
  std::uint64_t waiting = 0;
  std::vector<AsyncBacktrace> waiters;
  // The task's labels that logs may show, names and texts. At kFull only, and
  // not more than 256 bytes of them.
  std::vector<std::pair<std::string, std::string>> labels;
  // For kStuckTask and kLongWait, with `WatchdogOptions::stack_program`: the
  // functions that the thread is in, a line for each, the innermost first; or a
  // line that says why they are not known. Empty if the task has gone on
  // meanwhile.
  std::string native_stack;
  // How many reports have been left out since the last one.
  std::uint64_t left_out = 0;

  // Returns it as lines of text, as above. Throws std::bad_alloc.
  std::string ToString() const;
};

// Returns "stuck task", "long wait", "queue stands", "lost work", "missed
// deadlines", "loop", "unsettled future", "broken promise" or "dropped
// continuation".
std::string_view WatchdogReportKindName(WatchdogReport::Kind kind) noexcept;

// The limits at one executor: what lasts longer is reported. With 0 it never
// is.
struct WatchOptions {
  // For how long a task may run without a wait. 0 is right for a
  // BlockingExecutor, whose tasks block.
  std::chrono::nanoseconds stuck_after = std::chrono::seconds(1);
  // For how long a task may sleep in a wait.
  std::chrono::nanoseconds wait_after = std::chrono::seconds(10);
  // For how long tasks may be queued while none begins.
  std::chrono::nanoseconds queue_after = std::chrono::seconds(1);
  // For how long a thread may run nothing but tasks that submit themselves
  // again.
  std::chrono::nanoseconds loop_after = std::chrono::seconds(10);
  // Reports when this number of tasks, or more, have missed their deadlines
  // within one `interval`.
  std::uint64_t missed_deadlines = 1;
  // The same for promises that were broken, and for continuations that were
  // dropped.
  std::uint64_t broken_promises = 1;
  std::uint64_t dropped_continuations = 1;
};

// The options of a `Watchdog`.
struct WatchdogOptions {
  // Is called with each report, on the watchdog's thread, with no lock held. It
  // must not throw, nor destroy the watchdog. If it is empty, reports go to
  // stderr.
  std::function<void(const WatchdogReport&)> on_report = {};
  // More reports than that in a minute are left out, and counted.
  std::size_t reports_per_minute = 5;
  // How often it looks. What lasts too long is found at most that much later.
  std::chrono::nanoseconds interval = std::chrono::milliseconds(250);
  // elfutils' eu-stack, or its path: reports of a task that is stuck, or waits
  // too long, then have the stack of its thread. It is run as a process of its
  // own, which stops that thread by ptrace(2) while it reads it: in this
  // process nothing is unwound, so nothing can go wrong in that. A report comes
  // later by as long as `eu-stack -1 -p THREAD` takes, a minute at most. Where
  // the system allows tracing to parents only (Yama) the process is allowed to
  // trace this one while it runs. Other programs must take `-1 -p THREAD`, and
  // print lines that begin with '#'. Empty: there are no stacks.
  std::string stack_program = {};
  // For how long something may wait for a promise, of whichever executor, that
  // is not settled; 0: for ever. A wait for what comes seldom, such as the end
  // of the program, is reported, too, if it lasts as long.
  std::chrono::nanoseconds unsettled_after = std::chrono::seconds(60);
};

// Watchdog
//
// While it exists it looks at the executors that it is to watch. What has been
// reported is reported again when it has lasted twice as long.
//
// A circle of tasks whose threads wait for each other needs no watchdog: the
// wait that would close it throws (executor/errors.h). A thread that waits for
// ever for a promise that nobody settles is a long wait; a continuation or a
// coroutine that does is named with the promise, as an unsettled future.
//
// Thread-safety: thread-safe, except for destruction.
// Memory: about 6 KB for each thread that runs tasks, and 400 KB of
//   zero-initialized static memory, which takes pages only as it is used.
// Cost: its thread, which looks at the executors and the threads four times a
//   second. At kFlight a task notes some 20 words; at kFull its labels, too.
// fork(): in a child it has no thread; all that may be done with it there is to
//   destroy it.
class Watchdog {
 public:
  // The most executors that all watchdogs of the process can watch.
  static constexpr std::size_t kMaxWatched = 32;

  // Starts the thread, and begins to keep causes (causes.h). Throws
  // std::invalid_argument if the interval is not more than 0, and
  // std::system_error if there is no thread.
  explicit Watchdog(WatchdogOptions options = {});
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  // Ends the thread. Must not be called by `on_report`.
  ~Watchdog();

  // Watchdog::Watch()
  //
  // Watches `executor`, or a strand, a level of priority or a bounded one, from
  // now on; `name` is for the reports. It must live until `Forget()` has
  // returned, or the watchdog is gone. Throws std::length_error if there are
  // kMaxWatched already.
  void Watch(std::string name, const Executor& executor,
             const WatchOptions& options = {});
  // Ends that, if it is watched.
  void Forget(const Executor& executor) noexcept;

  // Watchdog::Reports()
  //
  // Returns the latest reports, at most 64, the oldest first.
  std::vector<WatchdogReport> Reports() const;
  // Returns how many there were, those that were left out, too.
  std::uint64_t found() const noexcept;

 private:
  class Dog;

  std::unique_ptr<Dog> dog_;
};

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_WATCHDOG_H_
