// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/onetbb/parallel_pipeline.h"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/adapters/onetbb/event_balance.h"
#include "tests/adapters/onetbb/onetbb_threads.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

using tbb::filter_mode;
using tbb::flow_control;

constexpr int kItems = 500;

class TbbPipelineTest : public tests::OneTbbTest {
 protected:
  void Expect(int item) { ExpectTenant(std::to_string(item)); }
  void ExpectTenant(const std::string& tenant) {
    const std::string* store = tenant_.GetStore();
    // relaxed: a count, read after the call.
    if (store == nullptr || *store != tenant) {
      wrong_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  int wrong() const {
    // relaxed: as above.
    return wrong_.load(std::memory_order_relaxed);
  }

  const AsyncLocalStorage<std::string> tenant_;
  std::atomic<int> wrong_{0};
};

TEST_P(TbbPipelineTest, EachItemCarriesItsOwnContext) {
  InArena([&] {
    int next = 0;
    int last = 0;
    std::atomic<int> done{0};
    const auto source = tbb::make_filter<void, int>(
        filter_mode::serial_in_order, [&](flow_control& control) {
          ExpectTenant("caller");
          if (next == kItems) control.stop();
          tenant_.EnterWith(std::to_string(next));
          return next++;
        });
    const auto middle = tbb::make_filter<int, std::string>(
        filter_mode::parallel, [&](int item) {
          Expect(item);
          tests::Work();
          tenant_.EnterWith("left behind");
          return std::to_string(item);
        });
    const auto in_order = tbb::make_filter<std::string, std::unique_ptr<int>>(
        filter_mode::serial_in_order, [&](const std::string& item) {
          EXPECT_EQ(item, std::to_string(last));
          Expect(last);
          tenant_.EnterWith("left behind too");
          return std::make_unique<int>(last++);
        });
    const auto sink = tbb::make_filter<std::unique_ptr<int>, void>(
        filter_mode::parallel, [&](std::unique_ptr<int> item) {
          Expect(*item);
          // relaxed: a count, read after the call.
          done.fetch_add(1, std::memory_order_relaxed);
        });

    tenant_.Run("caller", [&] {
      tbb::parallel_pipeline(8, source & middle & in_order & sink);
      EXPECT_EQ(*tenant_.GetStore(), "caller");
    });

    EXPECT_EQ(wrong(), 0);
    // relaxed: the call has returned.
    EXPECT_EQ(done.load(std::memory_order_relaxed), kItems);
  });
}

TEST_P(TbbPipelineTest, AChainMayBeUsedAgainByAnotherTenant) {
  InArena([&] {
    int next = 0;
    std::string expected;
    std::atomic<int> done{0};
    const auto chain =
        tbb::make_filter<void, int>(filter_mode::serial_in_order,
                                    [&](flow_control& control) {
                                      if (next == 50) control.stop();
                                      return next++;
                                    }) &
        tbb::make_filter<int, void>(filter_mode::parallel, [&](int) {
          ExpectTenant(expected);
          // relaxed: a count, read after the call.
          done.fetch_add(1, std::memory_order_relaxed);
        });
    for (const char* tenant : {"ada", "grace"}) {
      next = 0;
      expected = tenant;
      tenant_.Run(tenant, [&] { tbb::parallel_pipeline(4, chain); });
    }
    EXPECT_EQ(wrong(), 0);
    // relaxed: the calls have returned.
    EXPECT_EQ(done.load(std::memory_order_relaxed), 100);
  });
}

TEST_P(TbbPipelineTest, FiltersAreMadeAsOneTbbsAre) {
  InArena([&] {
    int next = 0;
    std::atomic<int> sum{0};
    const tbb::filter first(filter_mode::serial_in_order,
                            [&](flow_control& control) -> int {
                              if (next == 10) control.stop();
                              return next++;
                            });
    const auto twice = tbb::make_filter(filter_mode::parallel,
                                        [](int item) { return 2 * item; });
    tbb::filter<void, int> chain = first & twice;
    chain &= twice;
    tbb::parallel_pipeline(
        3, chain & tbb::make_filter<int, void>(
                       filter_mode::parallel, [&](int item) {
                         // relaxed: a sum, read after the call.
                         sum.fetch_add(item, std::memory_order_relaxed);
                       }));
    // relaxed: the call has returned.
    EXPECT_EQ(sum.load(std::memory_order_relaxed), 180);

    int runs = 0;
    tenant_.Run("caller", [&] {
      tbb::parallel_pipeline(
          3, tbb::make_filter<void, void>(filter_mode::serial_in_order,
                                          [&](flow_control& control) {
                                            ExpectTenant("caller");
                                            tenant_.EnterWith("left behind");
                                            if (++runs == 5) control.stop();
                                          }));
    });
    EXPECT_EQ(runs, 5);
    EXPECT_EQ(wrong(), 0);
  });
}

TEST_P(TbbPipelineTest, ItemsAreResourcesOfTheCall) {
  InArena([&] {
    tests::EventBalance events;
    int next = 0;
    const unsigned line = __LINE__ + 1;
    tbb::parallel_pipeline(
        4, tbb::make_filter<void, int>(filter_mode::serial_in_order,
                                       [&](flow_control& control) {
                                         if (next == 20) control.stop();
                                         return next++;
                                       }) &
               tbb::make_filter<int, int>(filter_mode::parallel,
                                          [](int item) { return item; }) &
               tbb::make_filter<int, void>(filter_mode::parallel, [](int) {}));
    const auto lives = events.Finish();
    ASSERT_EQ(lives.size(), 22u);
    EXPECT_EQ(lives[0].type, "TBB_PARALLEL_PIPELINE");
    EXPECT_EQ(lives[0].runs, 21);
    int dropped = 0;
    for (std::size_t i = 1; i < lives.size(); ++i) {
      EXPECT_EQ(lives[i].type, "TBB_PIPELINE_ITEM");
      EXPECT_EQ(lives[i].trigger, lives[0].id);
      EXPECT_EQ(lives[i].line, line);
      if (lives[i].runs == 0) {
        ++dropped;  // what the call that stops has returned
      } else {
        EXPECT_EQ(lives[i].runs, 2);
      }
    }
    EXPECT_EQ(dropped, 1);
  });
}

TEST_P(TbbPipelineTest, AnExceptionDropsItemsAndLosesNone) {
  InArena([&] {
    tests::EventBalance events;
    const auto token = std::make_shared<int>(0);
    int next = 0;
    tenant_.Run("caller", [&] {
      EXPECT_THROW(
          tbb::parallel_pipeline(
              8,
              tbb::make_filter<void, std::shared_ptr<int>>(
                  filter_mode::serial_in_order,
                  [&](flow_control& control) {
                    if (++next == 200) control.stop();
                    return token;
                  }) &
                  tbb::make_filter<std::shared_ptr<int>, std::shared_ptr<int>>(
                      filter_mode::parallel,
                      [](std::shared_ptr<int> item) { return item; }) &
                  tbb::make_filter<std::shared_ptr<int>, void>(
                      filter_mode::serial_in_order,
                      [](const std::shared_ptr<int>&) {
                        throw std::runtime_error("x");
                      })),
          std::runtime_error);
      EXPECT_EQ(*tenant_.GetStore(), "caller");
    });
    EXPECT_EQ(token.use_count(), 1);
    events.Finish();
  });
}

TEST_P(TbbPipelineTest, AnExceptionDropsTheItemsThatWaitForTheirTurn) {
  InArena([&] {
    // The first item comes to the last stage when others wait there; with one
    // thread none can.
    std::atomic<int> waiting{GetParam() == 1 ? 1 : 0};
    tests::EventBalance events;
    const auto token = std::make_shared<int>(0);
    int next = 0;
    const auto work = [&]() -> void {
      tbb::parallel_pipeline(
          8, tbb::make_filter<void, std::pair<int, std::shared_ptr<int>>>(
                 filter_mode::serial_in_order,
                 [&](flow_control& control) {
                   if (next == 200) control.stop();
                   return std::pair(next++, token);
                 }) &
                 tbb::make_filter<std::pair<int, std::shared_ptr<int>>,
                                  std::shared_ptr<int>>(
                     filter_mode::parallel,
                     [&](std::pair<int, std::shared_ptr<int>> item) {
                       // relaxed: a number alone.
                       if (item.first == 0) {
                         while (waiting.load(std::memory_order_relaxed) == 0) {
                           std::this_thread::yield();
                         }
                       } else {
                         waiting.fetch_add(1, std::memory_order_relaxed);
                       }
                       return item.second;
                     }) &
                 tbb::make_filter<std::shared_ptr<int>, void>(
                     filter_mode::serial_in_order,
                     [](const std::shared_ptr<int>&) {
                       throw std::runtime_error("x");
                     }));
    };
    EXPECT_THROW(work(), std::runtime_error);
    EXPECT_EQ(token.use_count(), 1);
    events.Finish();
  });
}

WEFT_ONETBB_THREADS(TbbPipelineTest);

}  // namespace
}  // namespace weft
