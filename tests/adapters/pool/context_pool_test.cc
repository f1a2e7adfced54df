// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/pool/context_pool.h"

#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "boost/asio/post.hpp"
#include "boost/asio/thread_pool.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/call_when_gone.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

using testing::ElementsAre;

const AsyncLocalStorage<std::string> tenant;

std::string TenantHere() {
  const std::string* const store = tenant.GetStore();
  return store != nullptr ? *store : "nobody";
}

class ContextPoolTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Threads, ContextPoolTest, testing::Values(1, 2, 8));

TEST_P(ContextPoolTest, EachFunctionRunsInTheContextOfItsPosting) {
  boost::asio::thread_pool threads(static_cast<std::size_t>(GetParam()));
  const ContextPool pool(
      [&](auto fn) { boost::asio::post(threads, std::move(fn)); });
  tests::Count right;
  for (int i = 0; i < 100; ++i) {
    const std::string name = std::to_string(i);
    tenant.Run(name, [&] {
      const AsyncId poster = ExecutionAsyncId();
      pool.Post([&, name, poster] {
        if (TenantHere() != name || TriggerAsyncId() != poster) return;
        tenant.EnterWith("mine");
        pool.Post([&right, me = ExecutionAsyncId()] {
          if (TenantHere() == "mine" && TriggerAsyncId() == me) right.Add();
        });
      });
    });
  }
  threads.join();
  EXPECT_EQ(right.get(), 100);
}

// A pool of std::function, as many are.
struct Queue {
  std::deque<std::function<void()>> waiting;
  void RunAll() {
    for (; !waiting.empty(); waiting.pop_front()) waiting.front()();
  }
};

TEST(ContextPoolEventsTest, OfARunAndADrop) {
  tests::EventLog log;
  Queue queue;
  const ContextPool pool(
      [&queue](std::function<void()> fn) { queue.waiting.push_back(fn); },
      "JOB");
  AsyncHook hook = CreateHook(log.Callbacks());
  hook.Enable();
  const auto captured = [&log] {
    return tests::CallWhenGone([&log] { log.Add("gone in " + TenantHere()); });
  };
  tenant.Run("ada", [&] {
    pool.Post([&log, value = captured(), owned = std::make_unique<int>()] {
      log.Add("ran");
    });
  });
  queue.RunAll();
  tenant.Run("bob", [&] { pool.Post([value = captured()] {}); });
  log.Add("drop");
  queue.waiting.clear();
  hook.Disable();
  EXPECT_THAT(log.lines(), ElementsAre("init JOB <- root", "before JOB", "ran",
                                       "gone in ada", "after JOB",
                                       "destroy JOB", "init JOB#2 <- root",
                                       "drop", "gone in bob", "destroy JOB#2"));
}

TEST(ContextPoolEventsTest, OneThatThePoolKeepsHasEnded) {
  tests::EventLog log;
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  const auto value = std::make_shared<int>();
  Queue queue;
  const ContextPool pool(
      [&queue](std::function<void()> fn) { queue.waiting.push_back(fn); });
  AsyncHook hook = CreateHook(log.Callbacks());
  hook.Enable();
  storage.Run(value, [&] { pool.Post([] {}); });
  EXPECT_GT(value.use_count(), 1);
  queue.waiting.front()();
  EXPECT_EQ(value.use_count(), 1);
  hook.Disable();
  EXPECT_THAT(log.lines(),
              ElementsAre("init POOL_TASK <- root", "before POOL_TASK",
                          "after POOL_TASK", "destroy POOL_TASK"));
}

TEST(ContextPoolEventsTest, ARefusedFunctionIsDestroyed) {
  tests::EventLog log;
  const ContextPool pool(
      [](const std::function<void()>&) { throw std::runtime_error("full"); });
  AsyncHook hook = CreateHook(log.Callbacks());
  hook.Enable();
  EXPECT_THROW(pool.Post([] {}), std::runtime_error);
  hook.Disable();
  EXPECT_THAT(log.lines(),
              ElementsAre("init POOL_TASK <- root", "destroy POOL_TASK"));
}

TEST(ContextPoolTestOfResults, ResultsAndExceptionsComeBack) {
  const ContextPool pool(
      [](auto fn) { return std::async(std::launch::deferred, std::move(fn)); });
  EXPECT_EQ(pool.Post([] { return 7; }).get(), 7);
  EXPECT_THROW(pool.Post([] { throw std::runtime_error("run"); }).get(),
               std::runtime_error);
  EXPECT_EQ(TenantHere(), "nobody");
}

TEST(ContextPoolErrorsTest, AFunctionRunsOnce) {
  Queue queue;
  const ContextPool pool(
      [&queue](std::function<void()> fn) { queue.waiting.push_back(fn); });
  pool.Post([] {});
  const std::function<void()> copy = queue.waiting.front();
  copy();
  EXPECT_THROW(copy(), std::logic_error);
}

TEST(ContextPoolErrorsTest, ATypeIsNeeded) {
  try {
    const ContextPool pool([](auto fn) { fn(); }, "");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("ContextPool: type is empty"));
  }
}

}  // namespace
}  // namespace weft
