// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Counts what an executor has accepted and not yet ended, and says whether it
// accepts more. Besides it counts the tasks among that, ended ones too.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_ADMISSION_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_ADMISSION_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/internal/task/completion.h"

namespace weft::executor_internal {

// A completion of all that was accepted; its mark says what may still be
// accepted, and how many tasks have been.
//
// That number costs its submitters nothing, as it changes with the one they
// change anyway. It has 26 bits there; whoever sees that the highest is set
// carries it over into a greater number, in time: as often again a task would
// have to be accepted before.
//
// Edges:
//   [A1] All changes are read-modify-writes of the one word: a submission
//        either comes before the closing in its modification order, and is
//        waited for, or sees it, and is refused; and of the tasks that end when
//        nobody waits, one sees that it is the last. Breaks if state and count
//        were two words: a task is accepted by an executor that has drained, or
//        an abandoned one is ended by two threads, or by none. Test:
//        tests/model/admission_model.cc, tests/stress/lifecycle_stress_test.cc,
//        tests/executor/futures/abandoned_test.cc.
//
// Thread-safe.
class Admission : public Completion {
 public:
  Admission() noexcept : Completion(0) {}

  enum class Caller { kOutside, kInside };

  // Says how many of what Enter() accepts are tasks.
  enum class Tasks : std::uint64_t { kNone = 0, kOne = 1 };

  // Accepts `count`. While draining it accepts from inside only: a task may
  // submit what it needs in order to end. If it returns false they are counted
  // nevertheless, and the caller takes them off, by Finish() and CountUndone().
  [[nodiscard]] bool Enter(std::size_t count, Tasks tasks,
                           Caller caller) noexcept {
    return Enter(count, tasks, [caller] { return caller; });
  }
  // The same, where `caller()` is asked only if that matters.
  template <typename CallerFn>
    requires std::is_invocable_r_v<Caller, const CallerFn&>
  [[nodiscard]] bool Enter(std::size_t count, Tasks tasks,
                           const CallerFn& caller) noexcept {
    // [A1]
    const std::uint64_t word = word_.fetch_add(
        count * Completion::kOne + static_cast<std::uint64_t>(tasks) * kOneTask,
        std::memory_order_seq_cst);
    if ((word & (kStopped | kManyTasks)) == kOpen) [[likely]]
      return true;
    if ((word & kManyTasks) != 0) CarryTasks();
    return Allows(word, caller());
  }
  // Takes back that one task was accepted: it could not be queued.
  void CountUndone() noexcept {
    // relaxed: a number for statistics.
    undone_.fetch_add(1, std::memory_order_relaxed);
  }
  // Returns how many tasks have been accepted. A task that is taken back just
  // now may be counted.
  std::uint64_t tasks() const noexcept ABSL_LOCKS_EXCLUDED(carry_mutex_) {
    // relaxed: numbers for statistics. The lock keeps the carry together.
    const std::uint64_t undone = undone_.load(std::memory_order_relaxed);
    const base::MutexLock lock(carry_mutex_);
    return carried_ +
           (word_.load(std::memory_order_relaxed) & kTasks) / kOneTask - undone;
  }

  // Takes `count` off; stands in for Completion's Finish(). Returns true if the
  // executor was abandoned and these were the last; it is stopped now, and one
  // is counted that the caller, and nobody else, is to take off when it has
  // ended the rest.
  [[nodiscard]] bool Finish(std::size_t count) noexcept {
    const std::uint64_t taken = count * Completion::kOne;
    // relaxed: the exchange below is what orders.
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    while ((word & (kAbandoned | kSleepers)) == 0) [[likely]] {
      // [A1], [N1] relaxed: nothing is handed over if it fails.
      if (word_.compare_exchange_weak(word, word - taken,
                                      std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
        return false;
      }
    }
    return FinishAwaited(taken);
  }

  // Accepts no more from outside; nobody waits for the rest: some Finish() will
  // say that it was the last. Counts one, which that Finish() takes off, and
  // one more, for the caller to finish when it is ready for that.
  void Abandon() noexcept {
    // relaxed: the exchange below is what orders.
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    // [A1] relaxed: nothing is handed over if it fails.
    while (!word_.compare_exchange_weak(
        word, (word | kDraining | kAbandoned) + 2 * Completion::kOne,
        std::memory_order_acq_rel, std::memory_order_relaxed)) {
    }
  }

  bool stopped() const noexcept {
    // relaxed: a thread that must see it is ordered after Stop() by other
    // means; a racing submission may come before or after it.
    return (word_.load(std::memory_order_relaxed) & kStopped) == kStopped;
  }
  // True if Enter() would accept one.
  bool Accepts(Caller caller) const noexcept {
    // relaxed: see stopped().
    return Allows(word_.load(std::memory_order_relaxed), caller);
  }

  // Accepts no more from outside.
  void CloseForDraining() noexcept {
    // [A1]
    word_.fetch_or(kDraining, std::memory_order_acq_rel);
  }
  // Accepts no more at all.
  void Stop() noexcept {
    // [A1]
    word_.fetch_or(kStopped, std::memory_order_acq_rel);
  }
  // Stops if nothing is left; else returns false.
  bool StopIfDone() noexcept {
    // relaxed: the exchange below decides.
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    // [A1] relaxed: nothing is seen if it fails.
    while ((word & ~kMark) == 0) {
      if (word_.compare_exchange_weak(word, (word & kTasks) | kStopped,
                                      std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

 private:
  static constexpr std::uint64_t kOpen = 0;
  static constexpr std::uint64_t kDraining = 2;
  static constexpr std::uint64_t kStopped = 6;
  static constexpr std::uint64_t kAbandoned = 8;  // besides another
  static constexpr std::uint64_t kOneTask = 16;
  static constexpr std::uint64_t kManyTasks = Completion::kOne / 2;
  static constexpr std::uint64_t kTasks = Completion::kOne - kOneTask;

  // Does Finish() where somebody waits, or nobody ever will.
  [[gnu::noinline]] bool FinishAwaited(std::uint64_t taken) noexcept {
    // relaxed: the exchange below is what orders.
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    for (;;) {
      std::uint64_t after = word - taken;
      bool is_end = false;
      if ((word & kAbandoned) != 0) [[unlikely]] {
        is_end = (after & ~(kMark | kSleepers)) == Completion::kOne;
        if (is_end) after = (after & ~kAbandoned) | kStopped;
      } else if ((word & ~kMark) == (taken | kSleepers)) [[unlikely]] {
        FinishLast(taken);
        return false;
      }
      // [A1], [N1], [N2] relaxed: nothing is handed over if it fails.
      if (word_.compare_exchange_weak(word, after, std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
        return is_end;
      }
    }
  }

  // Carries the highest bit of the number of tasks over.
  [[gnu::noinline]] void CarryTasks() noexcept
      ABSL_LOCKS_EXCLUDED(carry_mutex_) {
    const base::MutexLock lock(carry_mutex_);
    // relaxed: nothing is handed over; the lock keeps the two together.
    if ((word_.load(std::memory_order_relaxed) & kManyTasks) == 0) return;
    // [A1]
    word_.fetch_and(~kManyTasks, std::memory_order_acq_rel);
    carried_ += kManyTasks / kOneTask;
  }

  static bool Allows(std::uint64_t word, Caller caller) noexcept {
    const std::uint64_t state = word & kStopped;
    return state == kOpen || (state == kDraining && caller == Caller::kInside);
  }

  std::atomic<std::uint64_t> undone_{0};
  mutable base::Mutex carry_mutex_;
  std::uint64_t carried_ ABSL_GUARDED_BY(carry_mutex_) = 0;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_ADMISSION_H_
