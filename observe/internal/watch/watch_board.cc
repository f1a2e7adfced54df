// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/watch/watch_board.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <new>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/context/labels.h"
#include "weft/hooks/providers.h"
#include "weft/hooks/resource.h"
#include "weft/observe/internal/board.h"
#include "weft/observe/internal/open_spans.h"
#include "weft/observe/internal/tap.h"
#include "weft/observe/internal/waiting_tasks.h"
#include "weft/observe/internal/watch/open_futures.h"
#include "weft/observe/level.h"

namespace weft::observe_internal {
namespace {

using base::MutexLock;
using observe::Level;

constexpr EventBits kWatchSignals =
    SignalBit(Signal::kInit) | SignalBit(Signal::kSettle) |
    SignalBit(Signal::kEnqueue) | SignalBit(Signal::kStart) |
    SignalBit(Signal::kDrop) | SignalBit(Signal::kBefore) |
    SignalBit(Signal::kAfter) | SignalBit(Signal::kWait) |
    SignalBit(Signal::kAwait) | SignalBit(Signal::kWaitEnd) |
    SignalBit(Signal::kSearch) | SignalBit(Signal::kPark);

// The words of a run, and of labels: an id, and text of pairs that each end
// with a 0.
enum RunWord : std::size_t { kId, kExecutor, kBacktrace, kRunWords };
constexpr std::size_t kLabelBytes = 256;
constexpr std::size_t kLabelWords = 1 + kLabelBytes / 8;

using Runs = OpenSpans<16, kRunWords>;
using Labels = OpenSpans<1, kLabelWords>;

static_assert(sizeof(AsyncBacktrace) == sizeof(std::uint32_t));
std::uint64_t WordOf(AsyncBacktrace backtrace) noexcept {
  return std::bit_cast<std::uint32_t>(backtrace);
}
AsyncBacktrace BacktraceOf(std::uint64_t word) noexcept {
  return std::bit_cast<AsyncBacktrace>(static_cast<std::uint32_t>(word));
}

// A number that one thread sets, and others read.
class PublishedNumber {
 public:
  void Set(std::uint64_t value) noexcept {
    value_.store(value, std::memory_order_release);  // [X10]
  }
  std::uint64_t Get() const noexcept {
    return value_.load(std::memory_order_acquire);  // [X10]
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Edges:
//   [X10] a store of a number <-> the load of it: the chain whose number it is
//         is complete, and what was stored before it is seen. Breaks if
//         weakened: a report names a chain that is half written. Test:
//         WatchdogStressTest.ReadsWhileTasksRun (TSan).
//   [X11] the store of `executors_[place]` <-> the loads of it: none is counted
//         for an executor before its place is empty. Breaks if weakened: tasks
//         of one executor are counted for the next one in its place. Test:
//         WatchdogTest.APlaceIsUsedAgain (TSan).
class ThreadWatch {
 public:
  // Owner-only.

  void Begin(const Resource& resource, std::uint64_t executor, Ticks now,
             bool with_labels) noexcept {
    const AsyncBacktrace backtrace = AsyncBacktrace::Of(resource);
    const AsyncId id = resource.async_id();
    if (!runs_.Push({id, executor, WordOf(backtrace)})) {
      ++too_deep_;
      return;
    }
    if (executor == 0) return;
    moved_.Set(now);
    CountLoop(id, executor, backtrace, now);
    if (with_labels) NoteLabels(id);
  }
  void End(const Resource& resource, Ticks now) noexcept {
    if (too_deep_ > 0) {
      --too_deep_;
      return;
    }
    const AsyncId id = resource.async_id();
    for (std::size_t depth = runs_.depth(); depth > 0; --depth) {
      const Runs::Span run = runs_.Get(depth - 1);
      if (run[kId] != id) continue;
      runs_.Cut(depth - 1);
      if (run[kExecutor] != 0) moved_.Set(now);
      return;
    }
  }
  void Wait(std::uint64_t what, Ticks now) noexcept {
    waits_for_.Set(what);
    waits_since_.Set(now);
  }
  void WaitEnds(Ticks now) noexcept {
    moved_.Set(now);
    waits_since_.Set(0);
  }
  // Nothing runs.
  void Idle() noexcept {
    if (runs_.depth() != 0) runs_.Cut(0);
    waits_since_.Set(0);
    too_deep_ = 0;
  }
  void EndLoop() noexcept {
    last_ = {};
    loop_since_.Set(0);
  }
  // Another than before: what was noted is not known to be so any more.
  void Enter(std::uint64_t session) noexcept {
    Idle();
    EndLoop();
    labels_.Cut(0);
    session_.Set(session);
  }
  std::uint64_t session() const noexcept { return session_.Get(); }

  // Thread-safe.
  WatchedThread Read() const {
    WatchedThread thread;
    std::array<Runs::Span, 16> runs;
    int depth = -1;
    // A thread that begins one after the other is not stuck.
    for (int i = 0; i < 4 && depth < 0; ++i) {
      thread.waits_since = waits_since_.Get();
      thread.waits_for = waits_for_.Get();
      depth = runs_.Copy(runs);
      thread.moved = moved_.Get();
    }
    for (int i = 0; i < depth; ++i) {
      const Runs::Span& run = runs[static_cast<std::size_t>(i)];
      if (run[kExecutor] == 0) continue;
      thread.runs.push_back(
          {run[kId], run[kExecutor], BacktraceOf(run[kBacktrace])});
    }
    if (!thread.runs.empty()) ReadLabels(thread);
    ReadLoop(thread);
    return thread;
  }

 private:
  void CountLoop(AsyncId id, std::uint64_t executor, AsyncBacktrace backtrace,
                 Ticks now) noexcept {
    if (backtrace == last_) {
      loop_runs_.Set(++runs_of_last_);
      loop_id_.Set(id);
      return;
    }
    if (loop_since_.Get() != 0) loop_since_.Set(0);
    last_ = backtrace;
    runs_of_last_ = 1;
    if (backtrace.empty() || !backtrace.site().repeats) return;
    loop_executor_.Set(executor);
    loop_.Set(WordOf(backtrace));
    loop_runs_.Set(1);
    loop_since_.Set(now);
  }
  void ReadLoop(WatchedThread& thread) const {
    const Ticks since = loop_since_.Get();
    if (since == 0) return;
    const WatchedRun loop{loop_id_.Get(), loop_executor_.Get(),
                          BacktraceOf(loop_.Get())};
    const std::uint64_t runs = loop_runs_.Get();
    if (loop_since_.Get() != since) return;
    thread.loop = loop;
    thread.loop_runs = runs;
    thread.loop_since = since;
  }

  void NoteLabels(AsyncId id) noexcept {
    Labels::Span words{id};
    std::array<char, kLabelBytes> text{};
    std::size_t used = 0;
    VisitLabels(Visibility::kLog,
                [&](std::string_view name, std::string_view value) {
                  // One that does not fit is left out.
                  const std::size_t size = name.size() + value.size() + 2;
                  if (size > text.size() - used) return;
                  std::memcpy(text.data() + used, name.data(), name.size());
                  used += name.size() + 1;
                  std::memcpy(text.data() + used, value.data(), value.size());
                  used += value.size() + 1;
                });
    std::memcpy(words.data() + 1, text.data(), text.size());
    labels_.Cut(0);
    labels_.Push(words);
  }
  void ReadLabels(WatchedThread& thread) const {
    std::array<Labels::Span, 1> labels;
    if (labels_.Copy(labels) != 1) return;
    if (labels[0][0] != thread.runs.back().async_id) return;
    std::array<char, kLabelBytes> text;
    std::memcpy(text.data(), labels[0].data() + 1, text.size());
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end && *at != '\0') {
      std::string name(at, strnlen(at, static_cast<std::size_t>(end - at)));
      at += name.size() + 1;
      if (at >= end) return;
      std::string value(at, strnlen(at, static_cast<std::size_t>(end - at)));
      at += value.size() + 1;
      thread.labels.emplace_back(std::move(name), std::move(value));
    }
  }

  Runs runs_;
  PublishedNumber moved_;
  PublishedNumber waits_since_;
  PublishedNumber waits_for_;
  PublishedNumber session_;
  Labels labels_;
  PublishedNumber loop_since_;
  PublishedNumber loop_;
  PublishedNumber loop_id_;
  PublishedNumber loop_executor_;
  PublishedNumber loop_runs_;
  std::size_t too_deep_ = 0;
  AsyncBacktrace last_;  // of the task that began last
  std::uint64_t runs_of_last_ = 0;
};

struct PlaceCounts {
  Count begun;
  Count expired;
  PublishedNumber last_expired;
  Count refused;
  PublishedNumber last_refused;
  Count broken;
  PublishedNumber last_broken;
  PublishedNumber last_broken_waiter;
};

bool IsOf(const Resource& resource, Provider provider) noexcept {
  return resource.type() == ProviderName(provider);
}

struct OwnedWatch {
  ThreadWatch watch;
  std::array<PlaceCounts, kMaxWatched> counts;
  bool is_free = false;  // under the lock, as the next
  std::array<char, 16> name{};
  int thread = 0;
  OwnedWatch* older = nullptr;
};

// The calling thread's; null if it has none yet, or if it is ending.
constinit thread_local OwnedWatch* this_watch = nullptr;
constinit thread_local bool this_watch_is_gone = false;

class WatchBoard final : public Listener {
 public:
  constexpr WatchBoard() = default;

  base::Mutex& mutex() noexcept ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  EventBits SetLevel(Level level) noexcept override {
    // relaxed: hints: what is noted of another level is true.
    has_labels_.store(level == Level::kFull, std::memory_order_relaxed);
    const bool was_on =
        is_on_.exchange(level >= Level::kFlight, std::memory_order_relaxed);
    // What begins or ends while nobody tells is not known to have done so.
    if ((level >= Level::kFlight) != was_on) {
      // relaxed: a number.
      session_.fetch_add(1, std::memory_order_relaxed);
      waiting_.Clear();
      promises_.Clear();
      waiters_.Clear();
    }
    return level >= Level::kFlight ? kWatchSignals : 0;
  }
  bool is_on() const noexcept {
    // relaxed: see SetLevel().
    return is_on_.load(std::memory_order_relaxed);
  }

  void Hear(const Told& told, Stamp& stamp) noexcept override {
    OwnedWatch* const own = this_watch != nullptr ? this_watch : Attach();
    if (own == nullptr) return;
    ThreadWatch& watch = own->watch;
    // relaxed: a number.
    const std::uint64_t session = session_.load(std::memory_order_relaxed);
    if (watch.session() != session) [[unlikely]]
      watch.Enter(session);
    switch (told.signal) {
      case Signal::kInit:
        return Init(told, stamp);
      case Signal::kSettle:
        return promises_.Take(told.resource->async_id());
      case Signal::kAwait:
        return waiters_.Put({told.resource->async_id(), stamp.Get(),
                             WordOf(AsyncBacktrace::Of(*told.resource)),
                             told.detail});
      case Signal::kEnqueue:
        waiters_.Take(told.resource->async_id());
        if (PlaceOf(told.worker.executor).has_value()) {
          waiting_.Put(told.resource->async_id(), told.worker.executor,
                       stamp.Get());
        }
        return;
      case Signal::kStart:
        if (told.detail != 0) waiting_.Take(told.resource->async_id());
        if (const auto place = PlaceOf(told.detail)) {
          own->counts[*place].begun.Add(1);
        }
        return;
      case Signal::kBefore:
        // It need not have been queued: what was deferred is not.
        waiters_.Take(told.resource->async_id());
        // relaxed: see SetLevel().
        return watch.Begin(*told.resource, told.detail, stamp.Get(),
                           has_labels_.load(std::memory_order_relaxed));
      case Signal::kAfter:
        return watch.End(*told.resource, stamp.Get());
      case Signal::kWait:
        return watch.Wait(told.detail, stamp.Get());
      case Signal::kWaitEnd:
        return watch.WaitEnds(stamp.Get());
      case Signal::kDrop:
        return Drop(*own, told);
      case Signal::kSearch:
        return watch.Idle();
      case Signal::kPark:  // for want of tasks, or in a wait
        return watch.EndLoop();
      default:
        return;
    }
  }

  std::optional<std::size_t> TakePlace(std::uint64_t executor) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    for (std::size_t place = 0; place < kMaxWatched; ++place) {
      // relaxed: written under the lock only.
      if (executors_[place].load(std::memory_order_relaxed) != 0) continue;
      first_[place] = Sum(place);
      executors_[place].store(executor, std::memory_order_release);  // [X11]
      // relaxed: see PlaceOf(). It does not go down again.
      if (place >= end_.load(std::memory_order_relaxed)) {
        end_.store(place + 1, std::memory_order_relaxed);  // relaxed: as above
      }
      return place;
    }
    return std::nullopt;
  }
  void GivePlaceBack(std::size_t place) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    executors_[place].store(0, std::memory_order_release);  // [X11]
  }

  WatchedQueue Queue(std::size_t place) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    WatchedQueue queue = Sum(place);
    queue.begun -= first_[place].begun;
    queue.expired -= first_[place].expired;
    queue.refused_continuations -= first_[place].refused_continuations;
    queue.broken_promises -= first_[place].broken_promises;
    // relaxed: written under the lock only.
    const std::uint64_t executor =
        executors_[place].load(std::memory_order_relaxed);
    queue.oldest = waiting_.Oldest(executor, &queue.queued);
    return queue;
  }

  std::vector<WatchedPromise> Promises() const {
    std::vector<WatchedPromise> promises;
    promises_.ForEach([&](const auto& open) {
      promises.push_back(
          {open.id, open.since, BacktraceOf(open.backtrace), open.link});
    });
    return promises;
  }
  std::vector<WatchedWaiter> Waiters() const {
    std::vector<WatchedWaiter> waiters;
    waiters_.ForEach([&](const auto& open) {
      waiters.push_back(
          {open.id, open.since, BacktraceOf(open.backtrace), open.link});
    });
    return waiters;
  }

  std::vector<WatchedThread> Threads() ABSL_LOCKS_EXCLUDED(mutex_) {
    std::vector<WatchedThread> threads;
    const MutexLock lock(mutex_);
    for (OwnedWatch* own = newest_; own != nullptr; own = own->older) {
      // relaxed: a number.
      if (own->is_free ||
          own->watch.session() != session_.load(std::memory_order_relaxed)) {
        continue;
      }
      WatchedThread thread = own->watch.Read();
      if (thread.runs.empty() && thread.loop_since == 0) continue;
      thread.name.assign(own->name.data(),
                         strnlen(own->name.data(), own->name.size()));
      thread.thread = own->thread;
      threads.push_back(std::move(thread));
    }
    return threads;
  }

  void Detach(OwnedWatch& own) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    own.watch.Enter(0);
    const MutexLock lock(mutex_);
    own.is_free = true;
  }

  // In a child after fork(): its other threads are not there.
  void Forget() noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (OwnedWatch* own = newest_; own != nullptr; own = own->older) {
      if (own == this_watch) continue;
      own->watch.Enter(0);
      own->is_free = true;
    }
  }

 private:
  std::optional<std::size_t> PlaceOf(std::uint64_t executor) const noexcept {
    if (executor == 0) return std::nullopt;
    // relaxed: a place that is taken just now may be missed.
    const std::size_t end = end_.load(std::memory_order_relaxed);
    for (std::size_t place = 0; place < end; ++place) {
      // [X11]
      if (executors_[place].load(std::memory_order_acquire) == executor) {
        return place;
      }
    }
    return std::nullopt;
  }
  void Init(const Told& told, Stamp& stamp) noexcept {
    const Resource& resource = *told.resource;
    if (IsOf(resource, Provider::kPromise)) {
      promises_.Put({resource.async_id(), stamp.Get(),
                     WordOf(AsyncBacktrace::Of(resource)), told.detail});
    } else if (IsOf(resource, Provider::kContinuation)) {
      waiters_.Put({resource.async_id(), stamp.Get(),
                    WordOf(AsyncBacktrace::Of(resource)),
                    resource.trigger_async_id()});
    }
  }
  void Drop(OwnedWatch& own, const Told& told) noexcept {
    const Resource& resource = *told.resource;
    waiting_.Take(resource.async_id());
    waiters_.Take(resource.async_id());
    const auto place = PlaceOf(told.worker.executor);
    if (!place.has_value()) return;
    PlaceCounts& counts = own.counts[*place];
    switch (static_cast<DropReason>(told.detail)) {
      case DropReason::kExpired:
        counts.last_expired.Set(WordOf(AsyncBacktrace::Of(resource)));
        counts.expired.Add(1);
        return;
      case DropReason::kRefused:
        if (!IsOf(resource, Provider::kContinuation)) return;
        counts.last_refused.Set(WordOf(AsyncBacktrace::Of(resource)));
        counts.refused.Add(1);
        return;
      case DropReason::kBroken: {
        std::uint64_t waiter = 0;
        const AsyncId id = resource.async_id();
        waiters_.ForEach([&](const auto& open) {
          if (open.link == id) waiter = open.backtrace;
        });
        counts.last_broken_waiter.Set(waiter);
        counts.last_broken.Set(WordOf(AsyncBacktrace::Of(resource)));
        counts.broken.Add(1);
        return;
      }
      case DropReason::kCancelled:
        return;
    }
  }

  WatchedQueue Sum(std::size_t place) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    WatchedQueue sum;
    for (const OwnedWatch* own = newest_; own != nullptr; own = own->older) {
      const PlaceCounts& counts = own->counts[place];
      sum.begun += counts.begun.Get();
      sum.expired += counts.expired.Get();
      const AsyncBacktrace last = BacktraceOf(counts.last_expired.Get());
      if (!last.empty()) sum.last_expired = last;
      sum.refused_continuations += counts.refused.Get();
      const AsyncBacktrace refused = BacktraceOf(counts.last_refused.Get());
      if (!refused.empty()) sum.last_refused = refused;
      sum.broken_promises += counts.broken.Get();
      const AsyncBacktrace broken = BacktraceOf(counts.last_broken.Get());
      if (broken.empty()) continue;
      sum.last_broken = broken;
      sum.last_broken_waiter = BacktraceOf(counts.last_broken_waiter.Get());
    }
    return sum;
  }

  OwnedWatch* Attach() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // All that wait, but for those whose places are taken.
  WaitingTasks<1, 4096> waiting_;
  OpenFutures<4096> promises_;  // linked by what is waited for
  OpenFutures<4096> waiters_;   // linked by the id that is awaited
  std::atomic<bool> is_on_{false};
  std::atomic<bool> has_labels_{false};
  std::atomic<std::uint64_t> session_{1};
  std::array<std::atomic<std::uint64_t>, kMaxWatched> executors_{};  // 0: free
  std::atomic<std::size_t> end_{0};  // of the places that have ever been taken
  base::Mutex mutex_;
  OwnedWatch* newest_ ABSL_GUARDED_BY(mutex_) = nullptr;  // kept for ever
  // The sums when a place was taken.
  std::array<WatchedQueue, kMaxWatched> first_ ABSL_GUARDED_BY(mutex_){};
};

// Never destroyed: threads may be told of after static destruction.
union ImmortalBoard {
  constexpr ImmortalBoard() : board() {}
  ~ImmortalBoard() {}
  WatchBoard board;
};
constinit ImmortalBoard the_board;

[[maybe_unused]] const base::AtFork& board_known_at_fork = *new base::AtFork(
    the_board.board.mutex(), []() noexcept { the_board.board.Forget(); });

// Gives what is the thread's back at its end.
class WatchGuard {
 public:
  void Arm() noexcept { armed_ = true; }
  ~WatchGuard() {
    this_watch_is_gone = true;
    if (armed_ && this_watch != nullptr) {
      the_board.board.Detach(*std::exchange(this_watch, nullptr));
    }
  }

 private:
  bool armed_ = false;
};
thread_local WatchGuard watch_guard;

OwnedWatch* WatchBoard::Attach() noexcept {
  if (this_watch_is_gone) return nullptr;
  const MutexLock lock(mutex_);
  OwnedWatch* found = newest_;
  while (found != nullptr && !found->is_free) found = found->older;
  if (found == nullptr) {
    found = new (std::nothrow) OwnedWatch;
    if (found == nullptr) return nullptr;
    found->older = newest_;
    newest_ = found;
  }
  found->is_free = false;
  pthread_getname_np(pthread_self(), found->name.data(), found->name.size());
  found->thread = gettid();
  watch_guard.Arm();
  return this_watch = found;
}

}  // namespace

void StartWatchBoard() noexcept { Listen(Seat::kWatch, the_board.board); }

bool WatchBoardIsOn() noexcept { return the_board.board.is_on(); }

std::optional<std::size_t> TakeWatchPlace(std::uint64_t executor) noexcept {
  return the_board.board.TakePlace(executor);
}
void GiveWatchPlaceBack(std::size_t place) noexcept {
  the_board.board.GivePlaceBack(place);
}
WatchedQueue ReadWatchedQueue(std::size_t place) noexcept {
  return the_board.board.Queue(place);
}
std::vector<WatchedThread> ReadWatchedThreads() {
  return the_board.board.Threads();
}
std::vector<WatchedPromise> ReadWatchedPromises() {
  return the_board.board.Promises();
}
std::vector<WatchedWaiter> ReadWatchedWaiters() {
  return the_board.board.Waiters();
}

}  // namespace weft::observe_internal
