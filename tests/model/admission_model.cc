// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How an executor accepts and ends, the protocol of Admission [A1]: what is
// accepted is waited for, nothing is accepted once it has stopped, and of the
// threads that finish when nobody waits one ends it. The word and what each
// operation makes of it are those of executor/internal/engine/admission.h and
// completion.h; a compare-exchange loop is one read-modify-write that does not
// change what it declines.

#include <gtest/gtest.h>

#include <cstdint>

#include "weft/tests/model/explorer.h"

namespace weft::model {
namespace {

using Word = std::uint64_t;

constexpr Word kSleepers = 1;
constexpr Word kOpen = 0;
constexpr Word kDraining = 2;
constexpr Word kStopped = 6;
constexpr Word kAbandoned = 8;
constexpr Word kOne = Word{1} << 30;
constexpr Word kMark = kOne - 2;

enum class Caller { kOutside, kInside };

bool Allows(Word word, Caller caller) {
  const Word state = word & kStopped;
  return state == kOpen || (state == kDraining && caller == Caller::kInside);
}

namespace order {
// [A1] Enter()
constexpr auto kEnter = std::memory_order_seq_cst;
// [A1], [N1], [N2]: all other changes of the word
constexpr auto kChange = std::memory_order_acq_rel;
// [N1] done()
constexpr auto kDone = std::memory_order_seq_cst;
// [N2] A waiter before it goes to sleep.
constexpr auto kLook = std::memory_order_acquire;
// [N2] A waiter's permit, as its parker's.
constexpr auto kWake = std::memory_order_release;
// [N2] the same
constexpr auto kWoken = std::memory_order_acquire;
// relaxed: the exchange that follows decides.
constexpr auto kGuess = std::memory_order_relaxed;
}  // namespace order

// The word as it is.
class OneWord {
 public:
  Word Load(std::memory_order ordering) const { return word_.load(ordering); }
  template <typename Change>
  Word Modify(std::memory_order ordering, Change change) {
    return word_.Modify(ordering, change);
  }

 private:
  Sync::Atomic<Word> word_{0};
};

// A variant that writes back what it has read, changed, by a separate store.
class ReadThenWritten {
 public:
  Word Load(std::memory_order ordering) const { return word_.load(ordering); }
  template <typename Change>
  Word Modify(std::memory_order, Change change) {
    const Word old = word_.load(order::kDone);
    word_.store(change(old), order::kWake);
    return old;
  }

 private:
  Sync::Atomic<Word> word_{0};
};

// A variant with one word for the count and another for what may still come.
class TwoWords {
 public:
  Word Load(std::memory_order ordering) const {
    return marks_.load(ordering) | count_.load(ordering);
  }
  template <typename Change>
  Word Modify(std::memory_order ordering, Change change) {
    const Word marks = marks_.load(order::kDone);
    const Word count = count_.Modify(
        ordering, [&](Word now) { return change(now | marks) & ~kMark; });
    const Word after = change(count | marks) & kMark;
    if (after != marks) {
      marks_.Modify(ordering, [&](Word now) { return (now & ~marks) | after; });
    }
    return count | marks;
  }

 private:
  Sync::Atomic<Word> count_{0};
  Sync::Atomic<Word> marks_{0};
};

struct Protocol {
  using Words = OneWord;
  static constexpr auto kFinish = order::kChange;
  static constexpr bool kLooksAsItAdds = true;      // Enter()
  static constexpr bool kKnowsAsItFinishes = true;  // Finish(): it was the last
  static constexpr bool kStopsAsItLooks = true;     // StopIfDone()
  static constexpr bool kTellsAsItLooks = true;     // AddWaiter()
  static constexpr bool kCountsItsEnd = true;       // Abandon()
};

template <typename Steps>
class Admission {
 public:
  bool Enter(Caller caller) {
    const auto add = [](Word word) { return word + kOne; };
    if (Steps::kLooksAsItAdds) {
      return Allows(words_.Modify(order::kEnter, add), caller);
    }
    const bool allows = Allows(words_.Load(order::kDone), caller);
    words_.Modify(order::kEnter, add);
    return allows;
  }

  // True: the caller is to end what was abandoned.
  bool Finish() {
    bool is_end = false;
    bool wakes = false;
    words_.Modify(Steps::kFinish, [&](Word word) {
      Word after = word - kOne;
      is_end = Steps::kKnowsAsItFinishes && IsEnd(after);
      wakes = (word & kAbandoned) == 0 && (word & ~kMark) == (kOne | kSleepers);
      if (is_end) after = (after & ~kAbandoned) | kStopped;
      return wakes ? after - kSleepers : after;
    });
    if (wakes) permit_.store(true, order::kWake);
    if (!Steps::kKnowsAsItFinishes && IsEnd(words_.Load(order::kDone))) {
      words_.Modify(order::kChange,
                    [](Word word) { return (word & ~kAbandoned) | kStopped; });
      return true;
    }
    return is_end;
  }

  void Abandon() {
    words_.Modify(order::kChange, [](Word word) {
      return (word | kDraining | kAbandoned) +
             (Steps::kCountsItsEnd ? 2 : 1) * kOne;
    });
  }
  void CloseForDraining() {
    words_.Modify(order::kChange, [](Word word) { return word | kDraining; });
  }
  void Stop() {
    words_.Modify(order::kChange, [](Word word) { return word | kStopped; });
  }
  bool StopIfDone() {
    bool stops = IsDone(words_.Load(order::kGuess));
    if (!stops) return false;
    words_.Modify(order::kChange, [&](Word word) {
      if (Steps::kStopsAsItLooks) stops = IsDone(word);
      return stops ? word | kStopped : word;
    });
    return stops;
  }

  bool done() const { return IsDone(words_.Load(order::kDone)); }
  // Sleeps until nothing is pending.
  void Await() {
    while (!done()) {
      if (!AddWaiter()) continue;
      while (!permit_.exchange(false, order::kWoken)) {
        if (!Wait()) return Require(false, "a waiter sleeps for ever");
      }
    }
  }

 private:
  static bool IsDone(Word word) { return (word & ~kMark) == 0; }
  static bool IsEnd(Word word) {
    return (word & kAbandoned) != 0 &&
           (word & ~(kMark | kSleepers)) == (Steps::kCountsItsEnd ? kOne : 0);
  }
  bool AddWaiter() {
    bool sleeps = !IsDone(words_.Load(order::kLook));
    if (!sleeps) return false;
    words_.Modify(order::kChange, [&](Word word) {
      if (Steps::kTellsAsItLooks) sleeps = !IsDone(word);
      return sleeps ? word | kSleepers : word;
    });
    return sleeps;
  }

  typename Steps::Words words_;
  Sync::Atomic<bool> permit_{false};
};

// Submits one task, and runs it if it is accepted: it must not run after the
// executor has ended.
template <typename Steps>
class Executor {
 public:
  // True: the caller ends it.
  bool SubmitAndRun(Caller caller) {
    if (admission.Enter(caller)) Require(alive, "a task runs after the end");
    return admission.Finish();
  }
  // Nothing is accepted any more, and no thread reads `alive`.
  void End() {
    Require(!ended, "it is ended twice");
    ended = true;
    alive = false;
  }

  Admission<Steps> admission;
  Sync::Plain<bool> alive{true};
  Sync::Plain<bool> ended{false};
};

// One thread settles a promise whose continuation is the executor's, a task on
// another one submits another task, and one shuts down: as
// Engine::FinishShutdown() does, draining or by a stop.
template <typename Steps, bool kStops>
struct Shutdown {
  static constexpr int kThreads = 3;
  Executor<Steps> executor;

  void Run(int thread) {
    auto& admission = executor.admission;
    switch (thread) {
      case 0:
        executor.SubmitAndRun(Caller::kInside);
        break;
      case 1:
        if (admission.Enter(Caller::kOutside)) {
          executor.SubmitAndRun(Caller::kInside);
          Require(executor.alive, "a task runs after the end");
        }
        admission.Finish();
        break;
      case 2:
        admission.CloseForDraining();
        if (kStops) admission.Stop();
        do {
          admission.Await();
        } while (!admission.StopIfDone());
        executor.End();
        break;
    }
  }
  void Check() {
    Require(executor.admission.done(), "a count is lost");
    Require(executor.ended, "nobody has ended it");
    Require(!executor.admission.Enter(Caller::kInside), "it accepts for ever");
  }
};

// One of its own tasks destroys it while others still submit and fork: the
// thread that takes off the last ends it, as Engine::Abandon() and
// EndAbandoned().
template <typename Steps>
struct Abandoned {
  static constexpr int kThreads = 3;
  Executor<Steps> executor;

  Abandoned() {
    // The tasks that run: the one that destroys the executor, and one that
    // submits.
    Require(executor.admission.Enter(Caller::kOutside), "it is open");
    Require(executor.admission.Enter(Caller::kOutside), "it is open");
  }
  void EndIf(bool is_last) {
    if (!is_last) return;
    executor.End();
    Require(!executor.admission.Finish(), "it is ended twice");
  }
  void Run(int thread) {
    auto& admission = executor.admission;
    switch (thread) {
      case 0:
        admission.CloseForDraining();
        admission.Abandon();
        EndIf(admission.Finish());
        EndIf(admission.Finish());  // the task that did it
        break;
      case 1:
        // A fork that it makes and withdraws is counted as a task is.
        EndIf(executor.SubmitAndRun(Caller::kInside));
        EndIf(admission.Finish());
        break;
      case 2:
        // A promise's continuation, or a timer: late, and from outside.
        EndIf(executor.SubmitAndRun(Caller::kOutside));
        break;
    }
  }
  void Check() {
    Require(executor.ended, "nobody has ended it");
    Require(executor.admission.done(), "a count is lost");
  }
};

// A fork is accepted before it is queued; if it never is, a thread that nobody
// waits for withdraws it. It may be what a waiter waited for.
template <typename Steps>
struct Withdrawn {
  static constexpr int kThreads = 3;
  Executor<Steps> executor;

  void Run(int thread) {
    auto& admission = executor.admission;
    if (thread < 2) {
      static_cast<void>(admission.Enter(Caller::kOutside));
      static_cast<void>(admission.Finish());
    } else {
      admission.Await();
      if (admission.StopIfDone()) executor.End();
    }
  }
  void Check() { Require(executor.admission.done(), "a count is lost"); }
};

template <typename Steps>
Result ExploreAll() {
  constexpr Plan kAll = Exhaustive(3);
  Result result;
  (result = Explore<Shutdown<Steps, false>>(kAll)) &&
      (result = Explore<Shutdown<Steps, true>>(kAll)) &&
      (result = Explore<Abandoned<Steps>>(kAll)) &&
      (result = Explore<Withdrawn<Steps>>(kAll));
  return result;
}

TEST(AdmissionModelTest, WhatIsAcceptedIsWaitedForAndOneEndsIt) {
  const Result result = ExploreAll<Protocol>();
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

struct InTwoWords : Protocol {
  using Words = TwoWords;
};
struct NotReadModifyWrite : Protocol {
  using Words = ReadThenWritten;
};
struct RelaxedFinish : Protocol {
  // [N1] weakened: relaxed.
  static constexpr auto kFinish = std::memory_order_relaxed;
};
struct LooksBeforeItAdds : Protocol {
  static constexpr bool kLooksAsItAdds = false;
};
struct AsksAfterItFinished : Protocol {
  static constexpr bool kKnowsAsItFinishes = false;
};
struct StopsAfterItLooked : Protocol {
  static constexpr bool kStopsAsItLooks = false;
};
struct TellsAfterItLooked : Protocol {
  static constexpr bool kTellsAsItLooks = false;
};
struct LeavesItsEndUncounted : Protocol {
  static constexpr bool kCountsItsEnd = false;
};

TEST(AdmissionModelTest, ItIsOneWordChangedByReadModifyWrites) {
  EXPECT_FALSE(ExploreAll<InTwoWords>());
  EXPECT_FALSE(ExploreAll<NotReadModifyWrite>());
}

TEST(AdmissionModelTest, EachStepIsNeeded) {
  EXPECT_FALSE(ExploreAll<RelaxedFinish>());
  EXPECT_FALSE(ExploreAll<LooksBeforeItAdds>());
  EXPECT_FALSE(ExploreAll<AsksAfterItFinished>());
  EXPECT_FALSE(ExploreAll<StopsAfterItLooked>());
  EXPECT_FALSE(ExploreAll<TellsAfterItLooked>());
  EXPECT_FALSE(ExploreAll<LeavesItsEndUncounted>());
}

}  // namespace
}  // namespace weft::model
