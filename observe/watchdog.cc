// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/watchdog.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/fork_generation.h"
#include "weft/base/threads/thread_name.h"
#include "weft/observe/causes.h"
#include "weft/observe/internal/clock.h"
#include "weft/observe/internal/watch/native_stack.h"
#include "weft/observe/internal/watch/watch_board.h"

namespace weft::observe {

using base::MutexLock;
using observe_internal::Ticks;
using observe_internal::WatchedPromise;
using observe_internal::WatchedQueue;
using observe_internal::WatchedRun;
using observe_internal::WatchedThread;
using observe_internal::WatchedWaiter;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using Kind = WatchdogReport::Kind;

static_assert(Watchdog::kMaxWatched == observe_internal::kMaxWatched);

std::string_view WatchdogReportKindName(Kind kind) noexcept {
  switch (kind) {
    case Kind::kStuckTask:
      return "stuck task";
    case Kind::kLongWait:
      return "long wait";
    case Kind::kQueueStands:
      return "queue stands";
    case Kind::kLostWork:
      return "lost work";
    case Kind::kMissedDeadlines:
      return "missed deadlines";
    case Kind::kLoop:
      return "loop";
    case Kind::kUnsettledFuture:
      return "unsettled future";
    case Kind::kBrokenPromise:
      return "broken promise";
    case Kind::kDroppedContinuation:
      return "dropped continuation";
  }
  return "unknown";
}

std::string WatchdogReport::ToString() const {
  const auto number = [](auto value) { return std::to_string(value); };
  std::string text = "weft: watchdog: ";
  text += WatchdogReportKindName(kind);
  text += ": ";
  const bool counts = kind == Kind::kMissedDeadlines ||
                      kind == Kind::kBrokenPromise ||
                      kind == Kind::kDroppedContinuation;
  if (counts) {
    text += number(count) + " of " + executor;
  } else {
    if (async_id != 0) {
      if (!backtrace.empty()) text.append(backtrace.site().type) += ' ';
      text += number(async_id);
      if (!executor.empty()) text += " of ";
    }
    text += executor + ", for ";
    text +=
        number(std::chrono::duration_cast<std::chrono::milliseconds>(duration)
                   .count());
    text += " ms";
    if (!thread.empty()) text += " on thread " + thread;
    if (kind == Kind::kLoop) {
      text += ", " + number(count) + " times";
    } else if (count > 0) {
      text += "; " + number(count);
      text += count == 1 ? " task is queued there" : " tasks are queued there";
    }
  }
  text += '\n';
  for (const auto& [name, value] : labels) {
    text += "  " + name + '=' + value + '\n';
  }
  text += backtrace.ToString();
  if (!native_stack.empty()) {
    text += "  its thread is in\n";
    for (std::size_t at = 0; at < native_stack.size();) {
      const std::size_t end =
          std::min(native_stack.find('\n', at), native_stack.size());
      text.append("    ").append(native_stack, at, end - at) += '\n';
      at = end + 1;
    }
  }
  if (awaited_id != 0) {
    text +=
        "  it waits for " + number(awaited_id) + ", which nobody settles:\n";
    text += awaited.ToString("    ");
  }
  for (std::size_t i = 0; i < waiters.size(); ++i) {
    if (kind == Kind::kBrokenPromise) {
      text += "  one that waited:\n";
    } else if (i > 0) {
      text += "  and:\n";
    } else if (waiting == 1) {
      text += "  1 waits for it:\n";
    } else {
      text += "  " + number(waiting) + " wait for it, such as:\n";
    }
    text += waiters[i].ToString("    ");
  }
  if (left_out > 0) {
    text += "  " + number(left_out) + " more have been left out before\n";
  }
  return text;
}

class Watchdog::Dog {
 public:
  explicit Dog(WatchdogOptions options) : options_(std::move(options)) {
    if (options_.interval <= nanoseconds(0)) {
      throw std::invalid_argument(
          "Watchdog: interval is not more than 0; it is the time between two "
          "looks");
    }
    static_cast<void>(observe_internal::NsPerTick());  // takes a while
    StartCauses();
    observe_internal::StartWatchBoard();
    thread_ = std::thread([this] { Run(); });
  }

  // Ends the thread. False if it is not in this process, where nothing of this
  // may be destroyed.
  bool Stop() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    if (fork_generation_ != base::ForkGeneration()) return false;
    {
      const MutexLock lock(mutex_);
      for (const Watched& watched : watched_) {
        observe_internal::GiveWatchPlaceBack(watched.place);
      }
      watched_.clear();
      stops_ = true;
    }
    wake_.NotifyAll();
    thread_.join();
    return true;
  }

  void Watch(std::string name, const Executor& executor,
             const WatchOptions& options) ABSL_LOCKS_EXCLUDED(mutex_) {
    const std::uint64_t number = executor.stats().number;
    const MutexLock lock(mutex_);
    watched_.reserve(watched_.size() + 1);
    const auto place = observe_internal::TakeWatchPlace(number);
    if (!place.has_value()) {
      throw std::length_error("Watchdog: " + std::to_string(kMaxWatched) +
                              " executors are watched already");
    }
    watched_.push_back({.executor = &executor,
                        .number = number,
                        .place = *place,
                        .name = std::move(name),
                        .options = options});
  }

  void Forget(const Executor& executor) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    std::erase_if(watched_, [&](const Watched& watched) {
      if (watched.executor != &executor) return false;
      observe_internal::GiveWatchPlaceBack(watched.place);
      return true;
    });
  }

  std::vector<WatchdogReport> Reports() const ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    return {reports_.begin(), reports_.end()};
  }
  std::uint64_t found() const noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    return found_;
  }

 private:
  static constexpr std::size_t kMostReports = 64;
  static constexpr std::chrono::minutes kMostForStack{1};

  struct Watched {
    const Executor* executor;
    std::uint64_t number;
    std::size_t place;
    std::string name;
    WatchOptions options;
    // How many had begun, and since when no more have.
    std::uint64_t begun = 0;
    steady_clock::time_point stands_since = steady_clock::now();
    std::uint64_t expired = 0;
    std::uint64_t refused = 0;
    std::uint64_t broken = 0;
    // At this look.
    std::uint64_t queued = 0;
    nanoseconds stands{};     // for how long some have been queued, none begun
    bool has_report = false;  // of a task of it
  };

  // What lasts: its kind, the executor's number, and what tells it from others
  // of these; and the time after which it is to be reported again.
  using Lasting = std::tuple<Kind, std::uint64_t, std::uint64_t>;

  void Run() noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const base::ThreadNameScope name("weft-watchdog");
    for (;;) {
      std::vector<WatchdogReport> reports;
      {
        const MutexLock lock(mutex_);
        const auto next = steady_clock::now() + options_.interval;
        while (!stops_ && steady_clock::now() < next) {
          wake_.WaitUntil(mutex_, next);
        }
        if (stops_) return;
        try {
          Look(reports);
        } catch (const std::bad_alloc&) {
          continue;  // the next look may find memory
        }
      }
      AddStacks(reports);
      Keep(reports);
      for (const WatchdogReport& report : reports) {
        if (options_.on_report) {
          options_.on_report(report);
        } else {
          std::fprintf(stderr, "%s", report.ToString().c_str());
        }
      }
    }
  }

  // Adds the stacks of the threads that reports are of, if they are wanted.
  void AddStacks(std::vector<WatchdogReport>& reports) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_) {
    if (options_.stack_program.empty()) return;
    for (WatchdogReport& report : reports) {
      if (report.kind != Kind::kStuckTask && report.kind != Kind::kLongWait) {
        continue;
      }
      try {
        const WatchedThread before = ThreadOf(report);
        if (before.thread == 0) continue;
        std::string stack = observe_internal::NativeStackOf(
            before.thread, options_.stack_program, kMostForStack);
        // It is no stack of what is reported if something has begun or ended.
        const WatchedThread after = ThreadOf(report);
        if (after.thread == before.thread && after.moved == before.moved &&
            after.waits_since == before.waits_since) {
          report.native_stack = std::move(stack);
        }
      } catch (const std::bad_alloc&) {
        return;
      }
    }
  }
  // Returns the thread that still runs the task of the report; none has no id.
  static WatchedThread ThreadOf(const WatchdogReport& report) {
    for (WatchedThread& thread : observe_internal::ReadWatchedThreads()) {
      if (!thread.runs.empty() &&
          thread.runs.back().async_id == report.async_id)
        return std::move(thread);
    }
    return {};
  }
  void Keep(const std::vector<WatchdogReport>& reports) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    found_ += std::exchange(found_in_look_, 0);
    try {
      reports_.insert(reports_.end(), reports.begin(), reports.end());
    } catch (const std::bad_alloc&) {
      return;
    }
    while (reports_.size() > kMostReports) reports_.pop_front();
  }

  void Look(std::vector<WatchdogReport>& reports)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::map<Lasting, nanoseconds> lasted;
    lasted.swap(lasting_);
    if (!observe_internal::WatchBoardIsOn()) {
      was_on_ = false;
      return;
    }
    now_ = steady_clock::now();
    ticks_ = observe_internal::Now();
    before_ = &lasted;
    reports_of_look_ = &reports;
    const std::vector<WatchedThread> threads =
        observe_internal::ReadWatchedThreads();
    promises_ = observe_internal::ReadWatchedPromises();
    waiters_ = observe_internal::ReadWatchedWaiters();
    for (Watched& watched : watched_) LookAtTasks(watched);
    for (const WatchedThread& thread : threads) LookAtThread(thread);
    for (const WatchedPromise& promise : promises_) {
      LookAtPromise(promise, threads);
    }
    for (Watched& watched : watched_) LookAtQueue(watched, threads);
    was_on_ = true;
    before_ = nullptr;
  }

  void LookAtTasks(Watched& watched) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const WatchedQueue queue =
        observe_internal::ReadWatchedQueue(watched.place);
    if (!was_on_ || queue.begun != watched.begun) {
      watched.begun = queue.begun;
      watched.stands_since = now_;
    }
    watched.queued = queue.queued;
    // The oldest one may have come since.
    watched.stands = queue.queued == 0
                         ? nanoseconds(0)
                         : std::min<nanoseconds>(now_ - watched.stands_since,
                                                 Since(queue.oldest));
    watched.has_report = false;

    Counted(Kind::kMissedDeadlines, watched, queue.expired, watched.expired,
            watched.options.missed_deadlines, queue.last_expired);
    Counted(Kind::kDroppedContinuation, watched, queue.refused_continuations,
            watched.refused, watched.options.dropped_continuations,
            queue.last_refused);
    Counted(Kind::kBrokenPromise, watched, queue.broken_promises,
            watched.broken, watched.options.broken_promises, queue.last_broken,
            queue.last_broken_waiter);
  }

  // Reports what has come since the last look, if it is `limit` or more.
  void Counted(Kind kind, const Watched& watched, std::uint64_t now,
               std::uint64_t& before, std::uint64_t limit,
               const AsyncBacktrace& last, const AsyncBacktrace& waiter = {})
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::uint64_t count = now - std::exchange(before, now);
    if (count == 0 || limit == 0 || count < limit) return;
    WatchdogReport report;
    report.kind = kind;
    report.executor = watched.name;
    report.count = count;
    report.backtrace = last;
    if (!waiter.empty()) report.waiters.push_back(waiter);
    Add(std::move(report));
  }

  void LookAtPromise(const WatchedPromise& promise,
                     const std::vector<WatchedThread>& threads)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    WatchdogReport report;
    AddWaiters(promise.async_id, report);
    nanoseconds lasts = report.duration;
    for (const WatchedThread& thread : threads) {
      if (thread.waits_since == 0 || thread.waits_for != promise.settles) {
        continue;
      }
      lasts = std::max(lasts, Since(thread.waits_since));
      AddWaiter(
          thread.runs.empty() ? AsyncBacktrace() : thread.runs.back().backtrace,
          report);
    }
    // Without the promise itself nothing can be said: it may be new at the
    // address of one that is gone.
    lasts = std::min(lasts, Since(promise.since));
    if (report.waiting == 0 || !Exceeds(lasts, options_.unsettled_after))
      return;
    report.kind = Kind::kUnsettledFuture;
    report.duration = lasts;
    report.async_id = promise.async_id;
    report.backtrace = promise.backtrace;
    FoundLasting({Kind::kUnsettledFuture, 0, promise.async_id}, lasts,
                 std::move(report));
  }

  // Adds what waits for the future of `id`, and how long the first of these
  // has.
  void AddWaiters(AsyncId id, WatchdogReport& report)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const WatchedWaiter& waiter : waiters_) {
      if (waiter.awaited != id) continue;
      report.duration = std::max(report.duration, Since(waiter.since));
      AddWaiter(waiter.backtrace, report);
    }
  }
  static void AddWaiter(const AsyncBacktrace& waiter, WatchdogReport& report) {
    ++report.waiting;
    if (report.waiters.size() < kMostWaiters && !waiter.empty()) {
      report.waiters.push_back(waiter);
    }
  }

  void LookAtThread(const WatchedThread& thread)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (thread.loop_since != 0) {
      Watched* const watched = Find(thread.loop.executor);
      const nanoseconds lasts = Since(thread.loop_since);
      if (watched != nullptr && thread.loop_runs >= kFewRuns &&
          Exceeds(lasts, watched->options.loop_after)) {
        Found(Kind::kLoop, *watched, thread.loop, thread, lasts,
              thread.loop_since, thread.loop_runs);
      }
    }
    if (thread.runs.empty()) return;
    const WatchedRun& run = thread.runs.back();
    Watched* const watched = Find(run.executor);
    if (watched == nullptr) return;
    const bool waits = thread.waits_since != 0;
    const Ticks since = waits ? thread.waits_since : thread.moved;
    const nanoseconds lasts = Since(since);
    const WatchOptions& options = watched->options;
    if (!Exceeds(lasts, waits ? options.wait_after : options.stuck_after)) {
      return;
    }
    watched->has_report = true;
    Found(waits ? Kind::kLongWait : Kind::kStuckTask, *watched, run, thread,
          lasts, since, watched->queued);
  }

  void LookAtQueue(const Watched& watched,
                   const std::vector<WatchedThread>& threads)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    // What is stuck has been reported, with the tasks that wait for it.
    if (watched.has_report ||
        !Exceeds(watched.stands, watched.options.queue_after)) {
      return;
    }
    const ThreadStats stats = watched.executor->stats().threads;
    const auto is_its = [&](const WatchedRun& run) {
      return run.executor == watched.number;
    };
    const bool runs = std::any_of(
        threads.begin(), threads.end(), [&](const WatchedThread& thread) {
          return std::any_of(thread.runs.begin(), thread.runs.end(), is_its);
        });
    const bool is_lost =
        !runs && stats.idle > 0 && stats.running == 0 && stats.searching == 0;
    Found(is_lost ? Kind::kLostWork : Kind::kQueueStands, watched, {}, {},
          watched.stands, watched.begun, watched.queued);
  }

  // Reports what has lasted too long, unless that was done not long ago.
  void Found(Kind kind, const Watched& watched, const WatchedRun& run,
             const WatchedThread& thread, nanoseconds lasts, std::uint64_t key,
             std::uint64_t count) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    WatchdogReport report;
    if (run.async_id != 0) AddWaiters(run.async_id, report);
    report.kind = kind;
    report.duration = lasts;
    report.executor = watched.name;
    report.count = count;
    report.async_id = run.async_id;
    report.backtrace = run.backtrace;
    report.thread = thread.name;
    if (!thread.runs.empty() && thread.runs.back().async_id == run.async_id) {
      report.labels = thread.labels;
    }
    if (kind == Kind::kLongWait && thread.waits_for != 0) {
      for (const WatchedPromise& promise : promises_) {
        if (promise.settles != thread.waits_for) continue;
        report.awaited_id = promise.async_id;
        report.awaited = promise.backtrace;
      }
    }
    FoundLasting({kind, watched.number, key}, lasts, std::move(report));
  }

  // Adds a report of what lasts, unless that was done not long ago.
  void FoundLasting(const Lasting& what, nanoseconds lasts,
                    WatchdogReport report)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto known = before_->find(what);
    if (known != before_->end() && lasts < known->second) {
      lasting_.insert(*known);
      return;
    }
    lasting_.emplace(what, lasts * 2);
    Add(std::move(report));
  }

  void Add(WatchdogReport report) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ++found_in_look_;
    if (now_ - minute_ >= std::chrono::minutes(1)) {
      minute_ = now_;
      in_minute_ = 0;
    }
    if (in_minute_ == options_.reports_per_minute) {
      ++left_out_;
      return;
    }
    ++in_minute_;
    report.left_out = std::exchange(left_out_, 0);
    report.time = std::chrono::system_clock::now();
    reports_of_look_->push_back(std::move(report));
  }

  // A few runs are no loop, however long each takes.
  static constexpr std::uint64_t kFewRuns = 100;
  // What waits is named, but not all of many.
  static constexpr std::size_t kMostWaiters = 4;

  nanoseconds Since(Ticks since) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return nanoseconds(observe_internal::NsBetween(since, ticks_));
  }
  static bool Exceeds(nanoseconds lasts, nanoseconds limit) noexcept {
    return limit > nanoseconds(0) && lasts > limit;
  }
  Watched* Find(std::uint64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found =
        std::find_if(watched_.begin(), watched_.end(),
                     [&](const Watched& w) { return w.number == number; });
    return found != watched_.end() ? &*found : nullptr;
  }

  const WatchdogOptions options_;
  // fork() does not wait for the lock: it is held while others are taken.
  const int fork_generation_ = base::ForkGeneration();
  mutable base::Mutex mutex_;
  base::CondVar wake_;
  bool stops_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Watched> watched_ ABSL_GUARDED_BY(mutex_);
  std::map<Lasting, nanoseconds> lasting_ ABSL_GUARDED_BY(mutex_);
  std::deque<WatchdogReport> reports_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t found_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t found_in_look_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t left_out_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t in_minute_ ABSL_GUARDED_BY(mutex_) = 0;
  steady_clock::time_point minute_ ABSL_GUARDED_BY(mutex_);
  // Of the look that is under way.
  std::vector<WatchedPromise> promises_ ABSL_GUARDED_BY(mutex_);
  std::vector<WatchedWaiter> waiters_ ABSL_GUARDED_BY(mutex_);
  bool was_on_ ABSL_GUARDED_BY(mutex_) = false;
  steady_clock::time_point now_ ABSL_GUARDED_BY(mutex_);
  Ticks ticks_ ABSL_GUARDED_BY(mutex_) = 0;
  const std::map<Lasting, nanoseconds>* before_ ABSL_GUARDED_BY(mutex_) =
      nullptr;
  std::vector<WatchdogReport>* reports_of_look_ ABSL_GUARDED_BY(mutex_) =
      nullptr;
  std::thread thread_;
};

Watchdog::Watchdog(WatchdogOptions options)
    : dog_(std::make_unique<Dog>(std::move(options))) {}

Watchdog::~Watchdog() {
  // In a child after fork() its thread, its lock and its condition variable
  // belong to a thread that is not there.
  if (!dog_->Stop()) static_cast<void>(dog_.release());
}

void Watchdog::Watch(std::string name, const Executor& executor,
                     const WatchOptions& options) {
  dog_->Watch(std::move(name), executor, options);
}

void Watchdog::Forget(const Executor& executor) noexcept {
  dog_->Forget(executor);
}

std::vector<WatchdogReport> Watchdog::Reports() const {
  return dog_->Reports();
}

std::uint64_t Watchdog::found() const noexcept { return dog_->found(); }

}  // namespace weft::observe
