// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Locks, permits, events and channels: who gets what, in which order, in which
// context, and that nothing is lost when those that wait give up.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/sync/async_event.h"
#include "weft/executor/sync/async_mutex.h"
#include "weft/executor/sync/async_semaphore.h"
#include "weft/executor/sync/channel.h"
#include "weft/hooks/async_hook.h"
#include "weft/tests/support/call_when_gone.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;
using tests::CallWhenGone;
using tests::Count;
using tests::Counted;
using tests::StressRounds;
using tests::Tally;

using Permits = AsyncSemaphore::Permits;

// Counts who is inside, also one who leaves by an exception.
class Inside {
 public:
  explicit Inside(std::atomic<int>& count) : count_(count) { ++count_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { --count_; }

 private:
  std::atomic<int>& count_;
};

// How often a test repeats; fewer times where another executor is below.
int Rounds(int param, int rounds) {
  return StressRounds(KindOf(param) == 0 ? rounds : rounds / 10);
}

class AsyncMutexTest : public EveryExecutorTest {};
class AsyncSemaphoreTest : public EveryExecutorTest {};
class AsyncEventTest : public EveryExecutorTest {};
class ChannelTest : public EveryExecutorTest {};

// Each coroutine changes plain memory under the lock, across suspensions, and
// reads its own store there.
TEST_P(AsyncMutexTest, IsHeldByOneAcrossSuspensionsEachInItsContext) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> tenant;
  AsyncMutex mutex(*executor);
  int holders = 0;
  int sum = 0;
  Count mixed;
  const auto work = [&](int id) -> Task<> {
    for (int i = 0; i < 20; ++i) {
      const auto lock = co_await mutex.Lock();
      if (++holders != 1 || *tenant.GetStore() != id) mixed.Add();
      co_await executor->Schedule();
      if (*tenant.GetStore() != id) mixed.Add();
      ++sum;
      --holders;
    }
  };
  std::vector<Future<void>> all;
  for (int id = 0; id < 20; ++id) {
    all.push_back(tenant.Run(id, [&] { return Spawn(*executor, work(id)); }));
  }
  for (Future<void>& one : all) one.Get();
  EXPECT_EQ(sum, 400);
  EXPECT_EQ(mixed.get(), 0);
  EXPECT_TRUE(mutex.TryLock().has_value());
}

TEST_P(AsyncMutexTest, IsPassedOnInTheOrderOfTheCalls) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncMutex mutex(*executor);
  std::optional<AsyncMutex::Guard> held = mutex.TryLock();
  ASSERT_TRUE(held.has_value());
  EXPECT_FALSE(mutex.TryLock().has_value());
  std::vector<ValueFuture<AsyncMutex::Guard>> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(mutex.Lock());
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    EXPECT_FALSE(waiting[i].IsReady()) << i;
    held.reset();
    EXPECT_TRUE(waiting[i].IsReady()) << i;
    held = waiting[i].Get();
  }
}

// One that is cancelled goes on at once, and the next does not wait for it.
TEST_P(AsyncMutexTest, AWaiterThatIsCancelledLeavesTheQueue) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncMutex mutex(*executor);
  std::optional<AsyncMutex::Guard> held = mutex.TryLock();
  CancellationSource source;
  const auto work = [&]() -> Task<> {
    const auto lock = co_await mutex.Lock();
  };
  Future<void> cancelled = [&] {
    const CancellationScope scope(source.token());
    return Spawn(*executor, work());
  }();
  executor->Drain();  // it waits
  Future<void> next = Spawn(*executor, work());
  executor->Drain();
  source.Cancel();
  EXPECT_THROW(cancelled.Get(), CancelledError);
  EXPECT_FALSE(next.IsReady());
  held.reset();
  next.Get();
  EXPECT_TRUE(mutex.TryLock().has_value());
}

TEST_P(AsyncMutexTest, AWaiterThatIsLateLeavesTheQueue) {
  if (WorkersOf(GetParam()) == kManual) GTEST_SKIP() << "no clock runs there";
  const std::unique_ptr<Executor> executor = Make();
  AsyncMutex mutex(*executor);
  const std::optional<AsyncMutex::Guard> held = mutex.TryLock();
  const auto work = [&]() -> Task<> {
    const auto lock = co_await mutex.Lock();
  };
  Future<void> late = [&] {
    const DeadlineScope scope(Deadline::In(std::chrono::milliseconds(5)));
    return Spawn(*executor, work());
  }();
  EXPECT_THROW(late.Get(), DeadlineExceededError);
}

// The lock is given back by whoever gets it, also if that was cancelled at the
// same moment.
TEST_P(AsyncMutexTest, IsNotLostWhereCancellingAndUnlockingRace) {
  if (WorkersOf(GetParam()) == kManual)
    GTEST_SKIP() << "one thread at a time may run it";
  const std::unique_ptr<Executor> executor = Make();
  AsyncMutex mutex(*executor);
  const auto work = [&]() -> Task<> {
    const auto lock = co_await mutex.Lock();
  };
  for (int i = 0; i < Rounds(GetParam(), 2'000); ++i) {
    CancellationSource source;
    std::optional<AsyncMutex::Guard> held = mutex.Lock().Get();
    Future<void> first = [&] {
      const CancellationScope scope(source.token());
      return Spawn(*executor, work());
    }();
    Future<void> second = Spawn(*executor, work());
    std::atomic<bool> go{false};
    std::thread canceller([&] {
      // relaxed: starts both at about the same time.
      while (!go.load(std::memory_order_relaxed)) {
      }
      source.Cancel();
    });
    // relaxed: as above.
    go.store(true, std::memory_order_relaxed);
    held.reset();
    second.Get();
    try {
      first.Get();
    } catch (const CancelledError&) {
    }
    canceller.join();
  }
  executor->Drain();
  EXPECT_TRUE(mutex.TryLock().has_value());
}

// None of the coroutines that get the lock can go on; that must not nest.
TEST_P(AsyncMutexTest, ManyThatCannotGoOnCostNoStack) {
  if (KindOf(GetParam()) != 0) GTEST_SKIP() << "no other waits there";
  const std::unique_ptr<Executor> executor = Make();
  AsyncMutex mutex(*executor);
  std::optional<AsyncMutex::Guard> held = mutex.TryLock();
  const auto work = [&]() -> Task<> {
    const auto lock = co_await mutex.Lock();
  };
  std::vector<Future<void>> waiting;
  for (int i = 0; i < 50'000; ++i) waiting.push_back(Spawn(*executor, work()));
  executor->Drain();
  executor->Shutdown(OnShutdown::kDrain);
  held.reset();
  for (Future<void>& one : waiting) EXPECT_THROW(one.Get(), ShutdownError);
  EXPECT_TRUE(mutex.TryLock().has_value());
}

// A wait that is dropped is given up: it leaves the queue.
TEST_P(AsyncMutexTest, AWaitThatIsDroppedLeavesNothing) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncMutex mutex(*executor);
  std::optional<AsyncMutex::Guard> held = mutex.TryLock();
  Count ended;
  AsyncHook hook = CreateHook({.destroy = [&](const DestroyEvent& event) {
                     if (event.type() == "PROMISE") ended.Add();
                   }}).Enable();
  for (int i = 0; i < 3; ++i) {
    const ValueFuture<AsyncMutex::Guard> lock = mutex.Lock();
    EXPECT_FALSE(lock.WaitFor(microseconds(1)));
  }
  hook.DisableAndWait();
  EXPECT_EQ(ended.get(), 3);
  // One that is replaced is dropped too.
  ValueFuture<AsyncMutex::Guard> first = mutex.Lock();
  ValueFuture<AsyncMutex::Guard> second = mutex.Lock();
  first = std::move(second);
  held.reset();
  EXPECT_TRUE(first.IsReady());
}

// Whoever asks twice must not believe that it has the lock.
TEST_P(AsyncMutexTest, AResultIsTakenOnce) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncMutex mutex(*executor);
  ValueFuture<AsyncMutex::Guard> lock = mutex.Lock();
  const AsyncMutex::Guard held = lock.Get();
  const auto says = ThrowsMessage<std::logic_error>(
      HasSubstr("the future has no result: it was taken by Get(), moved from"));
  EXPECT_THAT([&] { lock.Get(); }, says);
  EXPECT_THAT([&] { lock.WaitFor(hours(1)); }, says);
  EXPECT_THROW(lock.IsReady(), std::logic_error);
  ValueFuture<AsyncMutex::Guard> moved = mutex.Lock();
  const ValueFuture<AsyncMutex::Guard> next = std::move(moved);
  const auto await = [&]() -> Task<> { const auto none = co_await moved; };
  EXPECT_THROW(Spawn(*executor, await()).Get(), std::logic_error);
  EXPECT_FALSE(next.IsReady());
}

TEST_P(AsyncMutexTest, MayDieBeforeItsGuardsAndItsWaiters) {
  const std::unique_ptr<Executor> executor = Make();
  std::optional<AsyncMutex::Guard> held;
  std::optional<ValueFuture<AsyncMutex::Guard>> waiting;
  {
    AsyncMutex mutex(*executor);
    held = mutex.TryLock();
    waiting.emplace(mutex.Lock());
  }
  EXPECT_THROW(waiting->Get(), BrokenPromiseError);
  held.reset();
}

// The coroutine that gets the lock cannot go on.
TEST_P(AsyncMutexTest, IsGivenBackAfterAShutdown) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncMutex mutex(*executor);
  std::optional<AsyncMutex::Guard> held = mutex.TryLock();
  const auto work = [&]() -> Task<> {
    const auto lock = co_await mutex.Lock();
  };
  Future<void> waiting = Spawn(*executor, work());
  executor->Drain();
  executor->Shutdown(OnShutdown::kDrain);
  held.reset();
  EXPECT_THROW(waiting.Get(), ShutdownError);
  EXPECT_TRUE(mutex.TryLock().has_value());
}

TEST_P(AsyncMutexTest, IsAPromiseToHooksOnlyWhereItIsWaitedFor) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncMutex mutex(*executor);
  std::vector<std::string> log;
  const AsyncHook hook =
      CreateHook(
          {.init =
               [&](const InitEvent& event) {
                 log.push_back("init " + std::string(event.type()));
               },
           .destroy = [&](const auto&) { log.push_back("destroy"); },
           .promise_resolve = [&](const auto&) { log.push_back("resolve"); }})
          .Enable();
  {
    const AsyncMutex::Guard held = mutex.Lock().Get();
    EXPECT_THAT(log, ElementsAre());
  }
  std::optional<AsyncMutex::Guard> held = mutex.TryLock();
  {
    ValueFuture<AsyncMutex::Guard> waiting = mutex.Lock();
    held.reset();
    waiting.Get();
  }
  EXPECT_THAT(log, ElementsAre("init PROMISE", "resolve", "destroy"));
}

// The first three wait inside for each other, so fewer would never end.
TEST_P(AsyncSemaphoreTest, LetsSoManyInAndNoMore) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncSemaphore semaphore(*executor, 3);
  AsyncEvent three_are_inside(*executor);
  std::mutex mutex;
  int inside = 0;
  int most = 0;
  const auto enter = [&] {
    const std::lock_guard lock(mutex);
    most = std::max(most, ++inside);
    if (inside == 3) three_are_inside.Set();
  };
  const auto work = [&]() -> Task<> {
    for (int i = 0; i < 20; ++i) {
      const auto permit = co_await semaphore.Acquire();
      enter();
      co_await three_are_inside.Wait();
      co_await executor->Schedule();
      const std::lock_guard lock(mutex);
      --inside;
    }
  };
  std::vector<Future<void>> all;
  for (int i = 0; i < 12; ++i) all.push_back(Spawn(*executor, work()));
  for (Future<void>& one : all) one.Get();
  EXPECT_EQ(most, 3);
  EXPECT_EQ(semaphore.available(), 3u);
}

TEST_P(AsyncSemaphoreTest, ManyPermitsAreNotOvertakenByFew) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncSemaphore semaphore(*executor, 3);
  Permits one = semaphore.TryAcquire();
  ValueFuture<Permits> all = semaphore.Acquire(3);
  ValueFuture<Permits> few = semaphore.Acquire(1);
  EXPECT_FALSE(few.IsReady());
  EXPECT_EQ(semaphore.TryAcquire().count(), 0u);
  one = {};
  EXPECT_TRUE(all.IsReady());
  EXPECT_FALSE(few.IsReady());
  EXPECT_EQ(all.Get().count(), 3u);
  EXPECT_TRUE(few.IsReady());
}

// The first wants more than there is; when it goes, the next has enough.
TEST_P(AsyncSemaphoreTest, AWaiterThatLeavesLetsTheNextIn) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncSemaphore semaphore(*executor, 2);
  const Permits held = semaphore.TryAcquire();
  CancellationSource source;
  const auto take = [&](std::size_t count) -> Task<> {
    const auto permits = co_await semaphore.Acquire(count);
  };
  Future<void> cancelled = [&] {
    const CancellationScope scope(source.token());
    return Spawn(*executor, take(2));
  }();
  executor->Drain();
  Future<void> next = Spawn(*executor, take(1));
  executor->Drain();
  EXPECT_FALSE(next.IsReady());
  source.Cancel();
  EXPECT_THROW(cancelled.Get(), CancelledError);
  next.Get();
}

TEST_P(AsyncSemaphoreTest, WrongCountsAreNamed) {
  const std::unique_ptr<Executor> executor = Make();
  EXPECT_THAT([&] { AsyncSemaphore(*executor, 0); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("permits is 0; it must be at least 1")));
  AsyncSemaphore semaphore(*executor, 3);
  EXPECT_THAT([&] { static_cast<void>(semaphore.Acquire(4)); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("count is 4; it must be from 1 to the 3")));
  EXPECT_THROW(semaphore.TryAcquire(0), std::invalid_argument);
}

TEST_P(AsyncEventTest, EndsTheWaitsThatHaveBegunAndThoseThatComeWhileSet) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncEvent event(*executor);
  std::vector<ValueFuture<void>> waiting;
  for (int i = 0; i < 3; ++i) waiting.push_back(event.Wait());
  EXPECT_FALSE(waiting.front().IsReady());
  EXPECT_TRUE(event.Set());
  EXPECT_FALSE(event.Set());
  EXPECT_TRUE(event.Reset());
  EXPECT_FALSE(event.Reset());
  for (ValueFuture<void>& one : waiting) one.Get();
  ValueFuture<void> later = event.Wait();
  EXPECT_FALSE(later.IsReady());
  event.Set();
  later.Get();
  event.Wait().Get();
}

TEST_P(AsyncEventTest, WaitersGoOnInTheirContextsOrLeave) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> tenant;
  AsyncEvent event(*executor);
  CancellationSource source;
  const auto wait = [&]() -> Task<int> {
    co_await event.Wait();
    co_return *tenant.GetStore();
  };
  Future<int> one = tenant.Run(1, [&] { return Spawn(*executor, wait()); });
  Future<int> cancelled = tenant.Run(2, [&] {
    const CancellationScope scope(source.token());
    return Spawn(*executor, wait());
  });
  executor->Drain();
  source.Cancel();
  EXPECT_THROW(cancelled.Get(), CancelledError);
  tenant.Run(3, [&] { event.Set(); });
  EXPECT_EQ(one.Get(), 1);
}

TEST_P(AsyncEventTest, ItsEndBreaksTheWaits) {
  const std::unique_ptr<Executor> executor = Make();
  std::optional<AsyncEvent> event(std::in_place, *executor);
  ValueFuture<void> waiting = event->Wait();
  event.reset();
  EXPECT_THROW(waiting.Get(), BrokenPromiseError);
}

TEST_P(ChannelTest, PassesItemsInOrderAndEnds) {
  for (const std::size_t capacity : {0u, 1u, 4u}) {
    const std::unique_ptr<Executor> executor = Make();
    Channel<std::unique_ptr<int>> channel(*executor, capacity);
    const auto send = [&]() -> Task<> {
      for (int i = 0; i < 100; ++i) {
        co_await channel.Send(std::make_unique<int>(i));
      }
      channel.Close();
    };
    const auto receive = [&]() -> Task<std::vector<int>> {
      std::vector<int> items;
      while (auto item = co_await channel.Receive()) items.push_back(**item);
      co_return items;
    };
    Future<std::vector<int>> received = Spawn(*executor, receive());
    Future<void> sent = Spawn(*executor, send());
    sent.Get();
    std::vector<int> expected(100);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(received.Get(), expected) << capacity;
    EXPECT_EQ(channel.size(), 0u);
  }
}

TEST_P(ChannelTest, ManySendersAndReceiversLoseAndDoubleNothing) {
  const std::unique_ptr<Executor> executor = Make();
  Channel<int> channel(*executor, 3);
  const AsyncLocalStorage<int> tenant;
  Count sum;
  Count mixed;
  const auto send = [&](int first) -> Task<> {
    for (int i = 0; i < 50; ++i) co_await channel.Send(first + i);
  };
  const auto receive = [&](int id) -> Task<> {
    while (const std::optional<int> item = co_await channel.Receive()) {
      sum.Add(*item);
      if (*tenant.GetStore() != id) mixed.Add();
    }
  };
  std::vector<Future<void>> receivers;
  std::vector<Future<void>> senders;
  for (int i = 0; i < 4; ++i) {
    receivers.push_back(
        tenant.Run(i, [&] { return Spawn(*executor, receive(i)); }));
    senders.push_back(
        tenant.Run(-1, [&] { return Spawn(*executor, send(i * 50)); }));
  }
  for (Future<void>& one : senders) one.Get();
  channel.Close();
  for (Future<void>& one : receivers) one.Get();
  EXPECT_EQ(sum.get(), 199 * 200 / 2);
  EXPECT_EQ(mixed.get(), 0);
}

// Receivers that are cancelled all the time; every item arrives nevertheless.
TEST_P(ChannelTest, AReceiverThatGivesUpLosesNothing) {
  if (WorkersOf(GetParam()) == kManual)
    GTEST_SKIP() << "one thread at a time may run it";
  const std::unique_ptr<Executor> executor = Make();
  Channel<int> channel(*executor, 1);
  constexpr int kItems = 2000;
  Count sum;
  Count started;
  Count received;
  const auto receive = [&]() -> Task<> {
    started.Add();
    if (const std::optional<int> item = co_await channel.Receive()) {
      sum.Add(*item);
      received.Add();
    }
  };
  std::thread sender([&] {
    for (int i = 1; i <= kItems; ++i) channel.Send(i).Get();
  });
  for (int round = 1; received.get() < kItems; ++round) {
    CancellationSource source;
    Future<void> one = [&] {
      const CancellationScope scope(source.token());
      return Spawn(*executor, receive());
    }();
    while (started.get() < round) std::this_thread::yield();
    source.Cancel();
    try {
      one.Get();
    } catch (const CancelledError&) {
    }
  }
  sender.join();
  EXPECT_EQ(sum.get(), kItems * (kItems + 1) / 2);
  EXPECT_EQ(channel.size(), 0u);
}

TEST_P(ChannelTest, ASenderThatGivesUpTakesItsItemAlong) {
  const std::unique_ptr<Executor> executor = Make();
  Tally tally;
  Channel<std::unique_ptr<Counted>> channel(*executor, 0);
  CancellationSource source;
  const auto send = [&]() -> Task<> {
    co_await channel.Send(std::make_unique<Counted>(tally));
  };
  Future<void> cancelled = [&] {
    const CancellationScope scope(source.token());
    return Spawn(*executor, send());
  }();
  executor->Drain();
  EXPECT_EQ(tally.live(), 1);
  source.Cancel();
  EXPECT_THROW(cancelled.Get(), CancelledError);
  EXPECT_EQ(tally.live(), 0);
  EXPECT_FALSE(channel.TryReceive().has_value());
}

TEST_P(ChannelTest, ClosingTellsAllThatWait) {
  const std::unique_ptr<Executor> executor = Make();
  Channel<int> channel(*executor, 1);
  channel.Send(1).Get();
  ValueFuture<void> sender = channel.Send(2);
  EXPECT_FALSE(sender.IsReady());
  EXPECT_TRUE(channel.Close());
  EXPECT_FALSE(channel.Close());
  EXPECT_TRUE(channel.is_closed());
  EXPECT_THROW(sender.Get(), ChannelClosedError);
  EXPECT_THROW(static_cast<void>(channel.Send(3)), ChannelClosedError);
  EXPECT_EQ(channel.Receive().Get(), 1);
  EXPECT_EQ(channel.Receive().Get(), std::nullopt);

  Channel<int> empty(*executor, 1);
  auto receiver = empty.Receive();
  EXPECT_FALSE(receiver.IsReady());
  empty.Close();
  EXPECT_EQ(receiver.Get(), std::nullopt);
}

TEST_P(ChannelTest, TryingLeavesTheItemWhereItIs) {
  const std::unique_ptr<Executor> executor = Make();
  Channel<std::string> channel(*executor, 1);
  std::string item = "first";
  EXPECT_TRUE(channel.TrySend(item));
  item = "second";
  EXPECT_FALSE(channel.TrySend(item));
  EXPECT_EQ(item, "second");
  EXPECT_EQ(channel.TryReceive(), "first");
  EXPECT_EQ(channel.TryReceive(), std::nullopt);
  channel.Close();
  EXPECT_THROW(channel.TrySend(item), ChannelClosedError);
  EXPECT_EQ(item, "second");
}

TEST_P(ChannelTest, ItsEndBreaksTheWaitsAndDropsTheItems) {
  const std::unique_ptr<Executor> executor = Make();
  Tally tally;
  using Item = std::unique_ptr<Counted>;
  std::optional<Channel<Item>> channel(std::in_place, *executor, 1);
  channel->Send(std::make_unique<Counted>(tally)).Get();
  ValueFuture<void> sender = channel->Send(std::make_unique<Counted>(tally));
  channel.reset();
  EXPECT_THROW(sender.Get(), BrokenPromiseError);
  channel.emplace(*executor, 1);
  auto receiver = channel->Receive();
  channel.reset();
  EXPECT_THROW(receiver.Get(), BrokenPromiseError);
  EXPECT_EQ(tally.live(), 0);
}

// The channel is closed after the sender has looked: the item is still its own.
TEST_P(ChannelTest, TryingRacesWithClosing) {
  const std::unique_ptr<Executor> executor = Make();
  for (int i = 0; i < Rounds(GetParam(), 2'000); ++i) {
    Channel<std::unique_ptr<const int>> channel(*executor, 1);
    std::thread closer([&] { channel.Close(); });
    auto item = std::make_unique<const int>(i);
    try {
      EXPECT_TRUE(channel.TrySend(item));
      EXPECT_EQ(item, nullptr);
    } catch (const ChannelClosedError&) {
      EXPECT_NE(item, nullptr);
    }
    closer.join();
  }
}

// Moving an item closes the channel that it is sent to.
TEST_P(ChannelTest, AnItemThatClosesItsChannelIsLeftWhereItIs) {
  const std::unique_ptr<Executor> executor = Make();
  struct Closes {
    explicit Closes(Channel<Closes>*& its) : channel(its) {}
    Closes(Closes&& other) noexcept
        : channel(other.channel),
          is_there(std::exchange(other.is_there, false)) {
      if (channel != nullptr) channel->Close();
    }
    Channel<Closes>*& channel;
    bool is_there = true;
  };
  Channel<Closes> channel(*executor, 1);
  Channel<Closes>* sent_to = nullptr;
  Closes item(sent_to);
  sent_to = &channel;
  EXPECT_THROW(channel.TrySend(item), ChannelClosedError);
  EXPECT_TRUE(item.is_there);
}

// None of the coroutines that get the item can go on; that must not nest.
TEST_P(ChannelTest, ManyReceiversThatCannotGoOnCostNoStack) {
  if (KindOf(GetParam()) != 0) GTEST_SKIP() << "no other waits there";
  const std::unique_ptr<Executor> executor = Make();
  Channel<int> channel(*executor, 1);
  const auto receive = [&]() -> Task<> {
    EXPECT_EQ(co_await channel.Receive(), std::nullopt) << "never";
  };
  std::vector<Future<void>> waiting;
  for (int i = 0; i < 50'000; ++i) {
    waiting.push_back(Spawn(*executor, receive()));
  }
  executor->Drain();
  executor->Shutdown(OnShutdown::kDrain);
  channel.Send(1).Get();
  for (Future<void>& one : waiting) EXPECT_THROW(one.Get(), ShutdownError);
  EXPECT_EQ(channel.TryReceive(), 1);
}

// What is dropped before it was sent, or received, is in no queue any more.
TEST_P(ChannelTest, AWaitThatIsDroppedLeavesNothing) {
  const std::unique_ptr<Executor> executor = Make();
  Tally tally;
  using Item = std::unique_ptr<Counted>;
  Channel<Item> channel(*executor, 1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(channel.Receive().WaitFor(microseconds(1)));
  }
  channel.Send(std::make_unique<Counted>(tally, 1)).Get();
  EXPECT_EQ(channel.size(), 1u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(channel.Send(std::make_unique<Counted>(tally, 2))
                     .WaitFor(microseconds(1)));
    EXPECT_EQ(tally.live(), 1);
  }
  EXPECT_EQ((*channel.Receive().Get())->value(), 1);
  EXPECT_EQ(tally.live(), 0);
  EXPECT_EQ(channel.TryReceive(), std::nullopt);
}

// The last thing that an item does is to use the channel that it was in.
TEST_P(ChannelTest, AnItemMayUseItsChannelWhereItDies) {
  const std::unique_ptr<Executor> executor = Make();
  enum class End { kClosed, kDropped, kReceived, kDrained };
  for (const End end :
       {End::kClosed, End::kDropped, End::kReceived, End::kDrained}) {
    Channel<std::shared_ptr<void>> channel(*executor, 1);
    int deaths = 0;
    const auto use = [&] {
      ++deaths;
      static_cast<void>(channel.size());
      static_cast<void>(channel.TryReceive());
      try {
        static_cast<void>(channel.TrySend(nullptr));
      } catch (const ChannelClosedError&) {
      }
    };
    channel.Send(CallWhenGone(use)).Get();
    {
      auto sending = channel.Send(CallWhenGone(use));
      if (end == End::kClosed) channel.Close();
      if (end == End::kReceived) static_cast<void>(channel.TryReceive());
      if (end == End::kDrained) {
        while (channel.TryReceive()) {
        }
      }
    }
    while (channel.TryReceive()) {
    }
    EXPECT_EQ(deaths, 2);
  }
}

// Whatever comes together: what is there at the end is what there was.
TEST_P(AsyncSemaphoreTest, NothingIsLostWhateverComesTogether) {
  if (WorkersOf(GetParam()) == kManual) {
    GTEST_SKIP() << "one thread at a time may run it";
  }
  const std::unique_ptr<Executor> executor = Make();
  for (int round = 0; round < Rounds(GetParam(), 100); ++round) {
    AsyncSemaphore semaphore(*executor, 2);
    Channel<int> channel(*executor, static_cast<std::size_t>(round % 3));
    CancellationSource source;
    std::atomic<int> among = 0;
    Count sent;
    Count given_up;  // sent, perhaps
    Count received;
    const auto work = [&](unsigned id) -> Task<> {
      std::mt19937 random(static_cast<unsigned>(round) * 100 + id);
      for (int i = 0; i < 10; ++i) {
        switch (random() % 6) {
          case 0: {
            const Permits permits =
                co_await semaphore.Acquire(1 + random() % 2);
            const Inside one(among);
            // relaxed: the semaphore orders those who are inside.
            EXPECT_LE(among.load(std::memory_order_relaxed), 2);
            co_await executor->Schedule();
            break;
          }
          case 1: {
            auto dropped = semaphore.Acquire(2);
            if (random() % 2 == 0) co_await executor->Schedule();
            break;
          }
          case 2: {
            if (channel.TrySend(1)) sent.Add();
            break;
          }
          case 3: {
            auto sending = channel.Send(1);
            if (sending.IsReady()) {
              sending.Get();
              sent.Add();
            } else {
              given_up.Add();
            }
            break;
          }
          case 4: {
            if (channel.TryReceive()) received.Add();
            break;
          }
          case 5: {
            auto receiving = channel.Receive();
            if (receiving.IsReady() && receiving.Get()) received.Add();
            break;
          }
        }
      }
    };
    std::vector<Future<void>> all;
    for (unsigned id = 0; id < 8; ++id) {
      const CancellationScope scope(id % 2 == 0 ? source.token()
                                                : CancellationToken());
      all.push_back(Spawn(*executor, work(id)));
    }
    source.Cancel();
    for (Future<void>& one : all) {
      try {
        one.Get();
      } catch (const CancelledError&) {
      }
    }
    executor->Drain();
    while (channel.TryReceive()) received.Add();
    EXPECT_EQ(semaphore.available(), 2u);
    EXPECT_GE(received.get(), sent.get());
    EXPECT_LE(received.get(), sent.get() + given_up.get());
  }
}

// A hook may use these whenever it is told of anything, of their waits too.
TEST_P(AsyncMutexTest, MayBeUsedByHooks) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncMutex of_hooks(*executor);
  Channel<int> channel(*executor, 4);
  static thread_local bool is_in_hook = false;
  Count calls;
  const auto use = [&](const auto&) {
    if (std::exchange(is_in_hook, true)) return;
    calls.Add();
    {
      auto lock = of_hooks.Lock();
      static_cast<void>(lock.WaitFor(microseconds(1)));
      static_cast<void>(channel.TrySend(1));
      static_cast<void>(channel.TryReceive());
      auto receiving = channel.Receive();
      const auto moved = std::move(receiving);
    }
    is_in_hook = false;
  };
  // Not destroy: each call would cause the next.
  AsyncHook hook =
      CreateHook(
          {.init = use, .before = use, .after = use, .promise_resolve = use})
          .Enable();
  AsyncMutex mutex(*executor);
  int sum = 0;
  const auto work = [&]() -> Task<> {
    for (int i = 0; i < 10; ++i) {
      const auto lock = co_await mutex.Lock();
      ++sum;
      co_await executor->Schedule();
    }
  };
  std::vector<Future<void>> all;
  for (int i = 0; i < 10; ++i) all.push_back(Spawn(*executor, work()));
  for (Future<void>& one : all) one.Get();
  hook.DisableAndWait();
  EXPECT_EQ(sum, 100);
  EXPECT_GT(calls.get(), 100);
}

// An item that was handed over, but not taken, is the next to be received.
TEST_P(ChannelTest, WhatIsNotTakenGoesBack) {
  const std::unique_ptr<Executor> executor = Make();
  Channel<int> channel(*executor, 1);
  {
    auto receiver = channel.Receive();
    channel.Send(1).Get();
    channel.Send(2).Get();
    EXPECT_TRUE(receiver.IsReady());
  }
  EXPECT_EQ(channel.size(), 2u);
  EXPECT_EQ(channel.Receive().Get(), 1);
  EXPECT_EQ(channel.Receive().Get(), 2);
}

WEFT_EVERY_EXECUTOR(AsyncMutexTest);
WEFT_OTHER_EXECUTORS(AsyncMutexTest);
WEFT_EVERY_EXECUTOR(AsyncSemaphoreTest);
WEFT_OTHER_EXECUTORS(AsyncSemaphoreTest);
WEFT_EVERY_EXECUTOR(AsyncEventTest);
WEFT_OTHER_EXECUTORS(AsyncEventTest);
WEFT_EVERY_EXECUTOR(ChannelTest);
WEFT_OTHER_EXECUTORS(ChannelTest);

}  // namespace
}  // namespace weft
