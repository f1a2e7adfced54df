// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What holds for every algorithm, each tried in the same way: a case runs the
// algorithm so that each of its bodies calls `body`.

#include <atomic>
#include <functional>
#include <list>
#include <numeric>
#include <ostream>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "oneapi/tbb/blocked_range.h"
#include "oneapi/tbb/partitioner.h"
#include "oneapi/tbb/task_group.h"
#include "tests/adapters/onetbb/event_balance.h"
#include "tests/adapters/onetbb/onetbb_threads.h"
#include "weft/adapters/onetbb/parallel_for.h"
#include "weft/adapters/onetbb/parallel_for_each.h"
#include "weft/adapters/onetbb/parallel_invoke.h"
#include "weft/adapters/onetbb/parallel_pipeline.h"
#include "weft/adapters/onetbb/parallel_reduce.h"
#include "weft/adapters/onetbb/parallel_scan.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

constexpr int kSize = 200;
using Range = ::tbb::blocked_range<int>;
using Body = std::function<void()>;

// A body object for reductions and scans: a sum of indices.
struct SumBody {
  explicit SumBody(const Body& fn) : body(fn) {}
  SumBody(SumBody& other, ::tbb::split) : body(other.body) { body(); }
  template <typename... Tag>
  void operator()(const Range& range, Tag...) {
    body();
    for (int i = range.begin(); i < range.end(); ++i) sum += i;
  }
  void join(SumBody& right) {
    body();
    sum += right.sum;
  }
  void reverse_join(SumBody& left) {
    body();
    sum += left.sum;
  }
  void assign(SumBody& other) {
    body();
    sum = other.sum;
  }

  const Body& body;
  int sum = 0;
};

struct Case {
  const char* name;
  const char* type;
  // Runs the algorithm. Its result is checked.
  void (*run)(const Body& body, ::tbb::task_group_context& context);
  // The resource of the bodies is the algorithm's, not that of an item.
  bool one_resource = true;
};
void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }

constexpr int kSum = kSize * (kSize - 1) / 2;
int SumOf(const Range& range, int start) {
  for (int i = range.begin(); i < range.end(); ++i) start += i;
  return start;
}

const Case kCases[] = {
    {"ForRange", "TBB_PARALLEL_FOR",
     [](const Body& body, ::tbb::task_group_context& context) {
       tbb::parallel_for(
           Range(0, kSize, 10), [&](const Range&) { body(); },
           ::tbb::simple_partitioner(), context);
     }},
    {"ForIndex", "TBB_PARALLEL_FOR",
     [](const Body& body, ::tbb::task_group_context& context) {
       tbb::parallel_for(0, kSize, [&](int) { body(); }, context);
     }},
    {"ForIndexStep", "TBB_PARALLEL_FOR",
     [](const Body& body, ::tbb::task_group_context& context) {
       tbb::parallel_for(
           0, kSize, 3, [&](int) { body(); }, ::tbb::static_partitioner(),
           context);
     }},
    {"ForEach", "TBB_PARALLEL_FOR_EACH",
     [](const Body& body, ::tbb::task_group_context& context) {
       std::vector<int> items(kSize);
       tbb::parallel_for_each(items, [&](int) { body(); }, context);
     }},
    {"ForEachInAList", "TBB_PARALLEL_FOR_EACH",
     [](const Body& body, ::tbb::task_group_context& context) {
       std::list<int> items(kSize);
       tbb::parallel_for_each(
           items.begin(), items.end(), [&](int) { body(); }, context);
     }},
    {"ForEachFed", "TBB_PARALLEL_FOR_EACH",
     [](const Body& body, ::tbb::task_group_context& context) {
       std::vector<int> items(20, 3);
       std::atomic<int> runs{0};
       tbb::parallel_for_each(
           items,
           [&](int item, tbb::feeder<int>& feeder) {
             // relaxed: a count, read after the call.
             runs.fetch_add(1, std::memory_order_relaxed);
             if (item > 0) feeder.add(item - 1);
             body();
           },
           context);
       // relaxed: the call has returned.
       EXPECT_EQ(runs.load(std::memory_order_relaxed), 80);
     }},
    {"Invoke", "TBB_PARALLEL_INVOKE",
     [](const Body& body, ::tbb::task_group_context& context) {
       const auto fn = [&] { body(); };
       tbb::parallel_invoke(fn, fn, [&] { body(); }, fn, body, fn, context);
     }},
    {"Reduce", "TBB_PARALLEL_REDUCE",
     [](const Body& body, ::tbb::task_group_context& context) {
       EXPECT_EQ(tbb::parallel_reduce(
                     Range(0, kSize), 0,
                     [&](const Range& range, int start) {
                       body();
                       return SumOf(range, start);
                     },
                     [&](int left, int right) {
                       body();
                       return left + right;
                     },
                     ::tbb::simple_partitioner(), context),
                 kSum);
     }},
    {"ReduceBody", "TBB_PARALLEL_REDUCE",
     [](const Body& body, ::tbb::task_group_context& context) {
       SumBody sum(body);
       tbb::parallel_reduce(Range(0, kSize), sum, context);
       EXPECT_EQ(sum.sum, kSum);
     }},
    {"DeterministicReduce", "TBB_PARALLEL_DETERMINISTIC_REDUCE",
     [](const Body& body, ::tbb::task_group_context& context) {
       EXPECT_EQ(tbb::parallel_deterministic_reduce(
                     Range(0, kSize, 10), 0,
                     [&](const Range& range, int start) {
                       body();
                       return SumOf(range, start);
                     },
                     [&](int left, int right) {
                       body();
                       return left + right;
                     },
                     context),
                 kSum);
     }},
    {"DeterministicReduceBody", "TBB_PARALLEL_DETERMINISTIC_REDUCE",
     [](const Body& body, ::tbb::task_group_context& context) {
       SumBody sum(body);
       tbb::parallel_deterministic_reduce(Range(0, kSize, 10), sum,
                                          ::tbb::simple_partitioner(), context);
       EXPECT_EQ(sum.sum, kSum);
     }},
    {"Scan", "TBB_PARALLEL_SCAN",
     [](const Body& body, ::tbb::task_group_context&) {
       EXPECT_EQ(tbb::parallel_scan(
                     Range(0, kSize), 0,
                     [&](const Range& range, int start, bool) {
                       body();
                       return SumOf(range, start);
                     },
                     [&](int left, int right) {
                       body();
                       return left + right;
                     },
                     ::tbb::simple_partitioner()),
                 kSum);
     }},
    {"ScanBody", "TBB_PARALLEL_SCAN",
     [](const Body& body, ::tbb::task_group_context&) {
       SumBody sum(body);
       tbb::parallel_scan(Range(0, kSize), sum, ::tbb::simple_partitioner());
       EXPECT_EQ(sum.sum, kSum);
     }},
    {"Pipeline", "TBB_PARALLEL_PIPELINE",
     [](const Body& body, ::tbb::task_group_context& context) {
       int next = 0;
       tbb::parallel_pipeline(
           4,
           tbb::make_filter<void, int>(tbb::filter_mode::serial_in_order,
                                       [&](tbb::flow_control& control) {
                                         body();
                                         if (next == kSize) control.stop();
                                         return next++;
                                       }) &
               tbb::make_filter<int, int>(tbb::filter_mode::parallel,
                                          [&](int i) {
                                            body();
                                            return i;
                                          }) &
               tbb::make_filter<int, void>(
                   tbb::filter_mode::serial_out_of_order, [&](int) { body(); }),
           context);
     },
     false},
};

class TbbAlgorithmTest : public testing::TestWithParam<std::tuple<Case, int>> {
 protected:
  const Case& algorithm() const { return std::get<0>(GetParam()); }
  int threads() const { return std::get<1>(GetParam()); }

  // Runs the algorithm, in the arena of the caller.
  void Run(const Body& body) const {
    ::tbb::task_group_context context;
    algorithm().run(body, context);
  }

  const AsyncLocalStorage<std::string> tenant_;
};

TEST_P(TbbAlgorithmTest, EveryBodySeesTheCallersValue) {
  tests::InArena(threads(), [&] {
    tenant_.Run("ada", [&] {
      std::atomic<int> runs{0};
      std::atomic<int> wrong{0};
      Run([&] {
        const std::string* store = tenant_.GetStore();
        // relaxed: counts, read after the call.
        runs.fetch_add(1, std::memory_order_relaxed);
        if (store == nullptr || *store != "ada") {
          wrong.fetch_add(1, std::memory_order_relaxed);
        }
        tests::Work();
      });
      // relaxed: the call has returned.
      EXPECT_GT(runs.load(std::memory_order_relaxed), 1);
      EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
    });
  });
}

TEST_P(TbbAlgorithmTest, WithoutContextBodiesSeeNone) {
  tests::InArena(threads(), [&] {
    std::atomic<int> wrong{0};
    Run([&] {
      // relaxed: a count, read after the call.
      if (tenant_.IsBound()) wrong.fetch_add(1, std::memory_order_relaxed);
      // In the pipeline, what the first stage enters stays with the item.
      if (algorithm().one_resource) tenant_.EnterWith("left behind");
      tests::Work();
    });
    // relaxed: the call has returned.
    EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
    EXPECT_FALSE(tenant_.IsBound());
  });
}

TEST_P(TbbAlgorithmTest, WhatABodyEntersEndsWithIt) {
  tests::InArena(threads(), [&] {
    const AsyncLocalStorage<int> other;
    tenant_.Run("ada", [&] {
      const AsyncId id = ExecutionAsyncId();
      const Resource* const resource = &ExecutionAsyncResource();
      const std::string* const store = tenant_.GetStore();
      std::atomic<int> wrong{0};
      Run([&] {
        if (*tenant_.GetStore() != "ada" && algorithm().one_resource) {
          // relaxed: a count, read after the call.
          wrong.fetch_add(1, std::memory_order_relaxed);
        }
        tenant_.EnterWith("left behind");
        other.EnterWith(1);
        other.EnterWith(2);
      });
      // relaxed: the call has returned.
      EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
      EXPECT_EQ(tenant_.GetStore(), store);
      EXPECT_FALSE(other.IsBound());
      EXPECT_EQ(ExecutionAsyncId(), id);
      EXPECT_EQ(&ExecutionAsyncResource(), resource);
    });
  });
}

TEST_P(TbbAlgorithmTest, ThrowsWhatABodyThrew) {
  tests::InArena(threads(), [&] {
    tests::EventBalance events;
    tenant_.Run("ada", [&] {
      const AsyncId id = ExecutionAsyncId();
      std::atomic<int> runs{0};
      EXPECT_THROW(Run([&] {
                     tenant_.EnterWith("left behind");
                     // relaxed: any one run may throw.
                     if (runs.fetch_add(1, std::memory_order_relaxed) == 3) {
                       throw std::runtime_error("the fourth");
                     }
                   }),
                   std::runtime_error);
      EXPECT_EQ(*tenant_.GetStore(), "ada");
      EXPECT_EQ(ExecutionAsyncId(), id);
    });
    EXPECT_FALSE(events.Finish().empty());
  });
}

TEST_P(TbbAlgorithmTest, IsOneResourceCausedByTheCaller) {
  tests::InArena(threads(), [&] {
    tests::EventBalance events;
    const AsyncId self = ExecutionAsyncId();
    std::atomic<int> runs{0};
    std::atomic<int> wrong{0};
    Run([&] {
      // relaxed: counts, read after the call.
      runs.fetch_add(1, std::memory_order_relaxed);
      if (ExecutionAsyncResource().type() != algorithm().type ||
          TriggerAsyncId() != self) {
        wrong.fetch_add(1, std::memory_order_relaxed);
      }
    });
    const std::vector<tests::EventBalance::Life> lives = events.Finish();
    ASSERT_FALSE(lives.empty());
    EXPECT_EQ(lives[0].type, algorithm().type);
    EXPECT_EQ(lives[0].trigger, self);
    EXPECT_GE(lives[0].runs, 1);
    if (!algorithm().one_resource) return;
    EXPECT_EQ(lives.size(), 1u);
    // relaxed: the call has returned.
    EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
    EXPECT_LE(lives[0].runs, runs.load(std::memory_order_relaxed));
  });
}

TEST_P(TbbAlgorithmTest, TenantsAtTheSameTimeNeverMix) {
  std::atomic<int> mixed{0};
  // Bodies wait for algorithms of their own, so threads that wait inside one
  // tenant's bodies are there to run the other's.
  const auto as = [&](const std::string& name) {
    const auto check = [&] {
      const std::string* store = tenant_.GetStore();
      // relaxed: a count, read after all is done.
      if (store == nullptr || *store != name) {
        mixed.fetch_add(1, std::memory_order_relaxed);
      }
    };
    tenant_.Run(name, [&] {
      Run([&] {
        check();
        tenant_.Run(name, [&] {
          tbb::parallel_for(
              0, 4, [&](int) { check(); }, ::tbb::simple_partitioner());
        });
        check();
      });
      check();
    });
  };
  const int rounds = tests::StressRounds(20);
  tests::InArena(threads(), [&] {
    ::tbb::task_group both;
    for (int round = 0; round < rounds; ++round) {
      both.run([&] { as("ada"); });
      both.run([&] { as("grace"); });
    }
    both.wait();
  });
  tests::RunOnThreads(2, [&](int i) {
    tests::InArena(threads(), [&] {
      for (int round = 0; round < rounds; ++round) as(std::to_string(i));
    });
  });
  // relaxed: all is done.
  EXPECT_EQ(mixed.load(std::memory_order_relaxed), 0);
}

std::string CaseName(
    const testing::TestParamInfo<std::tuple<Case, int>>& info) {
  return std::get<0>(info.param).name + std::string("Threads") +
         std::to_string(std::get<1>(info.param));
}
INSTANTIATE_TEST_SUITE_P(Algorithms, TbbAlgorithmTest,
                         testing::Combine(testing::ValuesIn(kCases),
                                          testing::Values(1, 2, 8)),
                         CaseName);

}  // namespace
}  // namespace weft
