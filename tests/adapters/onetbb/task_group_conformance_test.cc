// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What users of oneTBB's task_group rely on, run for oneTBB's own and for
// Weft's: the context must be the only difference.

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "oneapi/tbb/task_group.h"
#include "tests/adapters/onetbb/onetbb_threads.h"
#include "weft/adapters/onetbb/task_group.h"

namespace weft {
namespace {

using Groups = testing::Types<::tbb::task_group, tbb::task_group>;
struct GroupNames {
  template <typename Group>
  static std::string GetName(int) {
    return std::is_same_v<Group, tbb::task_group> ? "Weft" : "OneTbb";
  }
};

template <typename GroupType>
class TaskGroupConformanceTest : public testing::Test {
 protected:
  using Group = GroupType;

  // Calls `fn` in arenas of 1, 2 and 8 threads, each time with no counts.
  template <typename Fn>
  void InArena(const Fn& fn) {
    for (const int threads : {1, 2, 8}) {
      SCOPED_TRACE(threads);
      threads_ = threads;
      // relaxed: no task runs.
      count_.store(0, std::memory_order_relaxed);
      tests::InArena(threads, fn);
    }
  }
  int threads() const { return threads_; }

  void Count() {
    // relaxed: a count, read after the wait.
    count_.fetch_add(1, std::memory_order_relaxed);
  }
  int count() const {
    // relaxed: as above.
    return count_.load(std::memory_order_relaxed);
  }

 private:
  int threads_ = 0;
  std::atomic<int> count_{0};
};
TYPED_TEST_SUITE(TaskGroupConformanceTest, Groups, GroupNames);

TYPED_TEST(TaskGroupConformanceTest, RunsEveryTaskBeforeWaitReturns) {
  this->InArena([&] {
    typename TestFixture::Group group;
    for (int i = 0; i < 1000; ++i) group.run([&] { this->Count(); });
    EXPECT_EQ(group.wait(), ::tbb::complete);
    EXPECT_EQ(this->count(), 1000);
  });
}

TYPED_TEST(TaskGroupConformanceTest, WaitOnAnEmptyGroupReturns) {
  this->InArena([&] {
    typename TestFixture::Group group;
    EXPECT_EQ(group.wait(), ::tbb::complete);
  });
}

template <typename Group>
int Fibonacci(int n) {
  if (n < 2) return n;
  int left = 0;
  int right = 0;
  Group group;
  group.run([&] { left = Fibonacci<Group>(n - 1); });
  EXPECT_EQ(group.run_and_wait([&] { right = Fibonacci<Group>(n - 2); }),
            ::tbb::complete);
  return left + right;
}

TYPED_TEST(TaskGroupConformanceTest, GroupsNest) {
  this->InArena(
      [&] { EXPECT_EQ(Fibonacci<typename TestFixture::Group>(14), 377); });
}

TYPED_TEST(TaskGroupConformanceTest, TasksMayAddTasksToTheirGroup) {
  this->InArena([&] {
    typename TestFixture::Group group;
    const auto spread = [&](const auto& self, int depth) -> void {
      this->Count();
      if (depth == 0) return;
      for (int i = 0; i < 2; ++i) {
        group.run([&, depth] { self(self, depth - 1); });
      }
    };
    group.run_and_wait([&] { spread(spread, 7); });
    EXPECT_EQ(this->count(), 255);
  });
}

TYPED_TEST(TaskGroupConformanceTest, IsUsedAgainAfterWait) {
  this->InArena([&] {
    typename TestFixture::Group group;
    for (int round = 1; round <= 20; ++round) {
      for (int i = 0; i < 10; ++i) group.run([&] { this->Count(); });
      EXPECT_EQ(group.wait(), ::tbb::complete);
      EXPECT_EQ(this->count(), round * 10);
    }
  });
}

TYPED_TEST(TaskGroupConformanceTest, RunAndWaitRunsOnTheCaller) {
  this->InArena([&] {
    typename TestFixture::Group group;
    std::thread::id id;
    EXPECT_EQ(group.run_and_wait([&] { id = std::this_thread::get_id(); }),
              ::tbb::complete);
    EXPECT_EQ(id, std::this_thread::get_id());
  });
}

TYPED_TEST(TaskGroupConformanceTest, TakesFunctionsThatOnlyMove) {
  this->InArena([&] {
    typename TestFixture::Group group;
    group.run([this, one = std::make_unique<int>(1)] {
      if (*one == 1) this->Count();
    });
    ::tbb::task_handle handle =
        group.defer([this, one = std::make_unique<int>(1)] {
          if (*one == 1) this->Count();
        });
    group.run(std::move(handle));
    group.wait();
    EXPECT_EQ(this->count(), 2);
  });
}

TYPED_TEST(TaskGroupConformanceTest, CallsTheConstantOperator) {
  struct Function {
    void operator()() { *called = 1; }
    void operator()() const { *called = 2; }
    int* called;
  };
  this->InArena([&] {
    typename TestFixture::Group group;
    int run = 0;
    int waited = 0;
    group.run(Function{&run});
    group.run_and_wait(Function{&waited});
    EXPECT_EQ(run, 2);
    EXPECT_EQ(waited, 2);
  });
}

TYPED_TEST(TaskGroupConformanceTest, TakesAFunctionByReferenceAsACopy) {
  this->InArena([&] {
    typename TestFixture::Group group;
    const auto token = std::make_shared<int>(0);
    const auto function = [this, token] { this->Count(); };
    group.run(function);
    group.run(function);
    group.wait();
    EXPECT_EQ(this->count(), 2);
    EXPECT_EQ(token.use_count(), 2);  // the tasks' copies are gone
  });
}

TYPED_TEST(TaskGroupConformanceTest, WaitThrowsWhatATaskThrew) {
  this->InArena([&] {
    typename TestFixture::Group group;
    for (int i = 0; i < 20; ++i) {
      group.run([i] {
        if (i == 7) throw std::runtime_error("seven");
      });
    }
    EXPECT_THROW(group.wait(), std::runtime_error);
    // The group is whole again.
    group.run([&] { this->Count(); });
    EXPECT_EQ(group.wait(), ::tbb::complete);
    EXPECT_EQ(this->count(), 1);
  });
}

TYPED_TEST(TaskGroupConformanceTest, RunAndWaitThrowsWhatItsFunctionThrew) {
  this->InArena([&] {
    typename TestFixture::Group group;
    EXPECT_THROW(group.run_and_wait([] { throw std::logic_error("mine"); }),
                 std::logic_error);
    EXPECT_THROW(group.run_and_wait(
                     group.defer([] { throw std::logic_error("deferred"); })),
                 std::logic_error);
    EXPECT_EQ(group.wait(), ::tbb::complete);
  });
}

TYPED_TEST(TaskGroupConformanceTest, AnExceptionCancelsWhatHasNotStarted) {
  this->InArena([&] {
    typename TestFixture::Group group;
    EXPECT_THROW(group.run_and_wait([&] {
      for (int i = 0; i < 10; ++i) group.run([&] { this->Count(); });
      throw std::runtime_error("before they start");
    }),
                 std::runtime_error);
    // With one thread none can have started.
    EXPECT_LE(this->count(), this->threads() == 1 ? 0 : 10);
  });
}

TYPED_TEST(TaskGroupConformanceTest, WhatIsThrownAfterCancellationIsDropped) {
  this->InArena([&] {
    typename TestFixture::Group group;
    EXPECT_EQ(group.run_and_wait([&] {
      group.cancel();
      for (int i = 0; i < 10; ++i) group.run([&] { this->Count(); });
      throw std::runtime_error("too late");
    }),
              ::tbb::canceled);
    EXPECT_EQ(this->count(), 0);
  });
}

TYPED_TEST(TaskGroupConformanceTest, CancelledTasksDoNotStart) {
  this->InArena([&] {
    typename TestFixture::Group group;
    const auto token = std::make_shared<int>(0);
    group.cancel();
    for (int i = 0; i < 100; ++i) group.run([this, token] { this->Count(); });
    EXPECT_EQ(group.wait(), ::tbb::canceled);
    EXPECT_EQ(this->count(), 0);
    EXPECT_EQ(token.use_count(), 1);
    // Cancellation ends with the wait.
    group.run([&] { this->Count(); });
    EXPECT_EQ(group.wait(), ::tbb::complete);
    EXPECT_EQ(this->count(), 1);
  });
}

TYPED_TEST(TaskGroupConformanceTest, RunAndWaitOfACancelledGroupRunsNothing) {
  this->InArena([&] {
    typename TestFixture::Group group;
    group.cancel();
    EXPECT_EQ(group.run_and_wait([&] { this->Count(); }), ::tbb::canceled);
    EXPECT_EQ(this->count(), 0);
  });
}

TYPED_TEST(TaskGroupConformanceTest, TasksSeeThatTheyAreCancelled) {
  this->InArena([&] {
    typename TestFixture::Group group;
    EXPECT_FALSE(::tbb::is_current_task_group_canceling());
    const auto status = group.run_and_wait([&] {
      EXPECT_FALSE(::tbb::is_current_task_group_canceling());
      group.cancel();
      EXPECT_TRUE(::tbb::is_current_task_group_canceling());
    });
    EXPECT_EQ(status, ::tbb::canceled);
  });
}

TYPED_TEST(TaskGroupConformanceTest, OuterCancellationReachesInnerGroups) {
  this->InArena([&] {
    typename TestFixture::Group outer;
    ::tbb::task_group_status inner_status = ::tbb::not_complete;
    const auto status = outer.run_and_wait([&] {
      typename TestFixture::Group inner;
      inner.run([] {});
      inner.wait();
      outer.cancel();
      inner.run([&] { this->Count(); });
      inner_status = inner.wait();
    });
    EXPECT_EQ(status, ::tbb::canceled);
    EXPECT_EQ(inner_status, ::tbb::canceled);
    EXPECT_EQ(this->count(), 0);
  });
}

TYPED_TEST(TaskGroupConformanceTest, ServesAContextOfTheUsers) {
  this->InArena([&] {
    ::tbb::task_group_context context(::tbb::task_group_context::isolated);
    typename TestFixture::Group group(context);
    group.run([&] { this->Count(); });
    EXPECT_EQ(group.wait(), ::tbb::complete);
    EXPECT_EQ(group.run_and_wait([&] {
      group.cancel();
      EXPECT_TRUE(context.is_group_execution_cancelled());
    }),
              ::tbb::canceled);
    EXPECT_EQ(this->count(), 1);
  });
}

TYPED_TEST(TaskGroupConformanceTest, ADeferredTaskRunsWhenGiven) {
  this->InArena([&] {
    typename TestFixture::Group group;
    ::tbb::task_handle handle = group.defer([&] { this->Count(); });
    EXPECT_TRUE(handle);
    EXPECT_NE(handle, nullptr);
    EXPECT_EQ(this->count(), 0);
    group.run(std::move(handle));
    EXPECT_EQ(handle, nullptr);
    EXPECT_EQ(group.wait(), ::tbb::complete);
    EXPECT_EQ(this->count(), 1);
    EXPECT_EQ(group.run_and_wait(group.defer([&] { this->Count(); })),
              ::tbb::complete);
    EXPECT_EQ(this->count(), 2);
  });
}

TYPED_TEST(TaskGroupConformanceTest, HandlesMove) {
  this->InArena([&] {
    typename TestFixture::Group group;
    ::tbb::task_handle empty;
    EXPECT_FALSE(empty);
    ::tbb::task_handle first = group.defer([&] { this->Count(); });
    ::tbb::task_handle second(std::move(first));
    EXPECT_FALSE(first);
    empty = std::move(second);
    EXPECT_TRUE(empty);
    group.run(std::move(empty));
    group.wait();
    EXPECT_EQ(this->count(), 1);
  });
}

TYPED_TEST(TaskGroupConformanceTest, AHandleDroppedDestroysItsFunction) {
  this->InArena([&] {
    typename TestFixture::Group group;
    const auto token = std::make_shared<int>(0);
    {
      const ::tbb::task_handle handle =
          group.defer([this, token] { this->Count(); });
      EXPECT_EQ(token.use_count(), 2);
    }
    EXPECT_EQ(token.use_count(), 1);
    EXPECT_EQ(group.wait(), ::tbb::complete);
    EXPECT_EQ(this->count(), 0);
  });
}

TYPED_TEST(TaskGroupConformanceTest, WaitWaitsForDeferredTasks) {
  this->InArena([&] {
    typename TestFixture::Group group;
    ::tbb::task_handle handle = group.defer([&] { this->Count(); });
    std::latch about_to_wait(1);
    std::thread runner([&] {
      about_to_wait.wait();
      group.run(std::move(handle));
    });
    about_to_wait.count_down();
    EXPECT_EQ(group.wait(), ::tbb::complete);
    EXPECT_EQ(this->count(), 1);
    runner.join();
  });
}

TYPED_TEST(TaskGroupConformanceTest, AHandleMayBeRunByAnotherTask) {
  this->InArena([&] {
    typename TestFixture::Group group;
    ::tbb::task_handle handle = group.defer([&] { this->Count(); });
    group.run([&] { group.run(std::move(handle)); });
    EXPECT_EQ(group.wait(), ::tbb::complete);
    EXPECT_EQ(this->count(), 1);
  });
}

TYPED_TEST(TaskGroupConformanceTest, AnotherThreadMayWait) {
  this->InArena([&] {
    typename TestFixture::Group group;
    for (int i = 0; i < 100; ++i) group.run([&] { this->Count(); });
    int seen = 0;
    // From outside it can but wait: somebody inside must run.
    std::thread waiter([&] {
      EXPECT_EQ(group.wait(), ::tbb::complete);
      seen = this->count();
    });
    ::tbb::task_group other;
    while (this->count() < 100) {
      other.run([] {});
      other.wait();
      if (this->threads() == 1) group.wait();
    }
    waiter.join();
    EXPECT_EQ(seen, 100);
  });
}

TYPED_TEST(TaskGroupConformanceTest, SeveralThreadsMayAddTasks) {
  this->InArena([&] {
    typename TestFixture::Group group;
    ::tbb::task_group adders;
    for (int i = 0; i < 8; ++i) {
      adders.run([&] {
        for (int j = 0; j < 50; ++j) group.run([&] { this->Count(); });
      });
    }
    adders.wait();
    EXPECT_EQ(group.wait(), ::tbb::complete);
    EXPECT_EQ(this->count(), 400);
  });
}

TYPED_TEST(TaskGroupConformanceTest, AForgottenWaitThrows) {
  this->InArena([&] {
    EXPECT_THROW(
        {
          typename TestFixture::Group group;
          const ::tbb::task_handle never = group.defer([] {});
          // A task that is not waited for: held back by a task that waits for
          // the destructor's cancellation.
          group.run([] {
            while (!::tbb::is_current_task_group_canceling()) {
              std::this_thread::yield();
            }
          });
          if (this->threads() == 1) group.cancel();
          // `never` goes first, the group waits for the other.
        },
        ::tbb::missing_wait);
  });
}

TYPED_TEST(TaskGroupConformanceTest, AnExceptionInFlightReplacesMissingWait) {
  this->InArena([&] {
    EXPECT_THROW(
        {
          typename TestFixture::Group group;
          for (int i = 0; i < 10; ++i) group.run([] { tests::Work(); });
          throw std::logic_error("out of the block");
        },
        std::logic_error);
  });
}

}  // namespace
}  // namespace weft
