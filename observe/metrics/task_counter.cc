// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/metrics/task_counter.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <new>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/hooks/providers.h"
#include "weft/hooks/resource.h"
#include "weft/observe/internal/board.h"
#include "weft/observe/internal/clock.h"
#include "weft/observe/internal/tap.h"
#include "weft/observe/internal/waiting_tasks.h"
#include "weft/observe/level.h"
#include "weft/observe/metrics/task_stats.h"

namespace weft {
namespace observe_internal {
namespace {

using base::MutexLock;
using observe::Level;
using observe::TaskStats;

// These are rare.
constexpr EventBits kCounterSignals =
    SignalBit(Signal::kThrow) | SignalBit(Signal::kSteal);
constexpr EventBits kTimeSignals =
    kCounterSignals | SignalBit(Signal::kEnqueueSample) |
    SignalBit(Signal::kDrop) | SignalBit(Signal::kBefore) |
    SignalBit(Signal::kAfter) | SignalBit(Signal::kSearch);

using SampledTasks = WaitingTasks<hooks_internal::kSampleOneIn, 1024>;

struct OwnedBoard {
  ThreadBoard board;
  bool is_free = false;  // under the lock
  OwnedBoard* older = nullptr;
};

// The calling thread's; null if it has none yet, or if it is ending.
constinit thread_local OwnedBoard* this_board = nullptr;
constinit thread_local bool this_board_is_gone = false;

class TaskCounter final : public Listener {
 public:
  constexpr TaskCounter() = default;

  base::Mutex& mutex() noexcept ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  EventBits SetLevel(Level level) noexcept override {
    if (level >= Level::kFlight) return kTimeSignals;
    waiting_.Clear();
    return level == Level::kCounters ? kCounterSignals : 0;
  }

  void Hear(const Told& told, Stamp& stamp) noexcept override {
    OwnedBoard* const own = this_board;
    if (own == nullptr) [[unlikely]]
      return HearFirst(told, stamp);
    HearOther(own->board, told, stamp);
  }
  void HearBegin(const Told& told, Stamp& stamp) noexcept override {
    OwnedBoard* const own = this_board;
    if (own == nullptr) [[unlikely]]
      return HearFirst(told, stamp);
    Begin(own->board, told, stamp);
  }
  void HearEnd(const Told& told, Stamp& stamp) noexcept override {
    OwnedBoard* const own = this_board;
    if (own == nullptr) return;
    const ThreadBoard::Run run = own->board.Pop(told.resource->async_id());
    if (run.cell != nullptr) {
      run.cell->run_time.Add(NsBetween(run.begin, stamp.Get()));
    }
  }

  TaskStats Read(std::uint64_t executor) noexcept {
    TaskStats stats;
    const Ticks oldest = waiting_.Oldest(executor);
    if (oldest != 0) {
      stats.oldest_wait = std::chrono::nanoseconds(NsBetween(oldest, Now()));
    }
    const MutexLock lock(mutex_);
    for (const OwnedBoard* own = newest_; own != nullptr; own = own->older) {
      own->board.AddTo(executor, stats);
    }
    if (ended_ != nullptr) {
      const auto ended = ended_->find(executor);
      if (ended != ended_->end()) Add(ended->second, stats);
    }
    return stats;
  }
  std::uint64_t lost() const noexcept {
    // relaxed: a number.
    return lost_.load(std::memory_order_relaxed);
  }

  // Keeps what a thread that ends has counted, so the next one that gets its
  // board begins with an empty one.
  void Detach(OwnedBoard& own) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    own.board.Idle();
    const MutexLock lock(mutex_);
    own.is_free = true;
    try {
      if (ended_ == nullptr) ended_ = new std::map<std::uint64_t, TaskStats>;
      own.board.TakeCells([this](const BoardCell& cell)
                              ABSL_NO_THREAD_SAFETY_ANALYSIS {
                                cell.AddTo((*ended_)[cell.executor]);
                              });
      // The oldest executors are counted together.
      while (ended_->size() > kMaxEnded) {
        const auto oldest = ended_->upper_bound(0);
        Add(oldest->second, (*ended_)[0]);
        ended_->erase(oldest);
      }
    } catch (const std::bad_alloc&) {
      // What is left stays on the board.
    }
  }

 private:
  using Member = Count BoardCell::*;

  // Of how many executors the counts of ended threads are kept apart.
  static constexpr std::size_t kMaxEnded = 1024;

  // True for what Join() and loops make.
  static bool IsPart(const Resource& resource) noexcept {
    return resource.type() == ProviderName(Provider::kForkTask) ||
           resource.type() == ProviderName(Provider::kLoopTask);
  }
  static void Add(const observe::TimeHistogram& from,
                  observe::TimeHistogram& to) noexcept {
    for (std::size_t i = 0; i < from.counts.size(); ++i) {
      to.counts[i] += from.counts[i];
    }
    to.sum += from.sum;
  }
  static void Add(const TaskStats& from, TaskStats& to) noexcept {
    to.stolen_parts += from.stolen_parts;
    to.stolen += from.stolen;
    to.threw += from.threw;
    Add(from.run_time, to.run_time);
    Add(from.queue_wait, to.queue_wait);
  }

  void Add(BoardCell* cell, Member member) noexcept {
    if (cell == nullptr) return CountLost();
    (cell->*member).Add(1);
  }
  void CountLost() noexcept {
    // relaxed: a number.
    lost_.fetch_add(1, std::memory_order_relaxed);
  }

  // The first that a thread is told, unless that is an end.
  [[gnu::noinline]] void HearFirst(const Told& told, Stamp& stamp) noexcept {
    OwnedBoard* const own = Attach();
    if (own == nullptr) return CountLost();
    if (told.signal == Signal::kBefore) return Begin(own->board, told, stamp);
    HearOther(own->board, told, stamp);
  }
  [[gnu::always_inline]] inline void Begin(ThreadBoard& board, const Told& told,
                                           Stamp& stamp) noexcept {
    const AsyncId id = told.resource->async_id();
    BoardCell* cell = nullptr;
    if (told.detail != 0) {
      cell = board.CellOf(told.detail);
      if (cell == nullptr) [[unlikely]]
        CountLost();
      if (SampledTasks::IsSample(id)) CountWait(cell, id, stamp);
    }
    board.Push({id, stamp.Get(), cell});
  }
  [[gnu::noinline]] void HearOther(ThreadBoard& board, const Told& told,
                                   Stamp& stamp) noexcept {
    switch (told.signal) {
      case Signal::kEnqueueSample:
        return waiting_.Put(told.resource->async_id(), told.worker.executor,
                            stamp.Get());
      case Signal::kDrop:
        if (const AsyncId id = told.resource->async_id();
            SampledTasks::IsSample(id)) {
          waiting_.Take(id);
        }
        return;
      case Signal::kSteal: {
        BoardCell* const cell = board.CellOf(told.worker.executor);
        Add(cell, &BoardCell::stolen);
        if (IsPart(*told.resource)) Add(cell, &BoardCell::stolen_parts);
        return;
      }
      case Signal::kThrow:
        return Add(board.CellOf(told.detail), &BoardCell::threw);
      case Signal::kSearch:
        return board.Idle();
      default:
        return;
    }
  }
  [[gnu::noinline]] void CountWait(BoardCell* cell, AsyncId id,
                                   Stamp& stamp) noexcept {
    const Ticks since = waiting_.Take(id);
    if (since == 0 || cell == nullptr) return;
    cell->queue_wait.Add(NsBetween(since, stamp.Get()));
  }

  OwnedBoard* Attach() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  SampledTasks waiting_;
  std::atomic<std::uint64_t> lost_{0};
  base::Mutex mutex_;
  OwnedBoard* newest_ ABSL_GUARDED_BY(mutex_) = nullptr;  // kept for ever
  // What ended threads have counted, by executor. Kept for ever.
  std::map<std::uint64_t, TaskStats>* ended_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

// Never destroyed: threads may be told of after static destruction.
union ImmortalCounter {
  constexpr ImmortalCounter() : counter() {}
  ~ImmortalCounter() {}
  TaskCounter counter;
};
constinit ImmortalCounter the_counter;

[[maybe_unused]] const base::AtFork& counter_known_at_fork =
    *new base::AtFork(the_counter.counter.mutex());

// Gives the thread's board back at its end.
class BoardGuard {
 public:
  void Arm() noexcept { armed_ = true; }
  ~BoardGuard() {
    this_board_is_gone = true;
    if (armed_ && this_board != nullptr) {
      the_counter.counter.Detach(*std::exchange(this_board, nullptr));
    }
  }

 private:
  bool armed_ = false;
};
thread_local BoardGuard board_guard;

OwnedBoard* TaskCounter::Attach() noexcept {
  if (this_board_is_gone) return nullptr;
  const MutexLock lock(mutex_);
  OwnedBoard* found = newest_;
  while (found != nullptr && !found->is_free) found = found->older;
  if (found == nullptr) {
    found = new (std::nothrow) OwnedBoard;
    if (found == nullptr) return nullptr;
    found->older = newest_;
    newest_ = found;
  }
  found->is_free = false;
  board_guard.Arm();
  return this_board = found;
}

}  // namespace
}  // namespace observe_internal

namespace observe {

using observe_internal::the_counter;

void StartTaskCounter() noexcept {
  static_cast<void>(observe_internal::NsPerTick());  // takes a while
  observe_internal::Listen(observe_internal::Seat::kBoard, the_counter.counter);
}

TaskStats ReadTaskStats(std::uint64_t executor) noexcept {
  return the_counter.counter.Read(executor);
}

std::uint64_t UncountedEvents() noexcept { return the_counter.counter.lost(); }

}  // namespace observe
}  // namespace weft
