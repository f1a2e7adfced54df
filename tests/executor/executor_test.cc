// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/executor.h"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <functional>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Counts its live instances.
class Counted {
 public:
  explicit Counted(std::atomic<int>& live) : live_(&live) { Add(1); }
  Counted(const Counted& other) : live_(other.live_) { Add(1); }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { Add(-1); }

 private:
  void Add(int n) {
    // relaxed: a count; the tests read it after a wait.
    live_->fetch_add(n, std::memory_order_relaxed);
  }
  std::atomic<int>* live_;
};

int Read(const std::atomic<int>& count) {
  // relaxed: read after a wait that orders it.
  return count.load(std::memory_order_relaxed);
}

void Increment(std::atomic<int>& count) {
  // relaxed: a count; the tests read it after a wait.
  count.fetch_add(1, std::memory_order_relaxed);
}

TEST(ExecutorOptionsTest, EachOptionIsCheckedAndNamed) {
  const auto with_concurrency = [](int concurrency) {
    return [=] { Executor executor({.concurrency = concurrency}); };
  };
  for (const int bad : {0, -1, 1025}) {
    EXPECT_THAT(with_concurrency(bad),
                ThrowsMessage<std::invalid_argument>(AllOf(
                    HasSubstr("concurrency"), HasSubstr(std::to_string(bad)),
                    HasSubstr("from 1 to 1024"))));
  }
  for (const std::string& bad :
       {std::string(), std::string("eleven char"), std::string("a\0b", 3)}) {
    EXPECT_THAT(
        ([&] { Executor executor({.thread_name = bad}); }),
        ThrowsMessage<std::invalid_argument>(
            AllOf(HasSubstr("thread_name"), HasSubstr("1 to 10 characters"))));
  }
  ExecutorOptions valid{.concurrency = 1024, .thread_name = "ten chars."};
  EXPECT_NO_THROW(valid.Validate());
  EXPECT_GE(ExecutorOptions{}.concurrency, 1);
}

using EveryExecutor = EveryExecutorTest;

TEST_P(EveryExecutor, RunsWhatIsPosted) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> runs{0};
  for (int i = 0; i < 1000; ++i) executor->Post([&] { Increment(runs); });
  executor->Drain();

  EXPECT_EQ(Read(runs), 1000);
}

TEST_P(EveryExecutor, TasksSeeTheContextOfTheirSubmission) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> a;
  const AsyncLocalStorage<std::string> b;
  Future<bool> both = a.Run(7, [&] {
    return b.Run("x", [&] {
      return executor->Submit(
          [&] { return *a.GetStore() == 7 && *b.GetStore() == "x"; });
    });
  });
  Future<bool> neither =
      executor->Submit([&] { return !a.IsBound() && b.GetStore() == nullptr; });

  EXPECT_TRUE(both.Get());
  EXPECT_TRUE(neither.Get());
}

TEST_P(EveryExecutor, WhatATaskEntersEndsWithIt) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::atomic<int> leaks{0};
  for (int i = 0; i < 200; ++i) {
    executor->Post([&] {
      if (storage.IsBound()) Increment(leaks);
      storage.EnterWith(1);
    });
  }
  executor->Drain();

  EXPECT_EQ(Read(leaks), 0);
  EXPECT_FALSE(storage.IsBound());
}

TEST_P(EveryExecutor, ChildrenInheritWhatTheirParentEntered) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  const auto generation = [&](const auto& self, int left) -> int {
    storage.EnterWith(storage.IsBound() ? *storage.GetStore() + 1 : 0);
    if (left == 0) return *storage.GetStore();
    return executor->Submit([&self, left] { return self(self, left - 1); })
        .Get();
  };

  EXPECT_EQ(executor->Submit([&] { return generation(generation, 5); }).Get(),
            5);
}

TEST_P(EveryExecutor, TriggerIsTheSubmitterAndIdIsOnesOwn) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  const AsyncId submitter = ExecutionAsyncId();
  Future<void> done = executor->Submit([&] {
    const AsyncId self = ExecutionAsyncId();
    EXPECT_NE(self, submitter);
    EXPECT_EQ(TriggerAsyncId(), submitter);
    EXPECT_EQ(&ExecutionAsyncResource(), &ExecutionAsyncResource());
    EXPECT_EQ(ExecutionAsyncResource().async_id(), self);
    EXPECT_EQ(ExecutionAsyncResource().type(), "FUTURE_TASK");
    executor->Submit([&] { EXPECT_EQ(TriggerAsyncId(), self); }).Get();
  });
  done.Get();

  EXPECT_EQ(ExecutionAsyncId(), submitter);
}

TEST_P(EveryExecutor, SiblingsShareTheirTrigger) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncId first = kNoAsyncId;
  AsyncId second = kNoAsyncId;
  Future<AsyncId> parent = executor->Submit([&] {
    executor->Post([&] { first = TriggerAsyncId(); });
    executor->Post([&] { second = TriggerAsyncId(); });
    return ExecutionAsyncId();
  });
  const AsyncId id = parent.Get();
  executor->Drain();

  EXPECT_EQ(first, id);
  EXPECT_EQ(second, id);
}

TEST_P(EveryExecutor, TakesMoveOnlyAndOneShotFunctions) {
  struct OneShot {
    std::unique_ptr<int> value;
    std::unique_ptr<int> operator()() && { return std::move(value); }
  };
  const std::unique_ptr<Executor> executor = Make();
  Future<std::unique_ptr<int>> future =
      executor->Submit(OneShot{std::make_unique<int>(5)});

  EXPECT_EQ(*future.Get(), 5);
}

TEST_P(EveryExecutor, TakesLvaluesByCopyAndFunctionPointers) {
  const std::unique_ptr<Executor> executor = Make();
  std::function<int()> fn = [] { return 1; };
  Future<int> copied = executor->Submit(fn);
  fn = nullptr;

  EXPECT_EQ(copied.Get(), 1);
  EXPECT_EQ(executor->Submit(+[] { return 2; }).Get(), 2);
}

TEST_P(EveryExecutor, CapturesDieInTheContextOfTheTask) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> storage;
  struct Reader {
    const AsyncLocalStorage<std::string>& storage;
    std::string& seen;
    AsyncId& id;
    ~Reader() {
      seen = storage.IsBound() ? *storage.GetStore() : "nothing";
      id = ExecutionAsyncId();
    }
  };
  std::string seen;
  AsyncId id = kNoAsyncId;
  Future<AsyncId> task = storage.Run("ada", [&] {
    return executor->Submit(
        [reader = std::unique_ptr<Reader>(new Reader{storage, seen, id})] {
          return ExecutionAsyncId();
        });
  });

  EXPECT_EQ(task.Get(), id);
  EXPECT_EQ(seen, "ada");
}

TEST_P(EveryExecutor, ValuesAreReleasedByTheTimeItHasDrained) {
  std::atomic<int> live{0};
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<Counted> storage;
  for (int i = 0; i < 100; ++i) {
    storage.Run(Counted(live), [&] {
      for (int j = 0; j < 10; ++j) {
        executor->Post([&, captured = Counted(live)] {
          storage.EnterWith(Counted(live));
          executor->Post([] {});
        });
      }
    });
  }
  executor->Drain();

  EXPECT_EQ(Read(live), 0);
}

TEST_P(EveryExecutor, ValuesAreReleasedByTheTimeAFutureIsReady) {
  std::atomic<int> live{0};
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<Counted> storage;
  Future<void> future = storage.Run(Counted(live), [&] {
    return executor->Submit([captured = Counted(live)] {});
  });
  future.Wait();

  EXPECT_EQ(Read(live), 0);
}

TEST_P(EveryExecutor, UnhandledExceptionReachesTheHandlerInsideTheTask) {
  const AsyncLocalStorage<std::string> storage;
  std::string what;
  std::string seen;
  AsyncId handler_id = kNoAsyncId;
  AsyncId task_id = kNoAsyncId;
  const std::unique_ptr<Executor> executor =
      Make({.on_unhandled_exception = [&](std::exception_ptr exception) {
        try {
          std::rethrow_exception(exception);
        } catch (const std::runtime_error& error) {
          what = error.what();
        }
        seen = *storage.GetStore();
        handler_id = ExecutionAsyncId();
      }});
  storage.Run("ada", [&] {
    executor->Post([&] {
      task_id = ExecutionAsyncId();
      storage.EnterWith("entered");
      throw std::runtime_error("boom");
    });
  });
  executor->Drain();

  EXPECT_EQ(what, "boom");
  EXPECT_EQ(seen, "entered");
  EXPECT_EQ(handler_id, task_id);
}

TEST_P(EveryExecutor, GoesOnAfterManyExceptions) {
  std::atomic<int> handled{0};
  const std::unique_ptr<Executor> executor =
      Make({.on_unhandled_exception = [&](std::exception_ptr) {
        Increment(handled);
      }});
  std::atomic<int> runs{0};
  for (int i = 0; i < 500; ++i) {
    executor->Post([&, i] {
      Increment(runs);
      if (i % 2 == 0) throw i;
    });
  }
  executor->Drain();

  EXPECT_EQ(Read(runs), 500);
  EXPECT_EQ(Read(handled), 250);
}

TEST_P(EveryExecutor, DrainWaitsForTasksOfTasks) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> runs{0};
  const auto spawn = [&](const auto& self, int depth) -> void {
    Increment(runs);
    if (depth == 0) return;
    for (int i = 0; i < 3; ++i) {
      executor->Post([&self, depth] { self(self, depth - 1); });
    }
  };
  executor->Post([&] { spawn(spawn, 5); });
  executor->Drain();

  EXPECT_EQ(Read(runs), 1 + 3 + 9 + 27 + 81 + 243);
}

TEST_P(EveryExecutor, DrainOfAnIdleExecutorReturnsAtOnce) {
  const std::unique_ptr<Executor> executor = Make();
  executor->Drain();
  executor->Drain();

  EXPECT_EQ(executor->Submit([] { return 1; }).Get(), 1);
}

TEST_P(EveryExecutor, DrainInsideATaskIsAnError) {
  const std::unique_ptr<Executor> executor = Make();
  Future<void> future = executor->Submit([&] { executor->Drain(); });

  EXPECT_THAT([&] { future.Get(); },
              ThrowsMessage<DeadlockError>(HasSubstr("waits for itself")));
}

TEST_P(EveryExecutor, DestructorDrains) {
  std::atomic<int> runs{0};
  {
    const std::unique_ptr<Executor> executor = Make();
    for (int i = 0; i < 100; ++i) {
      executor->Post([&] {
        Increment(runs);
        executor->Post([&] { Increment(runs); });
      });
    }
  }

  EXPECT_EQ(Read(runs), 200);
}

TEST_P(EveryExecutor, FuturesOutliveIt) {
  Future<std::string> future;
  {
    const std::unique_ptr<Executor> executor = Make();
    future = executor->Submit([] { return std::string("kept"); });
  }

  EXPECT_TRUE(future.IsReady());
  EXPECT_EQ(future.Get(), "kept");
}

TEST_P(EveryExecutor, SubmissionAfterShutdownIsAnError) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> live{0};
  EXPECT_EQ(executor->Shutdown(OnShutdown::kDrain), 0u);

  EXPECT_THAT([&] { executor->Post([counted = Counted(live)] {}); },
              ThrowsMessage<ShutdownError>(HasSubstr("after Shutdown()")));
  EXPECT_THAT(
      [&] {
        static_cast<void>(executor->Submit([counted = Counted(live)] {}));
      },
      ThrowsMessage<ShutdownError>(HasSubstr("after Shutdown()")));
  EXPECT_EQ(Read(live), 0);
  EXPECT_EQ(executor->Shutdown(OnShutdown::kStop), 0u);
}

TEST_P(EveryExecutor, DrainingShutdownRunsWhatTasksSubmit) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> runs{0};
  executor->Post([&] {
    executor->Post([&] {
      executor->Post([&] { Increment(runs); });
      Increment(runs);
    });
    Increment(runs);
  });

  EXPECT_EQ(executor->Shutdown(OnShutdown::kDrain), 0u);
  EXPECT_EQ(Read(runs), 3);
}

TEST_P(EveryExecutor, ShutdownInsideATaskDropsTheOthersAndDoesNotWait) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> runs{0};
  std::atomic<int> live{0};
  Future<std::size_t> stopper = executor->Submit([&] {
    for (int i = 0; i < 1000; ++i) {
      executor->Post([&, counted = Counted(live)] { Increment(runs); });
    }
    const std::size_t dropped = executor->Shutdown(OnShutdown::kStop);
    EXPECT_THROW(executor->Post([] {}), ShutdownError);
    return dropped;
  });
  const std::size_t dropped = stopper.Get();
  EXPECT_EQ(executor->Shutdown(OnShutdown::kStop), 0u);

  EXPECT_EQ(static_cast<std::size_t>(Read(runs)) + dropped, 1000u);
  EXPECT_EQ(Read(live), 0);
}

TEST_P(EveryExecutor, DrainingShutdownInsideATaskLetsTheTaskGoOn) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> runs{0};
  executor
      ->Submit([&] {
        executor->Shutdown(OnShutdown::kDrain);
        executor->Post([&] { Increment(runs); });
      })
      .Get();
  EXPECT_THROW(executor->Post([] {}), ShutdownError);
  executor->Shutdown(OnShutdown::kDrain);

  EXPECT_EQ(Read(runs), 1);
}

WEFT_EVERY_EXECUTOR(EveryExecutor);
WEFT_OTHER_EXECUTORS(EveryExecutor);

using ThreadedExecutor = ThreadedExecutorTest;

TEST_P(ThreadedExecutor, ConcurrencyIsWhatWasAskedFor) {
  const std::unique_ptr<Executor> executor = Make();
  EXPECT_EQ(executor->concurrency(), GetParam());

  // Only ends if so many tasks are really inside at once.
  std::barrier all_inside(GetParam() + 1);
  for (int i = 0; i < GetParam(); ++i) {
    executor->Post([&] { all_inside.arrive_and_wait(); });
  }
  all_inside.arrive_and_wait();
  executor->Drain();
}

TEST_P(ThreadedExecutor, SeveralExecutorsGetTheirThreadsAtOnce) {
  constexpr int kExecutors = 3;
  std::array<std::unique_ptr<Executor>, kExecutors> executors;
  for (auto& executor : executors) executor = Make();
  std::barrier all_inside(kExecutors * GetParam() + 1);
  for (auto& executor : executors) {
    for (int i = 0; i < GetParam(); ++i) {
      executor->Post([&] { all_inside.arrive_and_wait(); });
    }
  }
  all_inside.arrive_and_wait();

  for (auto& executor : executors) {
    executor->Drain();
    EXPECT_EQ(executor->concurrency(), GetParam());
  }
}

TEST_P(ThreadedExecutor, ThreadsBearItsNameWhileTheyWorkForIt) {
  const std::unique_ptr<Executor> executor = Make({.thread_name = "tailor"});
  const std::string name =
      executor
          ->Submit([] {
            std::array<char, 16> buffer{};
            pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
            return std::string(buffer.data());
          })
          .Get();

  EXPECT_THAT(name, testing::MatchesRegex("tailor-[0-9]+"));
}

TEST_P(ThreadedExecutor, ManyThreadsSubmitAtOnce) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      storage.Run(t, [&] {
        for (int i = 0; i < 500; ++i) {
          executor->Post([&, t] {
            if (*storage.GetStore() == t) Increment(right);
          });
        }
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  executor->Drain();

  EXPECT_EQ(Read(right), 2000);
}

TEST_P(ThreadedExecutor, StopDropsWhatHasNotStarted) {
  const std::unique_ptr<Executor> executor = Make();
  std::latch all_busy(GetParam());
  std::latch go_on(1);
  for (int i = 0; i < GetParam(); ++i) {
    executor->Post([&] {
      all_busy.count_down();
      go_on.wait();
    });
  }
  all_busy.wait();
  std::atomic<int> runs{0};
  std::atomic<int> live{0};
  const AsyncLocalStorage<Counted> storage;
  storage.Run(Counted(live), [&] {
    for (int i = 0; i < 1000; ++i) {
      executor->Post([&, counted = Counted(live)] { Increment(runs); });
    }
  });
  Future<void> dropped = executor->Submit([] {});
  std::size_t count = 0;
  std::thread stopper([&] { count = executor->Shutdown(OnShutdown::kStop); });
  EXPECT_THAT([&] { dropped.Get(); },
              ThrowsMessage<ShutdownError>(HasSubstr("dropped")));
  go_on.count_down();
  stopper.join();

  EXPECT_EQ(count, 1001u);
  EXPECT_EQ(Read(runs), 0);
  EXPECT_EQ(Read(live), 0);
}

TEST_P(ThreadedExecutor, CreateSubmitDestroyManyTimes) {
  std::atomic<int> runs{0};
  for (int i = 0; i < 300; ++i) {
    const std::unique_ptr<Executor> executor = Make();
    for (int j = 0; j < i % 4; ++j) executor->Post([&] { Increment(runs); });
    if (i % 3 == 0) executor->Shutdown(OnShutdown::kDrain);
  }

  EXPECT_EQ(Read(runs), 450);
}

WEFT_THREADED_EXECUTORS(ThreadedExecutor);

TEST(ExecutorTest, OneWorkerRunsInTheOrderOfSubmission) {
  Executor executor({.concurrency = 1});
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i) executor.Post([&, i] { order.push_back(i); });
  executor.Drain();

  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(order.size(), 1000u);
}

TEST(ExecutorTest, AQueuedTaskIsNotHostageOfALongOne) {
  for (const int workers : {2, 8}) {
    Executor executor({.concurrency = workers});
    std::latch second_ran(1);
    executor.Post([&] { second_ran.wait(); });
    executor.Post([&] { second_ran.count_down(); });
    executor.Drain();

    EXPECT_TRUE(second_ran.try_wait());
  }
}

TEST(ExecutorTest, DefaultUsesTheHardware) {
  Executor executor;
  EXPECT_EQ(executor.concurrency(), HardwareConcurrency());
}

TEST(ExecutorTest, ReportsTheWorkersThatALimitOfTheApplicationLeaves) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  2);
  Executor executor({.concurrency = 8});

  EXPECT_EQ(executor.concurrency(), 1);
  // And works with those.
  const int sum = executor
                      .Submit([&] {
                        Future<int> child = executor.Submit([] { return 41; });
                        return child.Get() + 1;
                      })
                      .Get();
  EXPECT_EQ(sum, 42);
}

TEST(ExecutorTest, OneExecutorsTaskSubmitsToAnother) {
  Executor p({.concurrency = 2});
  Executor q({.concurrency = 2});
  const AsyncLocalStorage<int> storage;
  const bool flows = storage.Run(5, [&] {
    return p
        .Submit([&] {
          const AsyncId parent = ExecutionAsyncId();
          return q
              .Submit([&, parent] {
                return *storage.GetStore() == 5 && TriggerAsyncId() == parent;
              })
              .Get();
        })
        .Get();
  });

  EXPECT_TRUE(flows);
}

TEST(ExecutorDeathTest, UnhandledExceptionTerminatesWithItsStory) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Executor executor({.concurrency = 2});
        executor.Post([] { throw std::runtime_error("nobody caught me"); });
        executor.Drain();
      },
      "a task threw std::runtime_error: nobody caught me.*"
      "async id [0-9]+, triggered by 1, of type TASK");
}

TEST(ExecutorDeathTest, AHandlerThatThrowsTerminates) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Executor executor({.concurrency = 1,
                           .on_unhandled_exception = [](std::exception_ptr e) {
                             std::rethrow_exception(e);
                           }});
        executor.Post([] { throw std::runtime_error("thrown twice"); });
        executor.Drain();
      },
      "thrown twice");
}

TEST(ExecutorDeathTest, DestructionOfAManualOneByItsOwnTaskAborts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        auto* executor = new ManualExecutor;
        executor->Post([executor] { delete executor; });
        executor->Drain();
      },
      "must not be destroyed by one of its own tasks");
}

}  // namespace
}  // namespace weft
