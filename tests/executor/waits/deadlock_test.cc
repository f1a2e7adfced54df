// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Which waits for a `ManualExecutor`, or an executor over one, cannot end: not
// those that a submission may end that another thread is in the middle of.

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/support/callback_for.h"
#include "tests/support/count.h"
#include "tests/support/meeting.h"
#include "tests/support/stress_rounds.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/promise.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using std::chrono::hours;

// Another thread, which halts in the middle of something until the main one has
// nothing to run, and goes to sleep in a wait.
class Halting {
 public:
  Halting()
      : park_(CreateHook({.park = [this, main = std::this_thread::get_id()](
                                      const ParkEvent&) {
                if (std::this_thread::get_id() == main) go_on_.release();
              }}).Enable()) {}
  ~Halting() {
    go_on_.release();
    if (thread_.joinable()) thread_.join();
  }

  // Has the thread call `submit()`, and halt where what is submitted is told to
  // hooks by `event`: it has been accepted, and not queued. Returns when it has
  // halted. There it calls `then()` before it goes on.
  void CallAndHaltAt(
      HookEvent event, std::function<void()> submit,
      std::function<void()> then = [] {}) {
    Call([=, this] {
      const AsyncHook halts = HaltAt(event, then);
      submit();
    });
  }
  // Has it call `fn()`, in which it halts. Returns when it has.
  void Call(std::function<void()> fn) {
    thread_ = std::thread(std::move(fn));
    WaitForHalt();
  }
  void WaitForHalt() { has_halted_.wait(); }

  // On that thread.
  void Halt() {
    has_halted_.count_down();
    go_on_.acquire();
  }
  AsyncHook HaltAt(HookEvent event, std::function<void()> then = [] {}) {
    const auto halt = [=, this,
                       here = std::this_thread::get_id()](const auto&) {
      if (std::this_thread::get_id() != here) return;
      Halt();
      then();
    };
    return CreateHook(tests::CallbackFor(event, halt)).Enable();
  }

 private:
  std::latch has_halted_{1};
  std::counting_semaphore<> go_on_{0};
  const AsyncHook park_;
  std::thread thread_;
};

// An executor whose tasks who waits must run.
struct Kind {
  const char* name;
  // Null: the manual executor itself.
  std::unique_ptr<Executor> (*make_over)(ManualExecutor& manual);
};

template <typename Lane>
std::unique_ptr<Executor> MakeLane(ManualExecutor& manual) {
  return std::make_unique<Lane>(manual);
}
template <typename Lane, typename Below>
std::unique_ptr<Executor> MakeLanes(ManualExecutor& manual) {
  return std::make_unique<WithBase<Lane>>(std::make_unique<Below>(manual));
}

constexpr Kind kKinds[] = {
    {"Manual", nullptr},
    {"Serial", MakeLane<SerialExecutor>},
    {"Priority", MakeLane<NormalPriority>},
    {"Bounded", MakeLane<FewWaiting>},
    {"SerialOverSerial", MakeLanes<SerialExecutor, SerialExecutor>},
    {"SerialOverBounded", MakeLanes<SerialExecutor, FewWaiting>},
    {"BoundedOverSerial", MakeLanes<FewWaiting, SerialExecutor>},
};

// The parameters: which executor, and at which event a submission halts.
class DeadlockTest
    : public testing::TestWithParam<std::tuple<Kind, HookEvent>> {
 protected:
  Executor& executor() { return over_ != nullptr ? *over_ : manual_; }
  ManualExecutor& manual() { return manual_; }
  static HookEvent event() { return std::get<HookEvent>(GetParam()); }

  bool has_run_ = false;  // what was submitted

 private:
  static std::unique_ptr<Executor> MakeOver(ManualExecutor& manual) {
    const Kind& kind = std::get<Kind>(GetParam());
    return kind.make_over == nullptr ? nullptr : kind.make_over(manual);
  }

  ManualExecutor manual_;
  const std::unique_ptr<Executor> over_ = MakeOver(manual_);
};

INSTANTIATE_TEST_SUITE_P(
    Kinds, DeadlockTest,
    testing::Combine(testing::ValuesIn(kKinds),
                     testing::Values(HookEvent::kInit, HookEvent::kEnqueue)),
    [](const auto& of) {
      return std::string(std::get<Kind>(of.param).name) +
             (std::get<HookEvent>(of.param) == HookEvent::kInit
                  ? "HaltsAtInit"
                  : "HaltsAtEnqueue");
    });

TEST_P(DeadlockTest, DrainWaitsForASubmissionUnderWay) {
  Halting other;
  other.CallAndHaltAt(event(),
                      [&] { executor().Post([&] { has_run_ = true; }); });
  executor().Drain();

  EXPECT_TRUE(has_run_);
}

TEST_P(DeadlockTest, SoDoesDrainFor) {
  Halting other;
  other.CallAndHaltAt(event(),
                      [&] { executor().Post([&] { has_run_ = true; }); });

  EXPECT_TRUE(executor().DrainFor(hours(1)));
  EXPECT_TRUE(has_run_);
}

TEST_P(DeadlockTest, SoDoesShutdown) {
  Halting other;
  other.CallAndHaltAt(event(),
                      [&] { executor().Post([&] { has_run_ = true; }); });
  executor().Shutdown(OnShutdown::kDrain);

  EXPECT_TRUE(has_run_);
}

TEST_P(DeadlockTest, SoDoesAGroup) {
  TaskGroup group(executor());
  Halting other;
  other.CallAndHaltAt(event(), [&] { group.Run([&] { has_run_ = true; }); });
  group.Wait();

  EXPECT_TRUE(has_run_);
}

TEST_P(DeadlockTest, AWaitThatItDoesNotEndIsAnErrorWhenItHasRun) {
  Promise<void> promise(executor());
  const Future<void> never = promise.GetFuture();
  Halting other;
  other.CallAndHaltAt(event(),
                      [&] { executor().Post([&] { has_run_ = true; }); });

  EXPECT_THROW(never.Wait(), DeadlockError);
  EXPECT_TRUE(has_run_);
}

// The task of the submission that a hook is told of is queued when the hook has
// returned: it cannot end what the hook waits for.
TEST_P(DeadlockTest, SoItIsInAHookOfTheSubmission) {
  Promise<void> promise(executor());
  const Future<void> never = promise.GetFuture();
  int calls = 0;
  {
    const AsyncHook waits =
        CreateHook(tests::CallbackFor(event(), [&](const auto&) {
          ++calls;
          EXPECT_THROW(never.Wait(), DeadlockError);
          EXPECT_FALSE(never.WaitFor(hours(1)));
          EXPECT_THROW(executor().Drain(), DeadlockError);
        })).Enable();
    executor().Post([&] { has_run_ = true; });
  }
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(has_run_);
  executor().Drain();

  EXPECT_TRUE(has_run_);
}

// Waits for what never comes, after another thread's submission has been halted
// while `stopped` was shut down.
void ExpectDeadlockAfterRefusal(Executor& executor, Executor& stopped,
                                HookEvent event) {
  Promise<void> promise(executor);
  const Future<void> never = promise.GetFuture();
  Halting other;
  other.CallAndHaltAt(
      event,
      [&] {
        EXPECT_THROW(executor.Post([] { ADD_FAILURE(); }), ShutdownError);
      },
      // Without waiting, as for this submission it would.
      [&] { stopped.ShutdownUntil({}); });

  EXPECT_THROW(never.Wait(), DeadlockError);
}

TEST_P(DeadlockTest, SoItIsWhenItWasRefused) {
  ExpectDeadlockAfterRefusal(executor(), executor(), event());
}

TEST_P(DeadlockTest, SoItIsWhenItsBaseHasRefusedIt) {
  ExpectDeadlockAfterRefusal(executor(), manual(), event());
}

// Without submissions.
class QuietDeadlockTest : public DeadlockTest {};

INSTANTIATE_TEST_SUITE_P(Kinds, QuietDeadlockTest,
                         testing::Combine(testing::ValuesIn(kKinds),
                                          testing::Values(HookEvent::kEnqueue)),
                         [](const auto& of) {
                           return std::string(std::get<Kind>(of.param).name);
                         });

TEST_P(QuietDeadlockTest, AWaitForWhatNobodyDoesIsAnError) {
  Promise<void> promise(executor());
  const Future<void> never = promise.GetFuture();
  int runs = 0;
  executor().Post([&] { executor().Post([&] { ++runs; }); });

  EXPECT_THROW(never.Wait(), DeadlockError);
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(never.WaitFor(hours(1)));
}

TEST_P(QuietDeadlockTest, DrainWaitsForAContinuationUnderWay) {
  Promise<void> promise(executor());
  Future<void> next = promise.GetFuture().Then([&] { has_run_ = true; });
  Halting other;
  other.CallAndHaltAt(event(), [&] { promise.SetValue(); });
  executor().Drain();

  EXPECT_TRUE(has_run_);
}

TEST_P(QuietDeadlockTest, DrainWaitsForACoroutineThatComesFromElsewhere) {
  Executor elsewhere({.concurrency = 1});
  std::thread::id ran_on;
  Halting other;
  const auto come_here = [&]() -> Task<> {
    const AsyncHook halts = other.HaltAt(event());
    co_await executor().Schedule();
    ran_on = std::this_thread::get_id();
  };
  Future<void> done = Spawn(elsewhere, come_here());
  other.WaitForHalt();
  EXPECT_NO_THROW(executor().Drain());

  EXPECT_EQ(ran_on, std::this_thread::get_id());
  executor().Drain();
  done.Get();
}

TEST_P(QuietDeadlockTest, DrainWaitsForALoopOfAnotherThread) {
  Halting other;
  other.Call([&] {
    ParallelFor(executor(), 0, 1, [&](int) {
      other.Halt();
      has_run_ = true;
    });
  });
  executor().Drain();

  EXPECT_TRUE(has_run_);
}

TEST_P(QuietDeadlockTest, AWaitThatALoopDoesNotEndIsAnErrorWhenThatHasRun) {
  Promise<void> promise(executor());
  const Future<void> never = promise.GetFuture();
  Halting other;
  other.Call([&] {
    ParallelFor(executor(), 0, 1, [&](int) {
      other.Halt();
      has_run_ = true;
    });
  });

  EXPECT_THROW(never.Wait(), DeadlockError);
  EXPECT_TRUE(has_run_);
}

// Wherever they are, also where no hook can halt them.
TEST_P(QuietDeadlockTest, DrainsDuringSubmissionsEnd) {
  for (int i = 0; i < tests::StressRounds(1'000); ++i) {
    tests::Count runs;  // a full executor's submitter runs tasks, too
    tests::Meeting meeting;
    std::thread other([&] {
      meeting.Wait(2);
      for (int j = 0; j < 10; ++j) executor().Post([&] { runs.Add(); });
    });
    meeting.Wait(2);
    while (runs.get() < 10) EXPECT_NO_THROW(executor().Drain());
    other.join();
    executor().Drain();
  }
}

// It is counted for a moment.
TEST_P(QuietDeadlockTest, ARefusedSubmissionIsNoDeadlockAndHidesNone) {
  Promise<void> promise(executor());
  const Future<void> never = promise.GetFuture();
  executor().Shutdown(OnShutdown::kDrain);
  std::atomic<bool> is_over = false;
  std::thread other([&] {
    for (int i = 0; i < tests::StressRounds(20'000); ++i) {
      EXPECT_THROW(executor().Post([] { ADD_FAILURE(); }), ShutdownError);
    }
    // relaxed: joined below.
    is_over.store(true, std::memory_order_relaxed);
  });
  // relaxed: as above.
  while (!is_over.load(std::memory_order_relaxed)) {
    EXPECT_NO_THROW(executor().Drain());
    EXPECT_FALSE(never.WaitFor(hours(1)));
  }
  other.join();
}

TEST(NestedDeadlockTest, DrainOfALaneOverTheRunningStrandIsAnError) {
  ManualExecutor manual;
  SerialExecutor strand(manual);
  BoundedExecutor over(strand, {.capacity = 2});
  bool has_run = false;
  Future<void> outer = strand.Submit([&] {
    over.Post([&] { has_run = true; });
    EXPECT_THROW(over.Drain(), DeadlockError);
    EXPECT_FALSE(has_run);
  });
  outer.Get();
  over.Drain();

  EXPECT_TRUE(has_run);
}

// What comes to a strand, or to a lane over it, while the strand waits in a
// task of its own, cannot run: that it is queued ends the wait.
TEST(NestedDeadlockTest, SoIsAWaitWhenTheLastOneIsBehindTheRunningStrand) {
  for (const bool is_over : {false, true}) {
    SCOPED_TRACE(is_over);
    ManualExecutor manual;
    SerialExecutor strand(manual);
    BoundedExecutor over(strand, {.capacity = 2});
    Executor& executor = is_over ? static_cast<Executor&>(over) : strand;
    Promise<void> promise(executor);
    const Future<void> never = promise.GetFuture();
    bool has_run = false;
    Halting other;
    strand
        .Submit([&] {
          other.CallAndHaltAt(HookEvent::kEnqueue,
                              [&] { executor.Post([&] { has_run = true; }); });
          EXPECT_THROW(never.Wait(), DeadlockError);
          EXPECT_FALSE(has_run);
        })
        .Get();
    executor.Drain();

    EXPECT_TRUE(has_run);
  }
}

}  // namespace
}  // namespace weft
