// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A thread that waits inside a task runs what it waits for and nothing else,
// and another goes on in its place, within limits that are told.

#include <alloca.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/executor/executor_kinds.h"
#include "tests/support/count.h"
#include "tests/support/stress_rounds.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/promise.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/task_group.h"
#include "weft/executor/when_all.h"

namespace weft {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using tests::Count;
using tests::StressRounds;

// Something to wait in: `executor` is the waiting task's, `other` another one
// with a thread of its own, and `own` is what a task that is waited for is to
// call first.
struct Wait {
  const char* name;
  void (*call)(Executor& executor, Executor& other,
               const std::function<void()>& own);
};

Task<> CallIn(std::function<void()> fn) {
  fn();
  co_return;
}

constexpr Wait kWaits[] = {
    {"Future::Get",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       e.Submit(own).Get();
     }},
    {"Get of a continuation",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       e.Submit(own).Then(own).Get();
     }},
    {"SharedFuture::Get",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       e.Submit(own).Share().Get();
     }},
    {"Future::WaitFor",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       static_cast<void>(e.Submit(own).WaitFor(1h));
     }},
    {"a future of another executor",
     [](Executor&, Executor& other, const std::function<void()>& own) {
       other.Submit(own).Get();
     }},
    {"a promise",
     [](Executor& e, Executor& other, const std::function<void()>& own) {
       Promise<void> promise(e);
       Future<void> future = promise.GetFuture();
       other.Post([&] {
         own();
         promise.SetValue();
       });
       future.Get();
     }},
    {"TaskGroup::Wait",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       TaskGroup group(e);
       for (int i = 0; i < 20; ++i) group.Run(own);
       group.Wait();
     }},
    {"~TaskGroup",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       TaskGroup group(e);
       for (int i = 0; i < 20; ++i) group.Run(own);
     }},
    {"two groups",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       TaskGroup first(e);
       TaskGroup second(e);
       for (int i = 0; i < 20; ++i) {
         first.Run(own);
         second.Run(own);
       }
       first.Wait();
       second.Wait();
     }},
    {"a group on the heap",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       TaskGroup above(e);
       const auto group = std::make_unique<TaskGroup>(e);
       for (int i = 0; i < 20; ++i) {
         group->Run(own);
         above.Run(own);
       }
       group->Wait();
       above.Wait();
     }},
    {"a group for which a task of another one waits",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       TaskGroup first(e);
       TaskGroup second(e);
       for (int i = 0; i < 20; ++i) {
         first.Run(own);
         second.Run(own);
       }
       second.Run([&] {
         TaskGroup local(e);
         local.Run(own);
         first.Wait();
         for (int i = 0; i < 20; ++i) second.Run(own);
         local.Wait();
       });
       second.Wait();
     }},
    {"a tree of groups",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       const auto inner = [&] {
         TaskGroup group(e);
         for (int i = 0; i < 5; ++i) group.Run(own);
         group.Wait();
       };
       TaskGroup group(e);
       for (int i = 0; i < 5; ++i) group.Run(inner);
       group.Wait();
     }},
    {"a group inside a join",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       TaskGroup group(e);
       const auto run = [&] {
         own();
         group.Run(own);
       };
       Join(run, run, run);
       group.Wait();
     }},
    {"Join",
     [](Executor&, Executor&, const std::function<void()>& own) {
       Join([&] { Join(own, own); }, [&] { Join(own, own); });
     }},
    {"ParallelFor",
     [](Executor&, Executor&, const std::function<void()>& own) {
       ParallelFor(0, 200, [&](int) { own(); }, {.grain = 1});
     }},
    {"a loop of another executor",
     [](Executor&, Executor& other, const std::function<void()>& own) {
       ParallelFor(other, 0, 10, [&](int) { own(); });
     }},
    {"Drain of another executor",
     [](Executor&, Executor& other, const std::function<void()>& own) {
       other.Post(own);
       other.Drain();
     }},
    {"RunBlocking",
     [](Executor&, Executor&, const std::function<void()>& own) {
       BlockingExecutor blocking;
       RunBlocking(blocking, own);
     }},
    {"Spawn",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       Spawn(e, CallIn(own)).Get();
     }},
    {"WhenAll",
     [](Executor& e, Executor& other, const std::function<void()>& own) {
       WhenAll(e.Submit(own), other.Submit(own)).Get();
     }},
    {"a full BoundedExecutor",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       BoundedExecutor bounded(e,
                               {.capacity = 1, .when_full = WhenFull::kBlock});
       for (int i = 0; i < 10; ++i) bounded.Post(own);
       bounded.Drain();
     }},
    {"a future inside a loop that runs inline",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       BlockingExecutor blocking;
       ParallelFor(blocking, 0, 2, [&](int) { e.Submit(own).Then(own).Get(); });
     }},
    {"a future inside a ManualExecutor's task",
     [](Executor& e, Executor&, const std::function<void()>& own) {
       ManualExecutor manual;
       manual.Post([&] { e.Submit(own).Then(own).Get(); });
       manual.RunAll();
     }},
};

class WaitsTest : public ThreadedExecutorTest {};

TEST_P(WaitsTest, RunNoStrangers) {
  thread_local bool waits = false;
  for (const Wait& wait : kWaits) {
    SCOPED_TRACE(wait.name);
    const std::unique_ptr<Executor> executor = Make();
    Executor other({.concurrency = 1});
    Count strangers;
    Count strangers_in_a_wait;
    Count own_runs;
    const auto stranger = [&] {
      strangers.Add();
      if (waits) strangers_in_a_wait.Add();
    };
    const auto own = [&] {
      const bool waited = std::exchange(waits, false);
      own_runs.Add();
      waits = waited;
    };
    const auto waiter = [&] {
      for (int i = 0; i < 20; ++i) executor->Post(stranger);
      TaskGroup others(*executor);
      for (int i = 0; i < 20; ++i) others.Run(stranger);
      executor->Defer(stranger);
      waits = true;
      wait.call(*executor, other, own);
      waits = false;
      others.Wait();
    };
    std::vector<Future<void>> waiters;
    for (int i = 0; i < 10; ++i) waiters.push_back(executor->Submit(waiter));
    for (Future<void>& future : waiters) future.Get();
    executor->Drain();

    EXPECT_EQ(strangers_in_a_wait.get(), 0);
    EXPECT_EQ(strangers.get(), 410);
    EXPECT_GE(own_runs.get(), 10);
  }
}

// Nobody else goes on with the lock: what is waited for under it does.
TEST_P(WaitsTest, EndUnderALockThatAllOthersWantToo) {
  for (const Wait& wait : kWaits) {
    const std::string name = wait.name;
    // What these wait for is not queued, or not where its waiter may take it
    // from, or is left to others as the wait has a deadline: it needs a thread
    // that does not wait for the lock.
    if (name == "Get of a continuation" || name == "a promise" ||
        name == "Future::WaitFor" || name == "Spawn" || name == "WhenAll" ||
        name.find("inline") != name.npos ||
        name.find("ManualExecutor") != name.npos ||
        name.find("BoundedExecutor") != name.npos ||
        name.find("another one waits") != name.npos) {
      continue;
    }
    SCOPED_TRACE(name);
    // Thieves look at what they must leave in the queues of a tree's waits.
    const int rounds = name == "a tree of groups" ? 200 : 20;
    for (int round = 0; round < StressRounds(rounds); ++round) {
      const std::unique_ptr<Executor> executor = Make();
      Executor other({.concurrency = 1});
      std::mutex mutex;
      Count done;
      for (int i = 0; i < 20; ++i) {
        executor->Post([&] {
          const std::lock_guard lock(mutex);
          wait.call(*executor, other, [] {});
          done.Add();
        });
      }
      executor->Drain();
      EXPECT_EQ(done.get(), 20);
    }
  }
}

TEST_P(WaitsTest, AsManyGoOnAsMayRun) {
  const std::unique_ptr<Executor> executor = Make();
  const int concurrency = executor->concurrency();
  Promise<void> promise(*executor);
  const SharedFuture<void> settled = promise.GetFuture().Share();
  Count waiters;
  for (int i = 0; i < 3 * concurrency; ++i) {
    executor->Post([&] {
      settled.Get();
      waiters.Add();
    });
  }
  // They run at once, or none of them ends.
  std::latch all(concurrency);
  std::vector<Future<void>> together;
  for (int i = 0; i < concurrency; ++i) {
    together.push_back(executor->Submit([&] { all.arrive_and_wait(); }));
  }
  for (Future<void>& future : together) future.Get();
  EXPECT_GE(executor->stats().threads.most_spare_threads, 1);
  promise.SetValue();
  executor->Drain();
  EXPECT_EQ(waiters.get(), 3 * concurrency);
  EXPECT_EQ(executor->stats().threads.blocked, 0);
  EXPECT_EQ(executor->stats().threads.refused_waits, 0u);
}

TEST_P(WaitsTest, NoMoreRunThanMayWhenTheWaitsAreOver) {
  const std::unique_ptr<Executor> executor = Make();
  for (int round = 0; round < StressRounds(20); ++round) {
    std::vector<Future<void>> waiters;
    for (int i = 0; i < 20; ++i) {
      waiters.push_back(
          executor->Submit([&] { executor->Submit([] {}).Then([] {}).Get(); }));
    }
    for (Future<void>& waiter : waiters) waiter.Get();
    executor->Drain();

    std::atomic<int> running{0};
    std::atomic<int> most{0};
    for (int i = 0; i < 200; ++i) {
      executor->Post([&] {
        // relaxed: counts, read after the executor has drained.
        const int now = running.fetch_add(1, std::memory_order_relaxed) + 1;
        int seen = most.load(std::memory_order_relaxed);
        // relaxed: as above.
        while (now > seen && !most.compare_exchange_weak(
                                 seen, now, std::memory_order_relaxed)) {
        }
        std::this_thread::yield();
        // relaxed: as above.
        running.fetch_sub(1, std::memory_order_relaxed);
      });
    }
    executor->Drain();
    // relaxed: the executor has drained.
    ASSERT_LE(most.load(std::memory_order_relaxed), executor->concurrency());
  }
}

TEST_P(WaitsTest, TakeNoStackOfOtherWaits) {
  const std::unique_ptr<Executor> executor = Make();
  BlockingExecutor io;
  std::vector<Future<void>> requests;
  for (int i = 0; i < 60; ++i) {
    requests.push_back(executor->Submit([&] {
      constexpr std::size_t kFrame = 200'000;
      auto* const buffer = static_cast<volatile char*>(alloca(kFrame));
      for (std::size_t at = 0; at < kFrame; at += 512) buffer[at] = 1;
      RunBlocking(io, [] {});
      EXPECT_EQ(buffer[0], 1);
    }));
  }
  for (Future<void>& request : requests) request.Get();
}

WEFT_THREADED_EXECUTORS(WaitsTest);

TEST(WaitLimitTest, TheLastThreadsWaitEndsInAnErrorThatNamesTheLimit) {
  for (const int spares : {0, 2, 8}) {
    Executor executor({.concurrency = 2, .max_spare_threads = spares});
    Promise<int> promise(executor);
    const SharedFuture<int> settled = promise.GetFuture().Share();
    Count values;
    Count errors;
    constexpr int kWaiters = 1000;
    for (int i = 0; i < kWaiters; ++i) {
      executor.Post([&] {
        try {
          values.Add(settled.Get());
        } catch (const WaitLimitError& error) {
          EXPECT_THAT(error.what(), HasSubstr("max_spare_threads"));
          EXPECT_THAT(error.what(), HasSubstr("co_await"));
          errors.Add();
        }
      });
    }
    executor.Post([&] { promise.SetValue(1); });
    executor.Drain();
    EXPECT_EQ(values.get() + errors.get(), kWaiters);
    EXPECT_GE(values.get(), spares + 1);
    EXPECT_EQ(executor.stats().threads.refused_waits,
              static_cast<std::size_t>(errors.get()));
    EXPECT_LE(executor.stats().threads.most_spare_threads, spares);
  }
}

// All wait when the task that ends it is submitted.
TEST(WaitLimitTest, AWaitEndsThatWasTheLastBeforeWorkCame) {
  Executor executor({.concurrency = 1, .max_spare_threads = 1});
  Promise<int> promise(executor);
  const SharedFuture<int> settled = promise.GetFuture().Share();
  Count values;
  Count errors;
  std::vector<Future<void>> waiters;
  for (int i = 0; i < 2; ++i) {
    waiters.push_back(executor.Submit([&] {
      try {
        values.Add(settled.Get());
      } catch (const WaitLimitError&) {
        errors.Add();
      }
    }));
  }
  while (executor.stats().threads.blocked < 2) std::this_thread::yield();
  executor.Post([&] { promise.SetValue(1); });
  executor.Drain();
  EXPECT_EQ(values.get(), 1);
  EXPECT_EQ(errors.get(), 1);
}

TEST(WaitLimitTest, AWaitForAnotherExecutorsTaskHoldsItsThread) {
  Executor executor({.concurrency = 2, .max_spare_threads = 3});
  BlockingExecutor io({.max_threads = 2});
  Count served;
  for (int i = 0; i < 500; ++i) {
    executor.Post([&] {
      RunBlocking(io, [] { std::this_thread::yield(); });
      served.Add();
    });
  }
  executor.Drain();
  EXPECT_EQ(served.get(), 500);
  EXPECT_EQ(executor.stats().threads.refused_waits, 0u);
  EXPECT_LE(executor.stats().threads.most_blocked, 5);
}

// One thread runs, one sleeps in a wait, one goes on in its place and sleeps
// for want of tasks.
TEST(WaitStatsTest, TellWhatThreadsDo) {
  Executor executor({.concurrency = 2, .max_spare_threads = 1});
  Promise<void> promise(executor);
  Future<void> settled = promise.GetFuture();
  std::latch runs(1);
  std::latch go_on(1);
  executor.Post([&] { settled.Wait(); });
  executor.Post([&] {
    runs.count_down();
    go_on.wait();
  });
  runs.wait();
  ExecutorStats stats = executor.stats();
  while (stats.threads.blocked == 0 || stats.threads.searching > 0) {
    std::this_thread::yield();
    stats = executor.stats();
  }
  EXPECT_EQ(stats.threads.running, 1);
  EXPECT_EQ(stats.threads.blocked, 1);
  EXPECT_LE(stats.threads.idle, 1);
  EXPECT_GE(stats.pending, 2u);
  promise.SetValue();
  go_on.count_down();
  executor.Drain();
  EXPECT_EQ(executor.stats().pending, 0u);
  EXPECT_NE(executor.stats().number, Executor().stats().number);
}

// A worker that makes way keeps nothing for which another one waits: the place
// may go to a task that wants the lock which the waiting one holds.
TEST(RetirementTest, AWorkerThatMakesWayOffersWhatItHas) {
  for (const bool is_first : {true, false}) {
    SCOPED_TRACE(is_first);
    // An idle spare thread does not end before it has been counted.
    Executor executor(
        {.concurrency = 1, .linger = ExecutorOptions::kMaxLinger});
    const auto wait_until_idle = [&](int threads) {
      while (executor.stats().threads.idle != threads) {
        std::this_thread::yield();
      }
    };
    std::mutex mutex;
    Count ran;
    executor.Post([&] {
      const std::lock_guard lock(mutex);
      TaskGroup group(executor);
      const auto run_own = [&] { group.Run([&] { ran.Add(); }); };
      const auto run_other = [&] {
        executor.Post([&] { const std::lock_guard own_lock(mutex); });
      };
      // Each queues what it does while the one that waits for it goes on.
      Promise<void> first(executor);
      Promise<void> second(executor);
      std::latch waiter_is_back(1);
      std::latch first_is_back(1);
      executor.Post([&] {
        executor.Post([&] {
          second.SetValue();
          first_is_back.wait();
          is_first ? run_own() : run_other();
        });
        second.GetFuture().Get();
        first_is_back.count_down();
        wait_until_idle(1);
        first.SetValue();
        waiter_is_back.wait();
        is_first ? run_other() : run_own();
      });
      first.GetFuture().Get();
      waiter_is_back.count_down();
      wait_until_idle(2);
      group.Wait();
      EXPECT_EQ(ran.get(), 1);
    });
    executor.Drain();
  }
}

// A task that waits for a promise keeps nothing for which another one waits:
// all that run may want the lock which that one holds.
TEST(PromiseWaitTest, OffersWhatItHas) {
  for (const int workers : {1, 2, 8}) {
    SCOPED_TRACE(workers);
    Executor executor({.concurrency = workers});
    std::mutex mutex;
    Promise<void> end(executor);
    const SharedFuture<void> ended = end.GetFuture().Share();
    Count ran;
    executor.Post([&] {
      const std::lock_guard lock(mutex);
      TaskGroup group(executor);
      Promise<void> queued(executor);
      executor.Post([&] {
        TaskGroup others(executor);
        for (int i = 0; i < workers; ++i) {
          others.Run([&] { const std::lock_guard own_lock(mutex); });
        }
        group.Run([&] { ran.Add(); });
        queued.SetValue();
        ended.Get();
      });
      queued.GetFuture().Get();
      while (executor.stats().threads.blocked == 0) std::this_thread::yield();
      group.Wait();
      EXPECT_EQ(ran.get(), 1);
      end.SetValue();
    });
    executor.Drain();
  }
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEFT_TEST_DELAYS_SIGNALS
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define WEFT_TEST_DELAYS_SIGNALS
#endif
// ThreadSanitizer delays signals until the thread calls something.
#ifndef WEFT_TEST_DELAYS_SIGNALS
// Holds up the thread that handles a signal. relaxed, here and below: flags, by
// which nothing is handed over.
std::atomic<bool> is_held{false};
std::atomic<bool> may_go_on{false};

// It goes on by itself in the end: it may hold a lock that others want.
void Hold(int) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  is_held.store(true, std::memory_order_relaxed);  // relaxed: as above
  // relaxed: as above.
  while (!may_go_on.load(std::memory_order_relaxed) &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
}

// A thread that waits may get its processor long after it was woken: it does
// not take that for a sleep that nobody has ended.
TEST(WaitLimitTest, AWakeUpThatComesLateCounts) {
  is_held.store(false, std::memory_order_relaxed);    // relaxed: as above
  may_go_on.store(false, std::memory_order_relaxed);  // relaxed: as above
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_handler = Hold;
  ASSERT_EQ(sigaction(SIGUSR2, &action, &before), 0);
  Executor executor({.concurrency = 2, .max_spare_threads = 0});
  Promise<void> promise(executor);
  const SharedFuture<void> settled = promise.GetFuture().Share();
  Count ended;
  // Returns when it has ended, or the wait was refused.
  const auto wait_for = [&](const auto& wait) {
    try {
      wait();
    } catch (const WaitLimitError&) {
    }
    ended.Add();
  };
  pthread_t waiter{};
  std::latch is_known(1);
  executor.Post([&] {
    TaskGroup group(executor);
    group.Run([&] { wait_for([&] { settled.Get(); }); });
    while (executor.stats().threads.blocked == 0) std::this_thread::yield();
    waiter = pthread_self();
    is_known.count_down();
    wait_for([&] { group.Wait(); });
  });
  while (executor.stats().threads.blocked < 2) std::this_thread::yield();
  is_known.wait();
  ASSERT_EQ(pthread_kill(waiter, SIGUSR2), 0);
  // relaxed: as above.
  while (!is_held.load(std::memory_order_relaxed)) std::this_thread::yield();
  // Nobody runs: one of the two waits is refused, or goes on with this.
  executor.Post([&] { promise.SetValue(); });
  // The held one would have looked again by then.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  may_go_on.store(true, std::memory_order_relaxed);  // relaxed: as above
  executor.Drain();
  EXPECT_EQ(ended.get(), 2);
  EXPECT_EQ(sigaction(SIGUSR2, &before, nullptr), 0);
}
#endif

// However long all that there is waits for what comes from elsewhere: nobody is
// refused while nothing is queued.
TEST(WaitLimitTest, NoWaitIsRefusedWhileNothingIsQueued) {
  Executor executor({.concurrency = 2, .max_spare_threads = 0});
  Promise<void> promise(executor);
  const SharedFuture<void> settled = promise.GetFuture().Share();
  Future<void> all = executor.Submit([&] {
    TaskGroup group(executor);
    group.Run([&] { settled.Get(); });
    while (executor.stats().threads.blocked == 0) std::this_thread::yield();
    group.Wait();
  });
  while (executor.stats().threads.blocked < 2) std::this_thread::yield();
  // In that time a wait looks several times whether tasks still end.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  promise.SetValue();
  EXPECT_NO_THROW(all.Get());
  EXPECT_EQ(executor.stats().threads.refused_waits, 0u);
}

// The thread of the outer group's task waits for the other one's, which waits
// for a task that lies in the former's queue.
TEST(WaitLimitTest, TheLastToWaitOffersWhatItHas) {
  for (int round = 0; round < StressRounds(200); ++round) {
    Executor executor({.concurrency = 2, .max_spare_threads = 0});
    std::latch both(2);
    std::latch has_group(1);
    std::latch is_filled(1);
    TaskGroup* group = nullptr;
    Count ran;
    Future<void> waits = executor.Submit([&] {
      both.arrive_and_wait();
      TaskGroup own(executor);
      group = &own;
      has_group.count_down();
      is_filled.wait();
      own.Wait();
      EXPECT_EQ(ran.get(), 1);
    });
    executor
        .Submit([&] {
          both.arrive_and_wait();
          has_group.wait();
          TaskGroup outer(executor);
          group->Run([&] { ran.Add(); });
          outer.Run([&] {
            is_filled.count_down();
            EXPECT_NO_THROW(waits.Wait());
          });
          outer.Wait();
        })
        .Get();
    EXPECT_EQ(ran.get(), 1);
    EXPECT_EQ(executor.stats().threads.refused_waits, 0u);
  }
}

// What a destructor waits for comes from outside, and no spare is allowed.
TEST(WaitLimitTest, ADestructorsWaitTakesAThreadAllTheSame) {
  Executor executor({.concurrency = 1, .max_spare_threads = 0});
  std::latch waits(1);
  std::latch is_queued(1);
  auto group = std::make_unique<TaskGroup>(executor);
  Count ran;
  executor.Post([&] {
    waits.count_down();
    is_queued.wait();
    group.reset();
    EXPECT_EQ(ran.get(), 1);
  });
  waits.wait();
  group->Run([&] { ran.Add(); });
  is_queued.count_down();
  executor.Drain();
  EXPECT_EQ(ran.get(), 1);
}

// An executor's does too.
TEST(WaitLimitTest, TheEndOfAnExecutorTakesAThreadAllTheSame) {
  Executor executor({.concurrency = 1, .max_spare_threads = 0});
  auto strand = std::make_unique<SerialExecutor>(executor);
  Count ran;
  executor
      .Submit([&] {
        strand->Post([&] { ran.Add(); });
        strand.reset();
        EXPECT_EQ(ran.get(), 1);
      })
      .Get();
  EXPECT_EQ(ran.get(), 1);
}

TEST(WaitLimitTest, HoldsForABlockingExecutorToo) {
  BlockingExecutor executor({.max_threads = 2, .max_spare_threads = 2});
  Promise<int> promise(executor);
  const SharedFuture<int> settled = promise.GetFuture().Share();
  Count values;
  Count errors;
  for (int i = 0; i < 100; ++i) {
    executor.Post([&] {
      try {
        values.Add(settled.Get());
      } catch (const WaitLimitError&) {
        errors.Add();
      }
    });
  }
  executor.Post([&] { promise.SetValue(1); });
  executor.Drain();
  EXPECT_EQ(values.get() + errors.get(), 100);
  EXPECT_GE(values.get(), 3);
  EXPECT_LE(executor.counts().most_threads, 4);
}

TEST(WaitLimitTest, IsCheckedAndNamed) {
  for (const int spares : {-1, ExecutorOptions::kMaxSpareThreads + 1}) {
    try {
      Executor executor({.max_spare_threads = spares});
      FAIL();
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(),
                  HasSubstr("max_spare_threads must be from 0 to 4096; it is " +
                            std::to_string(spares)));
    }
  }
}

class WaitCircleTest : public ThreadedExecutorTest {};

// Each of `length` tasks waits for the next, and the last for the first.
TEST_P(WaitCircleTest, IsFoundAndNamesBothSites) {
  for (const int length : {2, 3, 7}) {
    const std::unique_ptr<Executor> executor = Make();
    std::vector<SharedFuture<void>> futures(static_cast<std::size_t>(length));
    std::latch all_made(1);
    Count errors;
    for (std::size_t i = 0; i < futures.size(); ++i) {
      futures[i] =
          executor
              ->Submit([&, i] {
                all_made.wait();
                try {
                  futures[(i + 1) % futures.size()].Wait();
                } catch (const DeadlockError& error) {
                  const std::string what = error.what();
                  const auto first = what.find("waits_test.cc");
                  EXPECT_NE(first, what.npos) << what;
                  EXPECT_NE(what.find("waits_test.cc", first + 1), what.npos)
                      << what;
                  errors.Add();
                }
              })
              .Share();
    }
    all_made.count_down();
    for (const SharedFuture<void>& future : futures) future.Wait();
    EXPECT_EQ(errors.get(), 1) << length;
  }
}

// A wait with an end is none.
TEST_P(WaitCircleTest, IsNoneWhereAWaitEndsByItself) {
  const std::unique_ptr<Executor> executor = Make();
  SharedFuture<void> first;
  SharedFuture<void> second;
  std::latch both_made(1);
  first = executor
              ->Submit([&] {
                both_made.wait();
                EXPECT_FALSE(second.WaitFor(1ms));
              })
              .Share();
  second = executor
               ->Submit([&] {
                 both_made.wait();
                 first.Wait();
               })
               .Share();
  both_made.count_down();
  second.Wait();
}

WEFT_THREADED_EXECUTORS(WaitCircleTest);

}  // namespace
}  // namespace weft
