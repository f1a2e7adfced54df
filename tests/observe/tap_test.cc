// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/tap.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/tests/support/stress_rounds.h"
#include "weft/weft.h"

namespace weft::observe_internal {
namespace {

using observe::Level;
using testing::ElementsAre;
using tests::StressRounds;

constexpr EventBits kAll =
    ~hooks_internal::kEventBits & ~SignalBit(Signal::kEnqueueSample);

struct Heard {
  Signal signal;
  AsyncId id;
  AsyncId trigger;
  std::string type;
  WorkerId worker;
  std::uint64_t detail;
  Ticks stamp;
  std::thread::id thread;
};

// Notes what it hears, while it is told to.
class Ear final : public Listener {
 public:
  static Ear& Get() {
    static Ear& ear = *new Ear;
    return ear;
  }

  EventBits SetLevel(Level level) noexcept override {
    return level == Level::kOff ? 0 : wanted_;
  }
  void Hear(const Told& told, Stamp& stamp) noexcept override {
    // relaxed: a number.
    count_.fetch_add(1, std::memory_order_relaxed);
    // relaxed: set before the level, and read by threads that have seen it or
    // are late.
    if (!notes_.load(std::memory_order_relaxed)) return;
    const std::scoped_lock lock(mutex_);
    const Resource* const resource = told.resource;
    heard_.push_back(
        {told.signal, resource != nullptr ? resource->async_id() : kNoAsyncId,
         resource != nullptr ? resource->trigger_async_id() : kNoAsyncId,
         resource != nullptr ? std::string(resource->type()) : "", told.worker,
         told.detail, stamp.Get(), std::this_thread::get_id()});
  }

  // Hears `wanted` from here on, and forgets what it has heard.
  void Begin(EventBits wanted, bool notes = true) {
    {
      const std::scoped_lock lock(mutex_);
      heard_.clear();
    }
    wanted_ = wanted;
    // relaxed: see Hear().
    notes_.store(notes, std::memory_order_relaxed);
    observe::SetLevel(Level::kFull);
  }
  std::vector<Heard> End() {
    observe::SetLevel(Level::kOff);
    const std::scoped_lock lock(mutex_);
    return heard_;
  }
  // relaxed: a number.
  std::size_t count() { return count_.load(std::memory_order_relaxed); }

 private:
  Ear() { Listen(Seat::kRecorder, *this); }

  EventBits wanted_ = 0;
  std::atomic<bool> notes_{true};
  std::atomic<std::size_t> count_{0};
  std::mutex mutex_;
  std::vector<Heard> heard_;
};

// Counts what it hears, while it is told to, in another seat.
class OtherEar final : public Listener {
 public:
  static OtherEar& Get() {
    static OtherEar& ear = *new OtherEar;
    return ear;
  }

  EventBits SetLevel(Level level) noexcept override {
    return level == Level::kOff ? 0 : wanted;
  }
  void Hear(const Told&, Stamp&) noexcept override {
    // relaxed: a number.
    count.fetch_add(1, std::memory_order_relaxed);
  }

  EventBits wanted = 0;
  std::atomic<int> count{0};

 private:
  OtherEar() { Listen(Seat::kProfiler, *this); }
};

std::vector<Signal> SignalsOf(const std::vector<Heard>& heard, AsyncId id) {
  std::vector<Signal> signals;
  for (const Heard& one : heard) {
    if (one.id == id) signals.push_back(one.signal);
  }
  return signals;
}

const Heard& Find(const std::vector<Heard>& heard, Signal signal, AsyncId id) {
  const auto found = std::find_if(
      heard.begin(), heard.end(),
      [&](const Heard& one) { return one.signal == signal && one.id == id; });
  if (found == heard.end()) throw std::logic_error("it has not been told");
  return *found;
}

// Each step of a task is told once, in its order, with its facts.
TEST(TapTest, TellsATaskFromItsMakingToItsEnd) {
  Executor executor({.concurrency = 1});
  Ear::Get().Begin(kAll);
  AsyncId id = kNoAsyncId;
  executor.Submit([&] { id = ExecutionAsyncId(); }).Get();
  executor.Drain();
  const std::vector<Heard> heard = Ear::Get().End();
  EXPECT_THAT(SignalsOf(heard, id),
              ElementsAre(Signal::kInit, Signal::kEnqueue, Signal::kStart,
                          Signal::kBefore, Signal::kSettle, Signal::kAfter,
                          Signal::kDestroy));
  const Heard& enqueue = Find(heard, Signal::kEnqueue, id);
  const Heard& start = Find(heard, Signal::kStart, id);
  EXPECT_EQ(enqueue.type, "FUTURE_TASK");
  EXPECT_EQ(enqueue.trigger, ExecutionAsyncId());
  EXPECT_EQ(enqueue.worker.worker, -1);
  EXPECT_NE(enqueue.worker.executor, 0u);
  EXPECT_EQ(enqueue.worker.executor, start.worker.executor);
  EXPECT_EQ(start.worker.worker, 0);
  EXPECT_LE(enqueue.stamp, start.stamp);
  EXPECT_LE(start.stamp, Find(heard, Signal::kAfter, id).stamp);
}

// Of those who are queued one in 8 is told, by their ids, to who asks for that;
// whoever asks for all hears of all.
TEST(TapTest, TellsOfSamplesOfWhatIsQueued) {
  ManualExecutor executor;
  for (const bool all : {false, true}) {
    Ear::Get().Begin(SignalBit(Signal::kEnqueueSample) |
                     (all ? SignalBit(Signal::kEnqueue) : EventBits{0}));
    std::vector<AsyncId> ids;
    for (int i = 0; i < 32; ++i) {
      executor.Post([&] { ids.push_back(ExecutionAsyncId()); });
    }
    executor.RunAll();
    const std::vector<Heard> heard = Ear::Get().End();
    ASSERT_EQ(ids.size(), 32u);
    std::size_t told = 0;
    for (const AsyncId id : ids) {
      std::vector<Signal> expected;
      if (id % 8 == 0) expected.push_back(Signal::kEnqueueSample);
      if (all) expected.push_back(Signal::kEnqueue);
      EXPECT_EQ(SignalsOf(heard, id), expected) << id;
      told += expected.size();
    }
    EXPECT_EQ(heard.size(), told);
    EXPECT_LT(told, all ? 64u : 32u);
    EXPECT_GT(told, all ? 32u : 0u);
  }
}

// Of two who want a signal each hears it, and neither hears what only the other
// one wants.
TEST(TapTest, EachSeatHearsWhatItWants) {
  Executor executor({.concurrency = 1});
  OtherEar& other = OtherEar::Get();
  other.count.store(0, std::memory_order_relaxed);  // relaxed: a number
  other.wanted = SignalBit(Signal::kBefore);
  Ear::Get().Begin(SignalBit(Signal::kBefore) | SignalBit(Signal::kAfter));
  executor.Submit([] {}).Get();
  executor.Drain();
  EXPECT_EQ(Ear::Get().End().size(), 2u);
  other.wanted = 0;
  // relaxed: the executor has drained.
  EXPECT_EQ(other.count.load(std::memory_order_relaxed), 1);
}

// While nobody observes, nothing is told, whatever hooks want; and hooks do not
// hear what the tap alone wants.
TEST(TapTest, HooksAndTheTapAreAskedEachForItself) {
  Executor executor({.concurrency = 1});
  Ear::Get().End();
  EXPECT_EQ(observe::CurrentLevel(), Level::kOff);
  const std::size_t before = Ear::Get().count();
  int calls = 0;
  AsyncHook hook =
      CreateHook({.before = [&](const BeforeEvent&) { ++calls; }}).Enable();
  executor.Submit([] {}).Get();
  executor.Drain();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(Ear::Get().count(), before);
  Ear::Get().Begin(SignalBit(Signal::kBefore));
  executor.Submit([] {}).Get();
  executor.Drain();
  EXPECT_EQ(calls, 2);
  hook.Disable();
  executor.Submit([] {}).Get();
  executor.Drain();
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(Ear::Get().End().size(), 2u);
}

// What is told of a run has the time of its hooks in it.
TEST(TapTest, TheTimeOfHooksIsTheResources) {
  Executor executor({.concurrency = 1});
  Ticks before = 0;
  Ticks after = 0;
  const AsyncHook hook =
      CreateHook({.before = [&](const BeforeEvent&) { before = Now(); },
                  .after = [&](const AfterEvent&) { after = Now(); }})
          .Enable();
  Ear::Get().Begin(kAll);
  AsyncId id = kNoAsyncId;
  executor.Submit([&] { id = ExecutionAsyncId(); }).Get();
  executor.Drain();
  const std::vector<Heard> heard = Ear::Get().End();
  EXPECT_LE(Find(heard, Signal::kBefore, id).stamp, before);
  EXPECT_GE(Find(heard, Signal::kAfter, id).stamp, after);
}

// A part of a fork that nobody steals is told by signals of its own.
TEST(TapTest, ForksThatAreNotStolenAreToldApart) {
  Executor executor({.concurrency = 1});
  Ear::Get().Begin(kAll);
  AsyncId task = kNoAsyncId;
  AsyncId part = kNoAsyncId;
  executor
      .Submit([&] {
        task = ExecutionAsyncId();
        Join([] {}, [&] { part = ExecutionAsyncId(); });
      })
      .Get();
  const std::vector<Heard> heard = Ear::Get().End();
  EXPECT_THAT(
      SignalsOf(heard, part),
      ElementsAre(Signal::kForkInit, Signal::kForkBefore, Signal::kForkAfter));
  EXPECT_EQ(Find(heard, Signal::kForkInit, part).trigger, task);
}

TEST(TapTest, TellsWhatIsThrownAndWhatIsDropped) {
  ManualExecutor executor;
  Ear::Get().Begin(kAll);
  Future<void> throws =
      executor.Submit([] { throw std::runtime_error("on purpose"); });
  executor.RunAll();
  CancellationSource source;
  Future<void> cancelled = [&] {
    const CancellationScope scope(source.token());
    return executor.Submit([] {});
  }();
  source.Cancel();
  executor.RunAll();
  Future<void> expired = [&] {
    const DeadlineScope scope(Deadline::At(executor.now()));
    return executor.Submit([] {});
  }();
  executor.RunAll();
  Future<void> refused = executor.Submit([] {});
  executor.Shutdown(OnShutdown::kStop);
  const std::vector<Heard> heard = Ear::Get().End();
  std::vector<std::uint64_t> reasons;
  int thrown = 0;
  for (const Heard& one : heard) {
    if (one.signal == Signal::kDrop) reasons.push_back(one.detail);
    if (one.signal == Signal::kThrow) ++thrown;
  }
  EXPECT_EQ(thrown, 1);
  EXPECT_THAT(reasons,
              ElementsAre(static_cast<std::uint64_t>(DropReason::kCancelled),
                          static_cast<std::uint64_t>(DropReason::kExpired),
                          static_cast<std::uint64_t>(DropReason::kRefused)));
}

// A worker that ends one task and begins the next does both at one moment; what
// runs inside a task, or where other things run between tasks, does not.
TEST(TapTest, TheEndOfATaskIsTheStartOfTheNext) {
  Executor executor({.concurrency = 1});
  Ear::Get().Begin(kAll);
  AsyncId first = kNoAsyncId;
  AsyncId second = kNoAsyncId;
  executor
      .Submit([&] {
        executor.Post([&] { first = ExecutionAsyncId(); });
        executor.Post([&] { second = ExecutionAsyncId(); });
      })
      .Get();
  executor.Drain();
  std::vector<Heard> heard = Ear::Get().End();
  EXPECT_EQ(Find(heard, Signal::kAfter, first).stamp,
            Find(heard, Signal::kBefore, second).stamp);
  EXPECT_LT(Find(heard, Signal::kBefore, first).stamp,
            Find(heard, Signal::kAfter, first).stamp);

  ManualExecutor manual;
  Ear::Get().Begin(kAll);
  manual.Post([&] { first = ExecutionAsyncId(); });
  manual.RunAll();
  const Ticks between = Now();
  manual.Post([&] { second = ExecutionAsyncId(); });
  manual.RunAll();
  heard = Ear::Get().End();
  EXPECT_LE(Find(heard, Signal::kAfter, first).stamp, between);
  EXPECT_GE(Find(heard, Signal::kBefore, second).stamp, between);
}

// So does a wait that runs one task of a group after the other, but not across
// what comes between two waits.
TEST(TapTest, TheEndOfATaskIsTheStartOfTheNextInAWait) {
  Executor executor({.concurrency = 1});
  Ear::Get().Begin(kAll);
  std::vector<AsyncId> ids;  // in the order in which they run
  Ticks between = 0;
  executor
      .Submit([&] {
        for (int wait = 0; wait < 2; ++wait) {
          TaskGroup group(executor);
          for (int i = 0; i < 2; ++i) {
            group.Run([&] { ids.push_back(ExecutionAsyncId()); });
          }
          between = wait == 0 ? 0 : Now();
          group.Wait();
        }
      })
      .Get();
  const std::vector<Heard> heard = Ear::Get().End();
  ASSERT_EQ(ids.size(), 4u);
  for (const std::size_t first : {0u, 2u}) {
    EXPECT_EQ(Find(heard, Signal::kAfter, ids[first]).stamp,
              Find(heard, Signal::kBefore, ids[first + 1]).stamp);
  }
  EXPECT_LE(Find(heard, Signal::kAfter, ids[1]).stamp, between);
  EXPECT_GE(Find(heard, Signal::kBefore, ids[2]).stamp, between);
}

TEST(TapTest, TellsWhoWaits) {
  Executor executor({.concurrency = 1});
  Ear::Get().Begin(SignalBit(Signal::kWait) | SignalBit(Signal::kWaitEnd));
  Promise<void> promise(executor);
  Future<void> future = promise.GetFuture();
  AsyncId waiter = kNoAsyncId;
  Future<void> waits = executor.Submit([&] {
    waiter = ExecutionAsyncId();
    future.Wait();
  });
  while (executor.stats().threads.blocked == 0) std::this_thread::yield();
  promise.SetValue();
  waits.Get();
  const std::vector<Heard> heard = Ear::Get().End();
  EXPECT_THAT(SignalsOf(heard, waiter),
              ElementsAre(Signal::kWait, Signal::kWaitEnd));
}

class TapStressTest : public testing::TestWithParam<int> {};

// Once nobody observes any more, and what ran then has ended, nothing is told.
TEST_P(TapStressTest, LevelsChangeWhileTasksRun) {
  Executor executor({.concurrency = GetParam()});
  std::atomic<bool> stop{false};
  for (int i = 0; i < 4; ++i) {
    executor.Post([&] {
      // relaxed: a flag.
      while (!stop.load(std::memory_order_relaxed)) {
        TaskGroup group(executor);
        for (int n = 0; n < 8; ++n) group.Run([] { Join([] {}, [] {}); });
        group.Wait();
      }
    });
  }
  for (int i = 0, rounds = StressRounds(200); i < rounds; ++i) {
    Ear::Get().Begin(i % 2 == 0 ? kAll : SignalBit(Signal::kAfter),
                     /*notes=*/false);
    std::this_thread::yield();
    Ear::Get().End();
  }
  // relaxed: a flag.
  stop.store(true, std::memory_order_relaxed);
  executor.Drain();
  const std::size_t heard = Ear::Get().count();
  executor.Submit([] {}).Get();
  executor.Drain();
  EXPECT_EQ(Ear::Get().count(), heard);
}

INSTANTIATE_TEST_SUITE_P(Workers, TapStressTest, testing::Values(1, 2, 8));

}  // namespace
}  // namespace weft::observe_internal
