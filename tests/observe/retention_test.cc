// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/retention.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <list>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/deadline.h"
#include "weft/context/inheritance.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/observe/causes.h"
#include "weft/observe/holder_kind.h"
#include "weft/observe/level.h"
#include "weft/pipelines/pipeline.h"
#include "weft/tests/support/in_child.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::observe {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using tests::StressRounds;
using Location = std::source_location;

std::uint64_t CountOf(const RetainedStorage& storage, HolderKind kind) {
  return storage.by_kind[static_cast<std::size_t>(kind)];
}

// Returns what is known of the storage of that name; nothing is kept of it if
// nothing is known.
RetainedStorage Kept(const std::string& name) {
  for (const RetainedStorage& storage : ReadRetention().storages) {
    if (storage.name == name) return storage;
  }
  return {};
}

class RetentionTest : public testing::Test {
 protected:
  RetentionTest() : request_({.name = "request"}) {
    StartRetention();
    SetLevel(Level::kFull);
  }
  ~RetentionTest() override { SetLevel(Level::kOff); }

  static void ExpectNothingIsKept() {
    const Retention retention = ReadRetention();
    EXPECT_EQ(retention.holders, 0u) << retention.ToString();
    EXPECT_EQ(retention.contexts, 0u);
    EXPECT_THAT(retention.storages, IsEmpty());
  }

  const AsyncLocalStorage<int> request_;
};

TEST_F(RetentionTest, NamesAQueuedTask) {
  ManualExecutor executor;
  AsyncId id = 0;
  const Location here = Location::current();
  request_.Run(1, [&] {
    executor.Post([&] { id = ExecutionAsyncId(); }, here);
    executor.Post([] {}, here);
  });
  executor.Post([] {});  // has no context, and so keeps none
  const Retention retention = ReadRetention();
  EXPECT_EQ(retention.level, Level::kFull);
  EXPECT_EQ(retention.one_in, 1u);
  EXPECT_EQ(retention.holders, 2u);
  EXPECT_EQ(retention.contexts, 1u);
  EXPECT_EQ(retention.missed, 0u);
  EXPECT_GT(retention.known_for, nanoseconds(0));
  ASSERT_THAT(retention.storages, SizeIs(1));
  const RetainedStorage& kept = retention.storages[0];
  EXPECT_EQ(kept.name, "request");
  EXPECT_TRUE(kept.is_private);
  EXPECT_TRUE(kept.is_bound);
  EXPECT_EQ(kept.stores, 1u);
  EXPECT_EQ(kept.contexts, 1u);
  EXPECT_EQ(kept.holders, 2u);
  EXPECT_EQ(CountOf(kept, HolderKind::kQueuedTask), 2u);
  ASSERT_THAT(kept.sites, SizeIs(1));
  EXPECT_EQ(kept.sites[0].kind, HolderKind::kQueuedTask);
  EXPECT_EQ(kept.sites[0].holders, 2u);
  EXPECT_EQ(kept.sites[0].backtrace.site().where.line(), here.line());
  EXPECT_EQ(kept.sites[0].oldest, kept.oldest);
  EXPECT_GT(kept.oldest, nanoseconds(0));
  EXPECT_LE(kept.oldest, retention.known_for);
  const AsyncId oldest = kept.sites[0].oldest_async_id;
  executor.RunOne();
  EXPECT_EQ(id, oldest);
  EXPECT_EQ(Kept("request").holders, 1u);
  executor.RunAll();
  ExpectNothingIsKept();
}

// Stores and contexts are counted once each, however many keep them.
TEST_F(RetentionTest, CountsStoresAndContexts) {
  const AsyncLocalStorage<std::string> user({.name = "user"});
  ManualExecutor executor;
  user.Run("Ada", [&] {
    for (const int number : {1, 2, 3}) {
      request_.Run(number, [&] {
        executor.Post([] {});
        executor.Post([] {});
      });
    }
  });
  const Retention retention = ReadRetention();
  EXPECT_EQ(retention.holders, 6u);
  EXPECT_EQ(retention.contexts, 3u);
  const RetainedStorage of_user = Kept("user");
  EXPECT_EQ(of_user.stores, 1u);
  EXPECT_EQ(of_user.contexts, 3u);
  EXPECT_EQ(of_user.holders, 6u);
  const RetainedStorage of_request = Kept("request");
  EXPECT_EQ(of_request.stores, 3u);
  EXPECT_EQ(of_request.contexts, 3u);
  executor.RunAll();
  ExpectNothingIsKept();
}

TEST_F(RetentionTest, NamesAContinuation) {
  ManualExecutor executor;
  Promise<int> promise(executor);
  Future<void> end =
      request_.Run(1, [&] { return promise.GetFuture().Then([](int) {}); });
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kContinuation), 1u);
  promise.SetValue(7);
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kQueuedTask), 1u);
  executor.RunAll();
  end.Get();
  ExpectNothingIsKept();
}

TEST_F(RetentionTest, NamesASuspendedCoroutine) {
  ManualExecutor executor;
  Promise<int> promise(executor);
  Future<int> future = promise.GetFuture();
  const auto await = [](Future<int> awaited) -> Task<int> {
    co_return co_await std::move(awaited);
  };
  Future<int> end = request_.Run(
      1, [&] { return Spawn(executor, await(std::move(future))); });
  EXPECT_EQ(Kept("request").holders, 1u);
  executor.RunAll();
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kSuspendedCoroutine), 1u);
  promise.SetValue(7);
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kQueuedTask), 1u);
  executor.RunAll();
  EXPECT_EQ(end.Get(), 7);
  ExpectNothingIsKept();
}

TEST_F(RetentionTest, NamesATimer) {
  ManualExecutor executor;
  // One that repeats keeps nothing unless it is asked to.
  Timer free, timer;
  request_.Run(1, [&] {
    free = executor.PostEvery(hours(1), [] {});
    timer = executor.PostEvery(hours(1), [] {}, {.keep_context = true});
  });
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kTimer), 1u);
  executor.AdvanceBy(hours(1));
  // It has run, and waits for its next time.
  executor.RunAll();
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kTimer), 1u);
  free.Cancel();
  timer.Cancel();
  executor.RunAll();
  ExpectNothingIsKept();
}

TEST_F(RetentionTest, NamesATaskThatRuns) {
  for (const int workers : {1, 2, 8}) {
    Executor executor({.concurrency = workers});
    RetainedStorage inside;
    request_.Run(1, [&] { executor.Post([&] { inside = Kept("request"); }); });
    executor.Drain();
    EXPECT_EQ(inside.holders, 1u);
    EXPECT_EQ(CountOf(inside, HolderKind::kRunning), 1u);
    ExpectNothingIsKept();
  }
}

TEST_F(RetentionTest, NamesAResource) {
  std::optional<AsyncResource> resource;
  request_.Run(1, [&] { resource.emplace("DB_QUERY"); });
  const RetainedStorage kept = Kept("request");
  EXPECT_EQ(CountOf(kept, HolderKind::kResource), 1u);
  ASSERT_THAT(kept.sites, SizeIs(1));
  EXPECT_EQ(kept.sites[0].backtrace.site().type, "DB_QUERY");
  auto bound = resource->Bind([] {});
  resource.reset();
  EXPECT_EQ(Kept("request").holders, 1u);
  bound();
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kResource), 1u);
  {
    const auto last = std::move(bound);
  }
  ExpectNothingIsKept();
}

// A snapshot is one holder with all its copies, and reads as it does otherwise.
TEST_F(RetentionTest, NamesASnapshot) {
  std::optional<ContextSnapshot> snapshot;
  const Location here = Location::current();
  request_.Run(1, [&] { snapshot = ContextSnapshot::Capture(here); });
  const RetainedStorage kept = Kept("request");
  EXPECT_EQ(kept.holders, 1u);
  EXPECT_EQ(CountOf(kept, HolderKind::kSnapshot), 1u);
  ASSERT_THAT(kept.sites, SizeIs(1));
  EXPECT_EQ(kept.sites[0].backtrace.site().type, "SNAPSHOT");
  EXPECT_EQ(kept.sites[0].backtrace.site().where.line(), here.line());
  EXPECT_EQ(kept.sites[0].oldest_async_id, kNoAsyncId);

  ManualExecutor executor;
  std::optional<ContextSnapshot> copy = snapshot;
  snapshot.reset();
  copy->Run([&] {
    EXPECT_EQ(*request_.GetStore(), 1);
    // What is made in it keeps what it needs, and not the snapshot.
    executor.Post([&] { EXPECT_EQ(*request_.GetStore(), 1); });
    const ContextSnapshot inner = ContextSnapshot::Capture();
    EXPECT_EQ(CountOf(Kept("request"), HolderKind::kSnapshot), 2u);
  });
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kSnapshot), 1u);
  copy.reset();
  const RetainedStorage of_task = Kept("request");
  EXPECT_EQ(of_task.holders, 1u);
  EXPECT_EQ(CountOf(of_task, HolderKind::kQueuedTask), 1u);
  executor.RunAll();
  ExpectNothingIsKept();

  // Without a context there is nothing to keep.
  const ContextSnapshot empty = ContextSnapshot::Capture();
  ExpectNothingIsKept();
}

TEST_F(RetentionTest, NamesWhatIsBound) {
  auto bound = request_.Run(
      1, [&] { return AsyncLocalStorage<int>::Bind([&] { return 7; }); });
  auto for_task =
      request_.Run(2, [&] { return ContextSnapshot::CaptureForTask(); });
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kSnapshot), 2u);
  EXPECT_EQ(bound(), 7);
  for_task.Run([&] { EXPECT_EQ(*request_.GetStore(), 2); });
  for_task = {};
  EXPECT_EQ(Kept("request").stores, 1u);
}

// Rules of inheritance stay what they are in a context that is watched.
TEST_F(RetentionTest, ASnapshotKeepsTheRules) {
  const AsyncLocalStorage<int> local(
      {.name = "local", .inheritance = Inheritance<int>::Never()});
  ManualExecutor executor;
  std::optional<ContextSnapshot> snapshot;
  local.Run(1, [&] {
    request_.Run(2, [&] { snapshot = ContextSnapshot::Capture(); });
  });
  snapshot->Run([&] {
    EXPECT_EQ(*local.GetStore(), 1);
    executor.Post([&] {
      EXPECT_FALSE(local.IsBound());
      EXPECT_EQ(*request_.GetStore(), 2);
    });
    request_.EnterWith(3);
    executor.Post([&] { EXPECT_EQ(*request_.GetStore(), 3); });
  });
  EXPECT_EQ(Kept("local").holders, 1u);
  EXPECT_EQ(Kept("request").holders, 3u);
  snapshot.reset();
  executor.RunAll();
  ExpectNothingIsKept();
}

TEST_F(RetentionTest, NamesAnItemOfAPipeline) {
  Executor executor({.concurrency = 2});
  std::uint64_t resources = 0;
  request_.Run(1, [&] {
    auto pipeline =
        Pipeline("count", [next = 0]() mutable -> std::optional<int> {
          return next < 3 ? std::optional(next++) : std::nullopt;
        }).Then(StageMode::kSerialInOrder, "look", [&](int) {
          resources = CountOf(Kept("request"), HolderKind::kResource);
        });
    pipeline.Run(executor);
  });
  executor.Drain();
  EXPECT_GE(resources, 2u);  // the run, and this item
  ExpectNothingIsKept();
}

// Those of a group borrow the group's context, and parts of a fork that of
// their fork; the former may outlive the caller's scope.
TEST_F(RetentionTest, NamesTasksOfAGroup) {
  ManualExecutor executor;
  TaskGroup group(executor);
  request_.Run(1, [&] {
    group.Run([] {});
    group.Run([] {});
    Join(executor, [&] { EXPECT_EQ(Kept("request").holders, 2u); }, [] {});
  });
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kQueuedTask), 2u);
  group.Wait();
  ExpectNothingIsKept();
}

TEST_F(RetentionTest, NamesLimitsToo) {
  ManualExecutor executor;
  {
    const DeadlineScope scope{Deadline::In(hours(1))};
    executor.Post([] {});
  }
  EXPECT_EQ(Kept("deadline").holders, 1u);
  executor.RunAll();
  ExpectNothingIsKept();
}

TEST_F(RetentionTest, FindsTheStoresOfManyStorages) {
  std::list<AsyncLocalStorage<int>> storages;
  ManualExecutor executor;
  ContextSnapshot().Run([&] {
    for (int i = 0; i < 100; ++i) {
      storages.emplace_back(AsyncLocalStorageOptions<int>{
          .name = "storage " + std::to_string(i)});
      storages.back().EnterWith(i);
    }
    executor.Post([] {});
  });
  const Retention retention = ReadRetention();
  EXPECT_EQ(retention.contexts, 1u);
  EXPECT_THAT(retention.storages, SizeIs(100));
  for (const RetainedStorage& storage : retention.storages) {
    EXPECT_THAT(storage.name, HasSubstr("storage "));
    EXPECT_EQ(storage.stores, 1u);
  }
  executor.RunAll();
  ExpectNothingIsKept();
}

// What is left of a storage is told as what it is, and not as another's.
TEST_F(RetentionTest, KnowsStoresThatNobodySees) {
  ManualExecutor executor;
  {
    AsyncLocalStorage<int> gone({.name = "gone"});
    gone.Run(1, [&] { executor.Post([] {}); });
    EXPECT_EQ(Kept("gone").holders, 1u);
  }
  const AsyncLocalStorage<int> next({.name = "next"});
  const Retention retention = ReadRetention();
  ASSERT_THAT(retention.storages, SizeIs(1));
  EXPECT_FALSE(retention.storages[0].is_bound);
  EXPECT_EQ(retention.storages[0].name, "");
  EXPECT_EQ(retention.storages[0].stores, 1u);
  EXPECT_THAT(retention.ToString(),
              HasSubstr("a storage that is disabled or gone: 1 store"));
  EXPECT_THAT(HoldersOf("gone"), IsEmpty());
  EXPECT_THAT(HoldersOf("next"), IsEmpty());
  executor.RunAll();
  ExpectNothingIsKept();
}

// At kFlight it is 1 holder in 64, by the ids, and their ends are seen.
TEST_F(RetentionTest, IsSampledAtFlight) {
  SetLevel(Level::kFlight);
  ManualExecutor executor;
  request_.Run(1, [&] {
    for (int i = 0; i < 640; ++i) executor.Post([] {});
  });
  const Retention retention = ReadRetention();
  EXPECT_EQ(retention.one_in, 64u);
  EXPECT_EQ(retention.holders, 10u);
  EXPECT_THAT(retention.ToString(), HasSubstr("; 1 of 64 made in the last "));
  executor.RunAll();
  ExpectNothingIsKept();

  std::vector<ContextSnapshot> snapshots;
  request_.Run(1, [&] {
    for (int i = 0; i < 640; ++i) {
      snapshots.push_back(ContextSnapshot::Capture());
    }
  });
  EXPECT_EQ(CountOf(Kept("request"), HolderKind::kSnapshot), 10u);
  snapshots.clear();
  ExpectNothingIsKept();
}

// What was made at another level is not known, nor is its end.
TEST_F(RetentionTest, KnowsWhatIsMadeAtTheLevel) {
  ManualExecutor executor;
  std::vector<ContextSnapshot> snapshots;
  const auto post = [&] {
    request_.Run(1, [&] {
      executor.Post([] {});
      snapshots.push_back(ContextSnapshot::Capture());
    });
  };
  post();
  EXPECT_EQ(Kept("request").holders, 2u);
  SetLevel(Level::kCounters);
  post();
  Retention retention = ReadRetention();
  EXPECT_EQ(retention.one_in, 0u);
  EXPECT_EQ(retention.holders, 0u);
  EXPECT_THAT(retention.ToString(), HasSubstr("nothing is known"));
  SetLevel(Level::kFull);
  ExpectNothingIsKept();
  post();
  EXPECT_EQ(Kept("request").holders, 2u);
  executor.RunAll();
  EXPECT_EQ(Kept("request").holders, 1u);
  snapshots.clear();
  ExpectNothingIsKept();
}

TEST_F(RetentionTest, HasRoomForSoMany) {
  EXPECT_THROW(StartRetention({.capacity = 0}), std::invalid_argument);
  StartRetention({.capacity = 3});
  const std::uint64_t missed = ReadRetention().missed;
  EXPECT_EQ(missed, 0u);  // of this level
  ManualExecutor executor;
  request_.Run(1, [&] {
    for (int i = 0; i < 5; ++i) executor.Post([] {});
  });
  EXPECT_EQ(ReadRetention().holders, 3u);
  EXPECT_EQ(ReadRetention().missed, missed + 2);
  EXPECT_THAT(ReadRetention().ToString(), HasSubstr("there was no room"));
  executor.RunAll();
  // There is room again.
  request_.Run(1, [&] { executor.Post([] {}); });
  EXPECT_EQ(ReadRetention().holders, 1u);
  executor.RunAll();
  StartRetention();
  ExpectNothingIsKept();
}

TEST_F(RetentionTest, SaysWhatLedThere) {
  StartCauses();
  ManualExecutor executor;
  const Location outer = Location::current();
  const Location inner = Location::current();
  std::optional<ContextSnapshot> snapshot;
  executor.Post(
      [&] {
        request_.Run(1, [&] {
          executor.Post([] {}, inner);
          snapshot = ContextSnapshot::Capture();
        });
      },
      outer);
  executor.RunOne();
  const RetainedStorage kept = Kept("request");
  ASSERT_THAT(kept.sites, SizeIs(2));
  for (const RetainedSite& site : kept.sites) {
    ASSERT_FALSE(site.backtrace.cause().empty());
    EXPECT_EQ(site.backtrace.cause().site().where.line(), outer.line());
  }
  EXPECT_THAT(ReadRetention().ToString(), HasSubstr("    1 queued task for "));
  executor.RunAll();
}

TEST_F(RetentionTest, TellsTheOldestFirst) {
  const AsyncLocalStorage<int> order(
      {.name = "order", .label = Visibility::kLog});
  const AsyncLocalStorage<std::string> token({.name = "token"});
  ManualExecutor executor;
  for (int i = 0; i < 5; ++i) {
    token.Run("hidden", [&] { order.Run(i, [&] { executor.Post([] {}); }); });
  }
  const std::vector<StoreHolder> holders = HoldersOf("order", 3);
  ASSERT_THAT(holders, SizeIs(3));
  for (int i = 0; i < 3; ++i) {
    const StoreHolder& holder = holders[static_cast<std::size_t>(i)];
    EXPECT_EQ(holder.kind, HolderKind::kQueuedTask);
    EXPECT_NE(holder.async_id, kNoAsyncId);
    EXPECT_THAT(holder.labels, ElementsAre(Pair("order", std::to_string(i))));
  }
  EXPECT_GE(holders[0].age, holders[2].age);
  EXPECT_THAT(HoldersOf("token"), SizeIs(5));
  EXPECT_FALSE(Kept("order").is_private);
  EXPECT_TRUE(Kept("token").is_private);
  executor.RunAll();
  EXPECT_THAT(HoldersOf("order"), IsEmpty());
}

TEST_F(RetentionTest, IsTextAndJson) {
  const AsyncLocalStorage<int> odd({.name = "a \"name\"\n"});
  ManualExecutor executor;
  const Location here = Location::current();
  odd.Run(1, [&] {
    for (int i = 0; i < 2; ++i) executor.Post([] {}, here);
  });
  std::vector<ContextSnapshot> snapshots;
  const auto capture = [&](Location where) {
    request_.Run(1,
                 [&] { snapshots.push_back(ContextSnapshot::Capture(where)); });
  };
  // One line each.
  // clang-format off
  capture(Location::current()); capture(Location::current());
  capture(Location::current()); capture(Location::current());
  capture(Location::current()); capture(Location::current());
  capture(Location::current()); capture(Location::current());
  capture(Location::current()); capture(Location::current());
  capture(Location::current()); capture(Location::current());
  capture(Location::current()); capture(Location::current());
  capture(Location::current()); capture(Location::current());
  capture(Location::current()); capture(Location::current());
  // clang-format on

  const Retention retention = ReadRetention();
  const auto json = nlohmann::json::parse(retention.ToJson());
  EXPECT_EQ(json["level"], "full");
  EXPECT_EQ(json["one_in"], 1);
  EXPECT_EQ(json["holders"], 20);
  ASSERT_EQ(json["storages"].size(), 2u);
  const auto& most = json["storages"][0];
  EXPECT_EQ(most["name"], "request");
  EXPECT_EQ(most["by_kind"]["snapshot"], 18);
  EXPECT_EQ(most["sites"].size(), RetainedStorage::kMaxSites);
  EXPECT_EQ(most["sites_left_out"], 2);
  const auto& least = json["storages"][1];
  EXPECT_EQ(least["name"], "a \"name\"\n");
  EXPECT_EQ(least["stores"], 1);
  EXPECT_EQ(least["private"], true);
  const auto& site = least["sites"][0];
  EXPECT_EQ(site["kind"], "queued task");
  EXPECT_EQ(site["holders"], 2);
  EXPECT_EQ(site["causes"][0]["line"], here.line());
  EXPECT_EQ(site["causes"][0]["type"], "TASK");
  EXPECT_GT(site["oldest_seconds"].get<double>(), 0);

  const std::string text = retention.ToString();
  EXPECT_THAT(text, HasSubstr("retention: 20 holders keep 19 contexts; all "));
  EXPECT_THAT(text, HasSubstr("\n  request: 18 stores in 18 contexts\n"
                              "    1 snapshot for "));
  EXPECT_THAT(text, HasSubstr("    and holders from 2 more sites\n"));
  EXPECT_THAT(text, HasSubstr("    2 queued tasks, the oldest for "));
  executor.RunAll();
}

TEST(HolderKindTest, HasNames) {
  EXPECT_EQ(HolderKindName(HolderKind::kQueuedTask), "queued task");
  EXPECT_EQ(HolderKindName(HolderKind::kRunning), "running task");
  EXPECT_EQ(static_cast<std::size_t>(HolderKind::kRunning) + 1, kHolderKinds);
}

// All is exact when nothing runs, whoever has run it.
TEST_F(RetentionTest, NothingIsKeptInTheEnd) {
  for (const int workers : {1, 2, 8}) {
    std::optional<Executor> executor(ExecutorOptions{.concurrency = workers});
    for (int round = 0; round < StressRounds(20); ++round) {
      TaskGroup group(*executor);
      for (int i = 0; i < 50; ++i) {
        request_.Run(i, [&] {
          group.Run([&] {
            const ContextSnapshot snapshot = ContextSnapshot::Capture();
            snapshot.Run([&] { executor->Post([] {}); });
            Join([] {}, [] {});
            executor->Submit([] {}).Then([] {}).Get();
            executor->PostAfter(nanoseconds(0), [] {});
          });
        });
      }
      group.Wait();
      executor->Drain();
    }
    executor.reset();  // with the timers that are not due yet
    ExpectNothingIsKept();
  }
}

// A child goes on, though another thread held the locks.
TEST_F(RetentionTest, AChildGoesOn) {
  ManualExecutor executor;
  request_.Run(1, [&] { executor.Post([] {}); });
  std::atomic<bool> stops = false;
  std::thread other([&] {
    while (!stops.load(std::memory_order_relaxed)) {  // relaxed: a flag
      request_.Run(2, [&] {
        const ContextSnapshot snapshot = ContextSnapshot::Capture();
      });
    }
  });
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(tests::InChild([&] {
                EXPECT_GE(ReadRetention().holders, 1u);
                const ContextSnapshot snapshot =
                    request_.Run(3, [&] { return ContextSnapshot::Capture(); });
                EXPECT_GE(Kept("request").holders, 2u);
              }),
              0);
  }
  stops.store(true, std::memory_order_relaxed);  // relaxed: a flag
  other.join();
  executor.RunAll();
}

// Reads what threads note while they do, and while the level changes.
TEST(RetentionStressTest, LevelsChangeWhileTasksRun) {
  const AsyncLocalStorage<int> request(
      {.name = "request", .label = Visibility::kLog});
  std::atomic<bool> stops = false;
  std::thread reader([&] {
    while (!stops.load(std::memory_order_relaxed)) {  // relaxed: a flag
      for (const RetainedStorage& storage : ReadRetention().storages) {
        EXPECT_LE(storage.stores, storage.holders);
      }
      for (const StoreHolder& holder : HoldersOf("request")) {
        for (const auto& [name, text] : holder.labels) {
          EXPECT_EQ(name, "request");
          EXPECT_LT(std::stoi(text), 50);
        }
      }
    }
  });
  for (const int workers : {1, 2, 8}) {
    Executor executor({.concurrency = workers});
    for (int round = 0; round < StressRounds(60); ++round) {
      constexpr std::array kLevels{Level::kFull, Level::kOff, Level::kFlight};
      StartRetention();
      SetLevel(kLevels[static_cast<std::size_t>(round) % kLevels.size()]);
      TaskGroup group(executor);
      for (int i = 0; i < 50; ++i) {
        request.Run(i, [&] {
          group.Run([&executor, snapshot = ContextSnapshot::Capture()] {
            snapshot.Run([&] { executor.Post([] {}); });
          });
        });
      }
      SetLevel(round % 2 == 0 ? Level::kFull : Level::kCounters);
      group.Wait();
      executor.Drain();
    }
    SetLevel(Level::kOff);
    SetLevel(Level::kFull);
    EXPECT_EQ(ReadRetention().holders, 0u);
  }
  stops.store(true, std::memory_order_relaxed);  // relaxed: a flag
  reader.join();
  SetLevel(Level::kOff);
}

}  // namespace
}  // namespace weft::observe
