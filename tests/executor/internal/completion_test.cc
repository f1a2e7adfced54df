// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task/completion.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/stress_rounds.h"
#include "weft/base/sync/parker.h"
#include "weft/base/sync/waiter.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/wait.h"
#include "weft/executor/internal/task/finish_batch.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {
namespace {

void Wait(Completion& completion) {
  base::Parker& parker = base::Parker::OfThisThread();
  for (;;) {
    base::Waiter waiter(parker);
    if (!completion.AddWaiter(waiter)) return;
    parker.Park();
    completion.RemoveWaiter(waiter);
  }
}

TEST(CompletionTest, IsDoneWhenNothingIsPending) {
  Completion completion(0);
  EXPECT_TRUE(completion.done());
  completion.Add();
  completion.Add();
  EXPECT_FALSE(completion.done());
  completion.Finish();
  EXPECT_FALSE(completion.done());
  completion.Finish();
  EXPECT_TRUE(completion.done());
}

TEST(CompletionTest, ADoneOneTakesNoWaiters) {
  Completion completion(0);
  base::Waiter waiter(base::Parker::OfThisThread());
  EXPECT_FALSE(completion.AddWaiter(waiter));
}

// Where it stands on a stack there was something else before.
TEST(CompletionTest, NeedsNoCleanMemory) {
  alignas(Completion) unsigned char memory[sizeof(Completion)];
  std::memset(memory, 0xA5, sizeof(memory));
  auto* const completion = new (memory) Completion(1);
  base::Parker& parker = base::Parker::OfThisThread();
  base::Waiter one(parker);
  base::Waiter other(parker);
  EXPECT_TRUE(completion->AddWaiter(one));
  EXPECT_TRUE(completion->AddWaiter(other));
  EXPECT_FALSE(completion->RemoveWaiter(one));
  completion->Finish();
  EXPECT_FALSE(other.listed);
  parker.Park();
  EXPECT_TRUE(completion->done());
}

TEST(CompletionTest, TheLastFinishWakesEveryWaiter) {
  constexpr int kWaiters = 4;
  Completion completion(2);
  std::vector<int> seen(kWaiters, 0);
  int data = 0;  // plain: handed over by the completion
  std::vector<std::thread> waiters;
  for (int i = 0; i < kWaiters; ++i) {
    waiters.emplace_back([&, i] {
      Wait(completion);
      seen[static_cast<std::size_t>(i)] = data;
    });
  }
  completion.Finish();
  data = 5;
  completion.Finish();
  for (std::thread& waiter : waiters) waiter.join();

  EXPECT_EQ(seen, std::vector<int>(kWaiters, 5));
}

// The waiter destroys it the moment it is done, while Finish() is on its way.
TEST(CompletionTest, MayBeDestroyedByWhoSawItDone) {
  for (int i = 0; i < 2000; ++i) {
    auto completion = std::make_unique<Completion>(1);
    std::thread finisher([&raw = *completion] { raw.Finish(); });
    Wait(*completion);
    EXPECT_TRUE(completion->done());
    completion.reset();
    finisher.join();
  }
}

// Several are taken off at once, and some added meanwhile.
TEST(CompletionTest, CountsWhatIsAddedAndFinishedTogether) {
  Completion completion(0);
  completion.Add(5);
  EXPECT_EQ(completion.pending(), 5u);
  completion.Finish(3);
  completion.Add();
  completion.Finish(3);
  EXPECT_TRUE(completion.done());
}

// Guards edge [N2]: one finisher, one waiter that goes to sleep meanwhile.
TEST(CompletionTest, NoWakeUpIsLost) {
  for (int i = 0; i < tests::StressRounds(20'000); ++i) {
    Completion completion(1);
    std::atomic<bool> go{false};
    std::thread finisher([&] {
      // relaxed: the completion orders.
      while (!go.load(std::memory_order_relaxed)) {
      }
      completion.Finish();
    });
    // relaxed: as above.
    go.store(true, std::memory_order_relaxed);
    Wait(completion);
    EXPECT_TRUE(completion.done());
    finisher.join();
  }
}

// A waiter that leaves early, for other reasons, is not waited for.
TEST(CompletionTest, AWaiterMayLeaveBeforeItIsDone) {
  Completion completion(1);
  base::Waiter waiter(base::Parker::OfThisThread());
  ASSERT_TRUE(completion.AddWaiter(waiter));
  EXPECT_FALSE(completion.RemoveWaiter(waiter));
  EXPECT_FALSE(waiter.listed);
  EXPECT_FALSE(completion.done());
  completion.Finish();
  EXPECT_TRUE(completion.done());
}

// More may be added before the thread that was woken runs.
TEST(CompletionTest, AWaiterIsToldThatItWasDoneThoughMoreCame) {
  Completion completion(1);
  base::Waiter waiter(base::Parker::OfThisThread());
  ASSERT_TRUE(completion.AddWaiter(waiter));
  completion.Finish();
  completion.Add();
  EXPECT_TRUE(completion.RemoveWaiter(waiter));
  EXPECT_FALSE(completion.done());
}

// A completion that tells whether somebody sleeps until it is done.
struct Watched : Completion {
  using Completion::Completion;
  bool has_sleeper() const noexcept {
    // relaxed: the test then finishes it, under the lock of its sleepers.
    return (word_.load(std::memory_order_relaxed) & kSleepers) != 0;
  }
};

// Each way in which a thread with queues may sleep.
TEST(CompletionTest, AWaitEndsThoughMoreCame) {
  constexpr std::chrono::seconds kLong{30};
  for (const WaitKind kind : {WaitKind::kPromise, WaitKind::kGroup}) {
    Executor executor({.concurrency = 1});
    Watched completion(1);
    Future<bool> was_done = executor.Submit([&] {
      Engine& engine = thread_state.running->engine;
      return Await(completion, kind == WaitKind::kGroup ? &engine : nullptr,
                   kind, base::Parker::Clock::now() + kLong);
    });
    while (!completion.has_sleeper()) std::this_thread::yield();
    completion.Finish();
    completion.Add();
    EXPECT_TRUE(was_done.Get());
  }
}

// A function of the test, as a listener that may be destroyed by it.
struct Called : base::Listener {
  explicit Called(std::function<void()> its_call)
      : Listener([](Listener& self) noexcept {
          const auto taken = std::move(static_cast<Called&>(self).call);
          taken();
        }),
        call(std::move(its_call)) {}
  std::function<void()> call;
};

TEST(CompletionTest, CallsAListenerWhenItMayBeGone) {
  std::optional<Completion> completion;
  std::unique_ptr<Called> listener;
  int calls = 0;
  listener = std::make_unique<Called>([&] {
    ++calls;
    EXPECT_TRUE(completion->done());
    listener.reset();
    completion.reset();
    completion.emplace(1);  // where it was, and so with the same lock
    base::Waiter waiter(base::Parker::OfThisThread());
    EXPECT_TRUE(completion->AddWaiter(waiter));
    EXPECT_FALSE(completion->RemoveWaiter(waiter));
  });
  completion.emplace(1);
  ASSERT_TRUE(completion->AddWaiter(*listener));
  completion->Finish();
  EXPECT_EQ(calls, 1);
}

TEST(CompletionTest, OneThatIsRemovedIsNotCalledNorTakenAgain) {
  Completion completion(1);
  Called listed([] { FAIL(); });
  ASSERT_TRUE(completion.AddWaiter(listed));
  EXPECT_FALSE(completion.RemoveWaiter(listed));
  EXPECT_TRUE(completion.RemoveWaiter(listed));
  Called removed_before([] { FAIL(); });
  EXPECT_TRUE(completion.RemoveWaiter(removed_before));
  EXPECT_FALSE(completion.AddWaiter(removed_before));
  completion.Finish();
  EXPECT_TRUE(completion.done());
}

// Of the last finisher and the thread that takes the listener back, one has it.
TEST(CompletionTest, CallingRacesWithRemoving) {
  for (int i = 0; i < tests::StressRounds(2'000); ++i) {
    int calls = 0;
    Completion completion(1);
    Called listener([&] { ++calls; });
    ASSERT_TRUE(completion.AddWaiter(listener));
    std::thread finisher([&] { completion.Finish(); });
    const bool is_called = completion.RemoveWaiter(listener);
    finisher.join();
    EXPECT_EQ(calls, is_called ? 1 : 0);
  }
}

TEST(FinishBatchTest, AListenerMayAddToIt) {
  FinishBatch batch;
  Completion first(1);
  Completion second(1);
  Completion third(2);
  Called listener([&] { batch.Add(second); });
  ASSERT_TRUE(first.AddWaiter(listener));
  batch.Add(first);
  batch.Add(third);
  EXPECT_TRUE(second.done());
  batch.Flush();
  EXPECT_EQ(third.pending(), 1u);
}

TEST(WaiterListTest, WakesEachOnceAndTellsWhoIsGone) {
  base::Parker parkers[3];
  base::Waiter waiters[3] = {base::Waiter(parkers[0]), base::Waiter(parkers[1]),
                             base::Waiter(parkers[2])};
  base::WaiterList list;
  for (base::Waiter& waiter : waiters) list.Add(waiter);
  list.Remove(waiters[1]);
  EXPECT_FALSE(waiters[1].listed);
  EXPECT_TRUE(waiters[0].listed);
  EXPECT_EQ(list.TakeOne(), &waiters[2]);
  list.Add(waiters[2]);
  list.WakeAll();
  parkers[0].Park();
  parkers[2].Park();
  EXPECT_FALSE(waiters[0].listed);
  EXPECT_FALSE(waiters[2].listed);
  EXPECT_EQ(base::WaiterList().TakeOne(), nullptr);
}

}  // namespace
}  // namespace weft::executor_internal
