// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/execution.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <set>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/internal/new_async_id.h"
#include "weft/hooks/resource.h"
#include "weft/tests/support/event_log.h"
#include "weft/tests/support/meeting.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::EventLog;
using tests::Meeting;
using tests::RunOnThreads;
using tests::StressRounds;

TEST(ExecutionTest, MainThreadHasARootOfItsOwn) {
  EXPECT_EQ(ExecutionAsyncId(), kMainAsyncId);
  EXPECT_EQ(TriggerAsyncId(), kNoAsyncId);
  Resource& root = ExecutionAsyncResource();
  EXPECT_EQ(root.async_id(), kMainAsyncId);
  EXPECT_EQ(root.trigger_async_id(), kNoAsyncId);
  EXPECT_EQ(root.type(), "THREAD");
  EXPECT_EQ(&ExecutionAsyncResource(), &root);
}

TEST(ExecutionTest, OtherThreadsHaveRootsOfTheirOwn) {
  std::vector<AsyncId> ids(8);
  RunOnThreads(8, [&](int index) {
    Resource& root = ExecutionAsyncResource();
    const AsyncId id = ExecutionAsyncId();
    EXPECT_GT(id, kMainAsyncId);
    EXPECT_EQ(root.async_id(), id);
    EXPECT_EQ(TriggerAsyncId(), kNoAsyncId);
    EXPECT_EQ(root.type(), "THREAD");
    AsyncResource("A").RunInAsyncScope(
        [&] { EXPECT_EQ(TriggerAsyncId(), id); });
    EXPECT_EQ(ExecutionAsyncId(), id);  // is stable
    EXPECT_EQ(&ExecutionAsyncResource(), &root);
    ids[static_cast<std::size_t>(index)] = id;
  });
  EXPECT_EQ(std::set<AsyncId>(ids.begin(), ids.end()).size(), ids.size());
  EXPECT_EQ(ExecutionAsyncId(), kMainAsyncId);
}

// A thread whose first act is to run somebody else's resource.
TEST(ExecutionTest, RootIsMadeAtFirstUse) {
  const AsyncResource resource("A");
  std::thread([&] {
    AsyncId inside = 0;
    resource.RunInAsyncScope([&] { inside = ExecutionAsyncId(); });
    EXPECT_EQ(inside, resource.async_id());
    EXPECT_GT(ExecutionAsyncId(), kMainAsyncId);
    EXPECT_NE(ExecutionAsyncId(), inside);
  }).join();
}

TEST(ExecutionTest, RootsCauseNoEvents) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  std::thread([] { EXPECT_NE(ExecutionAsyncId(), kNoAsyncId); }).join();
  EXPECT_THAT(log.lines(), IsEmpty());
}

TEST(ExecutionTest, IdsGrowWithinAThread) {
  AsyncId last = hooks_internal::NewAsyncId();
  for (int i = 0; i < 5'000; ++i) {  // several blocks of them
    const AsyncId id = hooks_internal::NewAsyncId();
    ASSERT_GT(id, last);
    last = id;
  }
}

TEST(ExecutionTest, NothingRunsWhereNothingDoes) {
  Resource& none = hooks_internal::NoResource();
  EXPECT_EQ(none.async_id(), kNoAsyncId);
  EXPECT_EQ(none.trigger_async_id(), kNoAsyncId);
  EXPECT_EQ(none.type(), "NONE");
  const hooks_internal::ExecutionScope scope(none);
  EXPECT_EQ(ExecutionAsyncId(), kNoAsyncId);
  EXPECT_EQ(&ExecutionAsyncResource(), &none);
}

// Destroyed after the thread's root, as it was made before.
class AsksLate {
 public:
  void Note(std::vector<AsyncId>& ids) { ids_ = &ids; }
  ~AsksLate() {
    ids_->push_back(ExecutionAsyncId());
    AsyncResource("LATE").RunInAsyncScope([&] {
      ids_->push_back(TriggerAsyncId());
      EXPECT_EQ(ExecutionAsyncResource().type(), "LATE");
    });
    ids_->push_back(ExecutionAsyncId());
  }

 private:
  std::vector<AsyncId>* ids_ = nullptr;
};

TEST(ExecutionTest, NothingRunsOnceTheRootIsGone) {
  std::vector<AsyncId> ids;
  std::thread([&] {
    static thread_local AsksLate late;
    late.Note(ids);
    EXPECT_GT(ExecutionAsyncId(), kMainAsyncId);
  }).join();
  EXPECT_THAT(ids, ElementsAre(kNoAsyncId, kNoAsyncId, kNoAsyncId));
}

TEST(AsyncIdStressTest, NoBlockIsGivenTwice) {
  const auto rounds = static_cast<std::size_t>(StressRounds(2'000));
  std::vector<Meeting> meetings(rounds);
  std::vector<AsyncId> first(rounds);
  std::vector<AsyncId> second(rounds);
  RunOnThreads(2, [&](int index) {
    for (std::size_t i = 0; i < rounds; ++i) {
      meetings[i].Wait(2);
      AsyncId id = kNoAsyncId;
      for (int drawn = 0; drawn < 1'024; ++drawn) {  // a block
        id = hooks_internal::NewAsyncId();
      }
      (index == 0 ? first : second)[i] = id;
    }
  });
  for (std::size_t i = 0; i < rounds; ++i) ASSERT_NE(first[i], second[i]);
}

TEST(AsyncIdStressTest, AllWhoAskForOneAtOnceGetTheSame) {
  constexpr std::size_t kPerRound = 100;  // so that few meetings are needed
  const auto rounds = static_cast<std::size_t>(StressRounds(200));
  std::vector<Meeting> meetings(rounds);
  std::deque<Resource> resources;
  for (std::size_t i = 0; i < rounds * kPerRound; ++i) {
    resources.emplace_back("A", hooks_internal::kDrawnWhenAsked, kMainAsyncId);
  }
  std::vector<AsyncId> first(resources.size());
  std::vector<AsyncId> second(resources.size());
  RunOnThreads(2, [&](int index) {
    std::vector<AsyncId>& mine = index == 0 ? first : second;
    for (std::size_t i = 0; i < resources.size(); ++i) {
      if (i % kPerRound == 0) meetings[i / kPerRound].Wait(2);
      mine[i] = resources[i].async_id();
    }
  });
  EXPECT_EQ(first, second);
}

TEST(AsyncIdStressTest, NoIdIsGivenTwice) {
  constexpr std::size_t kThreads = 8;
  const int per_thread = StressRounds(1'000'000);
  std::vector<std::vector<AsyncId>> ids(kThreads);
  RunOnThreads(kThreads, [&](int index) {
    std::vector<AsyncId>& mine = ids[static_cast<std::size_t>(index)];
    mine.reserve(static_cast<std::size_t>(per_thread) + 1);
    mine.push_back(ExecutionAsyncId());
    for (int i = 0; i < per_thread; ++i) {
      mine.push_back(AsyncResource("A").async_id());
    }
  });
  std::vector<AsyncId> all;
  for (const std::vector<AsyncId>& each : ids) {
    EXPECT_TRUE(std::is_sorted(each.begin() + 1, each.end()));
    all.insert(all.end(), each.begin(), each.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_GT(all.front(), kMainAsyncId);
}

}  // namespace
}  // namespace weft
