// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Counts what an executor has accepted and not yet ended, and says whether it
// accepts more.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_ADMISSION_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_ADMISSION_H_

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "weft/executor/internal/task/completion.h"

namespace weft::executor_internal {

// A completion of all that was accepted; its mark says what may still be
// accepted.
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

  // Accepts `count` tasks. While draining it accepts tasks from inside only: a
  // task may submit what it needs in order to end. If it returns false the
  // tasks are counted nevertheless, and the caller takes them off, by Finish().
  [[nodiscard]] bool Enter(std::size_t count, Caller caller) noexcept {
    return Enter(count, [caller] { return caller; });
  }
  // The same, where `caller()` is asked only if that matters.
  template <typename CallerFn>
    requires std::is_invocable_r_v<Caller, const CallerFn&>
  [[nodiscard]] bool Enter(std::size_t count, const CallerFn& caller) noexcept {
    // [A1]
    const std::uint64_t word =
        word_.fetch_add(count * kOne, std::memory_order_seq_cst);
    return (word & kStopped) == kOpen || Allows(word, caller());
  }

  // Takes `count` off; stands in for Completion's Finish(). Returns true if the
  // executor was abandoned and these were the last; it is stopped now, and one
  // is counted that the caller, and nobody else, is to take off when it has
  // ended the rest.
  [[nodiscard]] bool Finish(std::size_t count) noexcept {
    const std::uint64_t taken = count * kOne;
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
        word, (word | kDraining | kAbandoned) + 2 * kOne,
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
      if (word_.compare_exchange_weak(word, kStopped, std::memory_order_acq_rel,
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

  // Does Finish() where somebody waits, or nobody ever will.
  [[gnu::noinline]] bool FinishAwaited(std::uint64_t taken) noexcept {
    // relaxed: the exchange below is what orders.
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    for (;;) {
      std::uint64_t after = word - taken;
      bool is_end = false;
      if ((word & kAbandoned) != 0) [[unlikely]] {
        is_end = (after & ~(kMark | kSleepers)) == kOne;
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

  static bool Allows(std::uint64_t word, Caller caller) noexcept {
    const std::uint64_t state = word & kStopped;
    return state == kOpen || (state == kDraining && caller == Caller::kInside);
  }
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_ADMISSION_H_
