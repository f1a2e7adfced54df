// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/onetbb/parallel_for.h"

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "gtest/gtest.h"
#include "oneapi/tbb/blocked_range.h"
#include "oneapi/tbb/partitioner.h"
#include "oneapi/tbb/task_group.h"
#include "tests/adapters/onetbb/event_balance.h"
#include "tests/adapters/onetbb/onetbb_threads.h"
#include "weft/context/async_local_storage.h"

namespace weft {
namespace {

using Range = ::tbb::blocked_range<int>;

class TbbParallelForTest : public tests::OneTbbTest {
 protected:
  // Calls `loop` with a function for each index, in an arena, and checks that
  // exactly the indices of `first`, `first + step`, ... were there, once.
  template <typename Loop>
  void Expect(int first, int last, int step, const Loop& loop) {
    const AsyncLocalStorage<int> storage;
    std::vector<int> seen(1000);
    std::atomic<int> wrong{0};
    InArena([&] {
      storage.Run(7, [&] {
        loop([&](int i) {
          ++seen[static_cast<std::size_t>(i)];
          // relaxed: a count, read after the call.
          if (*storage.GetStore() != 7) {
            wrong.fetch_add(1, std::memory_order_relaxed);
          }
        });
      });
    });
    // relaxed: the call has returned.
    EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
    for (int i = 0; i < 1000; ++i) {
      const bool expected = i >= first && i < last && (i - first) % step == 0;
      EXPECT_EQ(seen[static_cast<std::size_t>(i)], expected ? 1 : 0) << i;
    }
  }
};

TEST_P(TbbParallelForTest, HasOneTbbsOverloadsForRanges) {
  ::tbb::task_group_context context;
  ::tbb::affinity_partitioner affinity;
  const Range range(3, 900, 5);
  const auto each = [](const auto& fn) {
    return [&fn](const Range& part) {
      for (int i = part.begin(); i < part.end(); ++i) fn(i);
    };
  };
  Expect(3, 900, 1, [&](auto fn) { tbb::parallel_for(range, each(fn)); });
  Expect(3, 900, 1,
         [&](auto fn) { tbb::parallel_for(range, each(fn), context); });
  Expect(3, 900, 1, [&](auto fn) {
    tbb::parallel_for(range, each(fn), ::tbb::simple_partitioner());
  });
  Expect(3, 900, 1, [&](auto fn) {
    tbb::parallel_for(range, each(fn), ::tbb::auto_partitioner(), context);
  });
  Expect(3, 900, 1, [&](auto fn) {
    tbb::parallel_for(range, each(fn), ::tbb::static_partitioner(), context);
  });
  Expect(3, 900, 1,
         [&](auto fn) { tbb::parallel_for(range, each(fn), affinity); });
  Expect(3, 900, 1, [&](auto fn) {
    tbb::parallel_for(range, each(fn), affinity, context);
  });
}

TEST_P(TbbParallelForTest, HasOneTbbsOverloadsForIndices) {
  ::tbb::task_group_context context;
  ::tbb::affinity_partitioner affinity;
  const ::tbb::simple_partitioner simple;
  Expect(3, 900, 1, [&](auto fn) { tbb::parallel_for(3, 900, fn); });
  Expect(3, 900, 1, [&](auto fn) { tbb::parallel_for(3, 900, fn, context); });
  Expect(3, 900, 1, [&](auto fn) { tbb::parallel_for(3, 900, fn, simple); });
  Expect(3, 900, 1,
         [&](auto fn) { tbb::parallel_for(3, 900, fn, affinity, context); });
  Expect(3, 900, 7, [&](auto fn) { tbb::parallel_for(3, 900, 7, fn); });
  Expect(3, 900, 7,
         [&](auto fn) { tbb::parallel_for(3, 900, 7, fn, context); });
  Expect(3, 900, 7, [&](auto fn) { tbb::parallel_for(3, 900, 7, fn, simple); });
  Expect(3, 900, 7,
         [&](auto fn) { tbb::parallel_for(3, 900, 7, fn, affinity, context); });
  Expect(0, 0, 1, [&](auto fn) { tbb::parallel_for(900, 3, fn); });
}

TEST_P(TbbParallelForTest, TakesEveryIndexType) {
  InArena([&] {
    std::atomic<std::uint64_t> sum{0};
    tbb::parallel_for(std::uint8_t{0}, std::uint8_t{200}, std::uint8_t{3},
                      [&](std::uint8_t i) {
                        // relaxed: a sum, read after the call.
                        sum.fetch_add(i, std::memory_order_relaxed);
                      });
    // relaxed: the call has returned.
    EXPECT_EQ(sum.load(std::memory_order_relaxed), 6633u);
    tbb::parallel_for(std::size_t{0}, std::size_t{10}, [&](std::size_t i) {
      // relaxed: as above.
      sum.fetch_add(i, std::memory_order_relaxed);
    });
    // relaxed: as above.
    EXPECT_EQ(sum.load(std::memory_order_relaxed), 6678u);
  });
}

TEST_P(TbbParallelForTest, RefusesAStepThatIsNotPositive) {
  InArena([&] {
    EXPECT_THROW(tbb::parallel_for(0, 10, 0, [](int) {}),
                 std::invalid_argument);
    EXPECT_THROW(tbb::parallel_for(0, 10, -1, [](int) {}),
                 std::invalid_argument);
  });
}

// However the range is cut.
TEST_P(TbbParallelForTest, WhatAnIndexEntersTheNextDoesNotSee) {
  const AsyncLocalStorage<int> storage;
  InArena([&] {
    std::atomic<int> wrong{0};
    tbb::parallel_for(0, 1000, [&](int i) {
      if (storage.IsBound()) {
        // relaxed: a count, read after the call.
        wrong.fetch_add(1, std::memory_order_relaxed);
      }
      if (i % 3 == 0) storage.EnterWith(i);
    });
    // relaxed: the call has returned.
    EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
  });
}

// As oneTBB's: a body may count on copies of its own.
TEST_P(TbbParallelForTest, CopiesTheBody) {
  struct Copying {
    explicit Copying(std::atomic<int>& count) : copies(count) {}
    // relaxed: a count, read after the call.
    Copying(const Copying& other) : copies(other.copies) {
      copies.fetch_add(1, std::memory_order_relaxed);
    }
    void operator()(const Range&) const {}
    std::atomic<int>& copies;
  };
  InArena([&] {
    std::atomic<int> copies{0};
    tbb::parallel_for(Range(0, 64), Copying(copies),
                      ::tbb::simple_partitioner());
    // relaxed: the call has returned.
    EXPECT_GE(copies.load(std::memory_order_relaxed), 64);
  });
}

TEST_P(TbbParallelForTest, ItsResourceKnowsThePlaceOfTheCall) {
  InArena([&] {
    tests::EventBalance events;
    const unsigned line = __LINE__ + 1;
    tbb::parallel_for(0, 10, [](int) {});
    tbb::parallel_for(
        Range(0, 8), [](const Range&) {}, ::tbb::simple_partitioner());
    const auto lives = events.Finish();
    ASSERT_EQ(lives.size(), 2u);
    EXPECT_EQ(lives[0].line, line);
    EXPECT_EQ(lives[1].line, line + 1);
    EXPECT_EQ(lives[1].runs, 8);
  });
}

TEST_P(TbbParallelForTest, ItsContextMayBeCancelled) {
  InArena([&] {
    tests::EventBalance events;
    ::tbb::task_group_context context;
    context.cancel_group_execution();
    std::atomic<int> runs{0};
    // relaxed: a count, read after the call.
    tbb::parallel_for(
        0, 100, [&](int) { runs.fetch_add(1, std::memory_order_relaxed); },
        context);
    // relaxed: the call has returned.
    EXPECT_EQ(runs.load(std::memory_order_relaxed), 0);
    EXPECT_EQ(events.Finish().size(), 1u);
  });
}

WEFT_ONETBB_THREADS(TbbParallelForTest);

}  // namespace
}  // namespace weft
