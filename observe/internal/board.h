// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What one thread has counted of the tasks that it runs: a cell for each
// executor. The thread writes, and others read meanwhile.
//
// Edges:
//   [X8] the store of `newest_` <-> the load of it: the cells are complete.
//        Breaks if weakened: a cell is read before it is made. Test:
//        TaskCounterStressTest.CountsAreExactWhenTasksHaveEnded (TSan).

#ifndef WEFT_OBSERVE_INTERNAL_BOARD_H_
#define WEFT_OBSERVE_INTERNAL_BOARD_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "weft/hooks/async_id.h"
#include "weft/observe/metrics/task_stats.h"

namespace weft::observe_internal {

// A number that one thread adds to.
class Count {
 public:
  void Add(std::uint64_t more) noexcept {
    // relaxed: written by one thread; others read a number.
    value_.store(value_.load(std::memory_order_relaxed) + more,
                 std::memory_order_relaxed);
  }
  std::uint64_t Get() const noexcept {
    // relaxed: a number. Who has waited for a task is ordered after what was
    // counted of it by that wait.
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class TimeCounts {
 public:
  void Add(std::uint64_t ns) noexcept {
    const auto width = static_cast<std::size_t>(std::bit_width(ns));
    counts_[std::min(width, counts_.size() - 1)].Add(1);
    sum_.Add(ns);
  }
  void AddTo(observe::TimeHistogram& out) const noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      out.counts[i] += counts_[i].Get();
    }
    out.sum += std::chrono::nanoseconds(sum_.Get());
  }

 private:
  std::array<Count, observe::TimeHistogram::kCounts> counts_;
  Count sum_;
};

struct BoardCell {
  void AddTo(observe::TaskStats& out) const noexcept {
    out.stolen_parts += stolen_parts.Get();
    out.stolen += stolen.Get();
    out.threw += threw.Get();
    run_time.AddTo(out.run_time);
    queue_wait.AddTo(out.queue_wait);
  }

  const std::uint64_t executor;
  BoardCell* const older;
  Count stolen_parts{};
  Count stolen{};
  Count threw{};
  TimeCounts run_time{};
  TimeCounts queue_wait{};
};

// Owner-only, but for AddTo().
class ThreadBoard {
 public:
  // What runs on the thread: a task, or what is no task and has no cell.
  struct Run {
    AsyncId id;
    std::uint64_t begin;
    BoardCell* cell;
  };

  // Returns the cell of `executor`, or, if there are many already, that of 0;
  // null if there is no memory.
  BoardCell* CellOf(std::uint64_t executor) noexcept {
    if (latest_ != nullptr && latest_->executor == executor) [[likely]]
      return latest_;
    return latest_ = FindCell(executor);
  }

  // What runs, outermost first. More than there is room for are not known.
  void Push(const Run& run) noexcept {
    if (depth_ < runs_.size()) runs_[depth_] = run;
    ++depth_;
  }
  // Returns the innermost run of `id`, and takes it off with those inside it;
  // one without a cell if it is not known.
  Run Pop(AsyncId id) noexcept {
    if (depth_ > runs_.size()) {
      --depth_;
      return {};
    }
    for (std::size_t depth = depth_; depth > 0; --depth) {
      if (runs_[depth - 1].id != id) continue;
      depth_ = depth - 1;
      return runs_[depth - 1];
    }
    return {};
  }
  // Nothing runs.
  void Idle() noexcept { depth_ = 0; }

  // Calls `take(cell)` with each cell, and destroys it. Nobody may read
  // meanwhile.
  template <typename Take>
  void TakeCells(Take take) {
    latest_ = nullptr;
    // relaxed: this thread's own store.
    BoardCell* cell = newest_.load(std::memory_order_relaxed);
    while (cell != nullptr) {
      take(*cell);
      // relaxed: nobody reads.
      newest_.store(cell->older, std::memory_order_relaxed);
      delete std::exchange(cell, cell->older);
      --cells_;
    }
  }

  // Thread-safe.
  void AddTo(std::uint64_t executor, observe::TaskStats& out) const noexcept {
    const BoardCell* cell = newest_.load(std::memory_order_acquire);  // [X8]
    for (; cell != nullptr; cell = cell->older) {
      if (cell->executor == executor) cell->AddTo(out);
    }
  }

 private:
  static constexpr int kMaxCells = 64;

  [[gnu::noinline]] BoardCell* FindCell(std::uint64_t executor) noexcept {
    // relaxed: this thread's own store.
    BoardCell* const newest = newest_.load(std::memory_order_relaxed);
    for (BoardCell* cell = newest; cell != nullptr; cell = cell->older) {
      if (cell->executor == executor) return cell;
    }
    if (cells_ >= kMaxCells && executor != 0) return FindCell(0);
    auto* const made = new (std::nothrow) BoardCell{executor, newest};
    if (made == nullptr) return nullptr;
    ++cells_;
    newest_.store(made, std::memory_order_release);  // [X8]
    return made;
  }

  std::atomic<BoardCell*> newest_{nullptr};
  BoardCell* latest_ = nullptr;
  int cells_ = 0;
  std::size_t depth_ = 0;
  std::array<Run, 32> runs_{};
};

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_BOARD_H_
