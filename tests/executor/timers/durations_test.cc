// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Every operation that takes a time, with times that nanoseconds cannot tell:
// what is centuries off does not come, what is centuries past has come.

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <ratio>
#include <stdexcept>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/deadline.h"
#include "weft/context/duration.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/sleep.h"
#include "weft/executor/timer.h"
#include "weft/tests/support/count.h"

namespace weft {
namespace {

using std::chrono::nanoseconds;
using tests::Count;

constexpr nanoseconds kMost = nanoseconds::max();
constexpr nanoseconds kLeast = nanoseconds::min();

template <typename D>
constexpr nanoseconds In(D time) {
  return Duration(time);
}

TEST(DurationTest, IsWhatItWasGivenWhereThatCanBeTold) {
  EXPECT_EQ(In(std::chrono::hours(-3)), std::chrono::hours(-3));
  EXPECT_EQ(In(std::chrono::milliseconds(7)), std::chrono::milliseconds(7));
  EXPECT_EQ(In(kMost), kMost);
  EXPECT_EQ(In(kLeast), kLeast);
  EXPECT_EQ(In(std::chrono::duration<double>(0.25)),
            std::chrono::milliseconds(250));
  EXPECT_EQ(In(std::chrono::duration<std::int64_t, std::pico>(-1999)),
            nanoseconds(-1));
  EXPECT_EQ(In(std::chrono::duration<int, std::ratio<1, 3>>(3)),
            std::chrono::seconds(1));
  EXPECT_EQ(In(std::chrono::duration<std::uint8_t, std::ratio<60>>(255)),
            std::chrono::minutes(255));
  EXPECT_EQ(In(std::chrono::years(292)), std::chrono::years(292));
}

TEST(DurationTest, IsTheMostOrTheLeastWhereItCannot) {
  EXPECT_EQ(In(std::chrono::hours::max()), kMost);
  EXPECT_EQ(In(std::chrono::hours::min()), kLeast);
  EXPECT_EQ(In(std::chrono::years(300)), kMost);
  EXPECT_EQ(In(-std::chrono::years(300)), kLeast);
  EXPECT_EQ(In(std::chrono::duration<double>(1e300)), kMost);
  EXPECT_EQ(
      In(std::chrono::duration<float>(-std::numeric_limits<float>::infinity())),
      kLeast);
  EXPECT_EQ(In(std::chrono::duration<std::uint64_t, std::nano>(
                std::numeric_limits<std::uint64_t>::max())),
            kMost);
  EXPECT_EQ(In(std::chrono::duration<std::uint64_t, std::milli>(
                std::numeric_limits<std::uint64_t>::max())),
            kMost);
  EXPECT_EQ(In(std::chrono::duration<double>(
                std::numeric_limits<double>::quiet_NaN())),
            nanoseconds(0));
}

TEST(DurationTest, SumsAndDifferencesDoNotWrap) {
  using TimePoint = SteadyTime::Clock::time_point;
  using context_internal::Between;
  using context_internal::Later;
  EXPECT_EQ(Later(TimePoint(nanoseconds(1)), kMost), TimePoint::max());
  EXPECT_EQ(Later(TimePoint(nanoseconds(-1)), kLeast), TimePoint::min());
  EXPECT_EQ(Later(TimePoint::min(), kMost), TimePoint(nanoseconds(-1)));
  EXPECT_EQ(Between(TimePoint::min(), TimePoint::max()), kMost);
  EXPECT_EQ(Between(TimePoint::max(), TimePoint::min()), kLeast);
  EXPECT_EQ(
      TimePoint(SteadyTime(std::chrono::time_point<SteadyTime::Clock,
                                                   std::chrono::hours>::max())),
      TimePoint::max());
}

// What each of these says of a time: does it come at once?
struct Operation {
  const char* name;
  std::function<bool(ManualExecutor&, Duration)> comes;
};

bool Fires(ManualExecutor& executor,
           const std::function<Timer(std::function<void()>)>& set) {
  Count ran;
  Timer timer = set([&] { ran.Add(); });
  executor.AdvanceBy(std::chrono::hours(1));
  timer.Cancel();
  executor.Drain();
  return ran.get() > 0;
}

SteadyTime At(ManualExecutor& executor, Duration time) {
  return context_internal::Later(executor.now(), time);
}

std::vector<Operation> Operations() {
  return {
      {"PostAfter",
       [](ManualExecutor& executor, Duration time) {
         return Fires(executor, [&](auto fn) {
           return executor.PostAfter(time, std::move(fn));
         });
       }},
      {"PostAt",
       [](ManualExecutor& executor, Duration time) {
         return Fires(executor, [&](auto fn) {
           return executor.PostAt(At(executor, time), std::move(fn));
         });
       }},
      {"PostEvery",
       [](ManualExecutor& executor, Duration time) {
         try {
           return Fires(executor, [&](auto fn) {
             return executor.PostEvery(time, std::move(fn));
           });
         } catch (const std::invalid_argument&) {
           return true;  // not more than 0
         }
       }},
      {"Sleep",
       [](ManualExecutor& executor, Duration time) {
         Count ran;
         const auto sleeper = [&]() -> Task<> {
           co_await Sleep(executor, time);
           ran.Add();
         };
         Future<void> end = Spawn(executor, sleeper());
         executor.AdvanceBy(std::chrono::hours(1));
         const bool comes = ran.get() == 1;
         executor.Shutdown(OnShutdown::kStop);
         return comes;
       }},
      {"Deadline::In",
       [](ManualExecutor&, Duration time) {
         return Deadline::In(time).has_passed();
       }},
      {"Deadline::At",
       [](ManualExecutor& executor, Duration time) {
         return Deadline::At(At(executor, time)).has_passed();
       }},
      {"a task's deadline",
       [](ManualExecutor& executor, Duration time) {
         const DeadlineScope scope(Deadline::At(At(executor, time)));
         try {
           executor.Submit([] {}).Get();
           return false;
         } catch (const DeadlineExceededError&) {
           return true;
         }
       }},
      {"ShutdownFor",
       [](ManualExecutor& executor, Duration time) {
         executor.Post([] {});
         return executor.ShutdownFor(time).dropped == 1;
       }},
      {"ShutdownUntil",
       [](ManualExecutor& executor, Duration time) {
         executor.Post([] {});
         return executor
                    .ShutdownUntil(
                        context_internal::Later(SteadyTime::Clock::now(), time))
                    .dropped == 1;
       }},
      {"DrainFor",
       [](ManualExecutor& executor, Duration time) {
         executor.Post([] {});
         return !executor.DrainFor(time);
       }},
      {"DrainUntil",
       [](ManualExecutor& executor, Duration time) {
         executor.Post([] {});
         return !executor.DrainUntil(
             context_internal::Later(SteadyTime::Clock::now(), time));
       }},
      {"PriorityExecutor::DrainFor",
       [](ManualExecutor& executor, Duration time) {
         PriorityExecutor levels(executor);
         levels.at(Priority::kLow).Post([] {});
         return !levels.DrainFor(time);
       }},
      {"PriorityExecutor::ShutdownFor",
       [](ManualExecutor& executor, Duration time) {
         PriorityExecutor levels(executor);
         levels.at(Priority::kLow).Post([] {});
         return levels.ShutdownFor(time).dropped == 1;
       }},
      {"Future::WaitFor",
       [](ManualExecutor& executor, Duration time) {
         Future<void> future = executor.Submit([] {});
         return !future.WaitFor(time);
       }},
      {"Future::WaitUntil",
       [](ManualExecutor& executor, Duration time) {
         Future<void> future = executor.Submit([] {});
         return !future.WaitUntil(
             context_internal::Later(SteadyTime::Clock::now(), time));
       }},
      {"SharedFuture::WaitFor",
       [](ManualExecutor& executor, Duration time) {
         return !executor.Submit([] {}).Share().WaitFor(time);
       }},
      {"PostBefore",
       [](ManualExecutor& executor, Duration time) {
         BoundedExecutor bounded(executor);
         Count ran;
         static_cast<void>(bounded.PostBefore(
             context_internal::Later(SteadyTime::Clock::now(), time),
             [&] { ran.Add(); }));
         bounded.Drain();
         return ran.get() == 0;
       }},
  };
}

TEST(DurationTest, WhatIsCenturiesOffDoesNotCome) {
  const std::vector<Duration> far{
      std::chrono::hours::max(), std::chrono::years(300), nanoseconds::max(),
      std::chrono::seconds::max(), std::chrono::duration<double>(1e30)};
  for (const Operation& operation : Operations()) {
    for (const Duration time : far) {
      ManualExecutor executor;
      EXPECT_FALSE(operation.comes(executor, time)) << operation.name;
    }
  }
}

TEST(DurationTest, WhatIsPastHasCome) {
  const std::vector<Duration> past{std::chrono::hours::min(),
                                   -std::chrono::years(300),
                                   nanoseconds::min(),
                                   std::chrono::seconds::min(),
                                   std::chrono::hours(-1),
                                   nanoseconds(0),
                                   std::chrono::duration<double>(-1e30)};
  for (const Operation& operation : Operations()) {
    for (const Duration time : past) {
      ManualExecutor executor;
      EXPECT_TRUE(operation.comes(executor, time)) << operation.name;
    }
  }
}

TEST(DurationTest, AManualClockGoesToItsEndAndNoFurther) {
  ManualExecutor executor;
  Count ran;
  executor.PostAfter(std::chrono::years(200), [&] { ran.Add(); });
  executor.AdvanceBy(std::chrono::hours::max());
  EXPECT_EQ(ran.get(), 1);
  EXPECT_EQ(executor.now(), SteadyTime::Clock::time_point::max());
  executor.Stall(std::chrono::hours::max());
  EXPECT_EQ(executor.now(), SteadyTime::Clock::time_point::max());
  EXPECT_THROW(executor.AdvanceBy(std::chrono::hours::min()),
               std::invalid_argument);
}

class DurationWaitTest : public ThreadedExecutorTest {};

TEST_P(DurationWaitTest, ALongWaitEndsWithWhatItWaitsFor) {
  const std::unique_ptr<Executor> executor = Make();
  const std::vector<Duration> far{std::chrono::hours::max(),
                                  std::chrono::years(300), nanoseconds::max()};
  for (const Duration time : far) {
    const Timer never = executor->PostAfter(time, [] { FAIL(); });
    Promise<int> promise(*executor);
    const Future<int> future = promise.GetFuture();
    executor->PostAfter(std::chrono::milliseconds(1),
                        [&] { promise.SetValue(1); });
    EXPECT_TRUE(future.WaitFor(time));
    EXPECT_TRUE(future.WaitUntil(SteadyTime::Clock::time_point::max()));
    EXPECT_TRUE(executor->DrainFor(time));
  }
}
WEFT_THREADED_EXECUTORS(DurationWaitTest);

}  // namespace
}  // namespace weft
