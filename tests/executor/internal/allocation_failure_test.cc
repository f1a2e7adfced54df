// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Each call that submits, with each of its allocations failing in turn: it
// throws std::bad_alloc and nothing runs, or what it accepted runs; hooks see
// each resource end, what was captured is released, and the next call works.

#include <array>
#include <cstddef>
#include <functional>
#include <latch>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/internal/frame_memory.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/parallel_reduce.h"
#include "weft/executor/promise.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using tests::AllocationFailurePending;
using tests::Count;
using tests::Counted;
using tests::FailAllocation;
using tests::Tally;

class SubmissionFailureTest : public EveryExecutorTest {
 protected:
  // Counts that it was called as it should be, and is `kBytes` large: what is
  // small lies in memory that is used again.
  template <std::size_t kBytes>
  struct Body {
    explicit Body(SubmissionFailureTest& t) : test(t), counted(t.tally_) {}
    int operator()() const {
      const std::string* const store = test.storage_.GetStore();
      (store != nullptr && *store == "submitter" ? test.ran_ : test.strayed_)
          .Add();
      return 1;
    }
    SubmissionFailureTest& test;
    Counted counted;
    std::array<char, kBytes> bytes{};
  };
  using Small = Body<1>;
  using Large = Body<400>;

  enum class Where { kNew, kWarm, kInside };

  // oneTBB does not recover from having no memory when it first sees a thread,
  // or makes one: so it has made all that it will.
  SubmissionFailureTest() {
    static const bool has_threads = [] {
      constexpr int kExecutors = 8;
      std::latch all_run(kExecutors);
      std::vector<std::unique_ptr<Executor>> executors;
      for (int i = 0; i < kExecutors; ++i) {
        executors.push_back(
            std::make_unique<Executor>(ExecutorOptions{.concurrency = 1}));
        executors.back()->Post([&] { all_run.arrive_and_wait(); });
      }
      for (const auto& executor : executors) executor->Drain();
      return true;
    }();
    static_cast<void>(has_threads);
    Make()->Submit([] {}).Get();
  }

  // Has each allocation of `call`, and of those that follow it, fail in turn,
  // where the executor is new, where it is not, and inside a task. `call` has
  // `tasks` bodies run. Returns how often it threw std::bad_alloc.
  int CountFailures(int tasks, const std::function<void(Executor&)>& call) {
    int failures = 0;
    for (const Where where : {Where::kNew, Where::kWarm, Where::kInside}) {
      for (int n = 0; n < 20; ++n) {
        ran_.Reset();
        int accepted = 0;
        const std::unique_ptr<Executor> executor = Make();
        const auto calls = [&] {
          storage_.Run("submitter", [&] {
            if (where == Where::kWarm) {
              call(*executor);
              ++accepted;
            }
            FailAllocation(n);
            for (int i = 0; i < 200 && AllocationFailurePending(); ++i) {
              // Otherwise hardly anything would be allocated.
              context_internal::EmptyFrameStocks();
              try {
                call(*executor);
                ++accepted;
              } catch (const std::bad_alloc&) {
                ++failures;
              }
            }
            FailAllocation(-1);
            call(*executor);  // it works again
            ++accepted;
          });
        };
        where == Where::kInside ? executor->Submit(calls).Get() : calls();
        executor->Drain();
        EXPECT_EQ(ran_.get(), accepted * tasks)
            << "allocation " << n << ", " << static_cast<int>(where);
        EXPECT_EQ(tally_.live(), 0)
            << "allocation " << n << ", " << static_cast<int>(where);
      }
    }
    EXPECT_EQ(strayed_.get(), 0);
    EXPECT_EQ(inits_.get(), destroys_.get());
    return failures;
  }

  void FailEach(int tasks, const std::function<void(Executor&)>& call) {
    EXPECT_GT(CountFailures(tasks, call), 0);
  }
  // Where there is nothing to allocate, or `call` handles it.
  void FailNone(int tasks, const std::function<void(Executor&)>& call) {
    EXPECT_EQ(CountFailures(tasks, call), 0);
  }

  Tally tally_;
  const AsyncLocalStorage<std::string> storage_;
  Count ran_;
  Count strayed_;  // in another context
  Count inits_;
  Count destroys_;
  int tried_again_ = 0;
  const AsyncHook hook_ =
      CreateHook({.init = [this](const auto&) { inits_.Add(); },
                  .destroy = [this](const auto&) { destroys_.Add(); }})
          .Enable();
};

TEST_P(SubmissionFailureTest, Post) {
  FailEach(1, [&](Executor& executor) { executor.Post(Small(*this)); });
  FailEach(1, [&](Executor& executor) { executor.Post(Large(*this)); });
}

TEST_P(SubmissionFailureTest, Defer) {
  FailEach(1, [&](Executor& executor) { executor.Defer(Small(*this)); });
  FailEach(1, [&](Executor& executor) { executor.Defer(Large(*this)); });
}

TEST_P(SubmissionFailureTest, Submit) {
  FailEach(1, [&](Executor& executor) {
    static_cast<void>(executor.Submit(Small(*this)));
  });
  FailEach(1, [&](Executor& executor) {
    static_cast<void>(executor.Submit(Large(*this)));
  });
}

TEST_P(SubmissionFailureTest, GroupRun) {
  FailEach(1, [&](Executor& executor) {
    TaskGroup group(executor);
    group.Run(Small(*this));
    group.Wait();
  });
  FailEach(1, [&](Executor& executor) {
    TaskGroup group(executor);
    group.Run(Large(*this));
    group.Wait();
  });
}

// The group is as before: what it has goes on, and it takes more.
TEST_P(SubmissionFailureTest, GroupRunInAGroupWithOthers) {
  FailNone(4, [&](Executor& executor) {
    TaskGroup group(executor);
    for (int i = 0; i < 4; ++i) {
      try {
        group.Run(Large(*this));
      } catch (const std::bad_alloc&) {
        group.Run(Large(*this));
        ++tried_again_;
      }
    }
    group.Wait();
  });
  EXPECT_GT(tried_again_, 0);
}

// Neither allocates.
TEST_P(SubmissionFailureTest, Join) {
  FailNone(3, [&](Executor& executor) {
    Join(executor, Small(*this), Small(*this), Small(*this));
  });
}

TEST_P(SubmissionFailureTest, Loops) {
  FailNone(40, [&](Executor& executor) {
    ParallelFor(executor, 0, 40, [this](int) {
      Small body(*this);
      body();
    });
  });
  FailNone(40, [&](Executor& executor) {
    ParallelReduce(
        executor, 0, 40, 0, [this](int) { return Small(*this)(); },
        std::plus<>());
  });
}

TEST_P(SubmissionFailureTest, ThenOfAPromise) {
  FailEach(1, [&](Executor& executor) {
    Promise<int> promise(executor);
    Future<int> future = promise.GetFuture();
    Future<void> then =
        std::move(future).Then([body = Large(*this)](int) { body(); });
    promise.SetValue(1);
    try {
      then.Wait();
    } catch (const WaitLimitError&) {
      // No memory for a thread that goes on meanwhile; the task runs later.
    }
  });
}

TEST_P(SubmissionFailureTest, ThenOfWhatIsSettled) {
  FailEach(1, [&](Executor& executor) {
    Promise<int> promise(executor);
    promise.SetValue(1);
    Future<int> future = promise.GetFuture();
    static_cast<void>(
        std::move(future).Then([body = Small(*this)](int) { body(); }));
  });
}

TEST_P(SubmissionFailureTest, ThenOfASharedFuture) {
  FailEach(2, [&](Executor& executor) {
    Promise<int> promise(executor);
    const SharedFuture<int> future = promise.GetFuture().Share();
    const auto then = [&] {
      static_cast<void>(
          future.Then([body = Large(*this)](const int&) { body(); }));
    };
    then();
    then();
    promise.SetValue(1);
  });
}

WEFT_EVERY_EXECUTOR(SubmissionFailureTest);

}  // namespace
}  // namespace weft
