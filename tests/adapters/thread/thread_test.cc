// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/thread/thread.h"

#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/call_when_gone.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

using testing::ElementsAre;

const AsyncLocalStorage<std::string> tenant;

std::string TenantHere() {
  const std::string* const store = tenant.GetStore();
  return store != nullptr ? *store : "nobody";
}

class ThreadTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Threads, ThreadTest, testing::Values(1, 2, 8));

TEST_P(ThreadTest, EachRunsInTheContextOfItsMaker) {
  std::vector<std::string> seen(static_cast<std::size_t>(GetParam()));
  std::vector<AsyncId> triggers(seen.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      tenant.Run(std::to_string(i), [&] {
        threads.push_back(MakeThread([&seen, &triggers, i] {
          seen[i] = TenantHere();
          triggers[i] = TriggerAsyncId();
          tenant.EnterWith("mine");
        }));
      });
    }
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i], std::to_string(i));
    EXPECT_EQ(triggers[i], ExecutionAsyncId());
  }
  EXPECT_EQ(TenantHere(), "nobody");
}

TEST(MakeThreadTest, AllEventsComeBeforeJoinReturns) {
  tests::EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks());
  hook.Enable();
  tenant.Run("ada", [&] {
    MakeThread([&log, owned = std::make_unique<int>(),
                value = tests::CallWhenGone(
                    [&log] { log.Add("gone in " + TenantHere()); })] {
      log.Add("ran");
    }).join();
  });
  log.Add("joined");
  hook.Disable();
  EXPECT_THAT(log.lines(),
              ElementsAre("init STD_THREAD <- root", "before STD_THREAD", "ran",
                          "gone in ada", "after STD_THREAD",
                          "destroy STD_THREAD", "joined"));
}

TEST(MakeThreadTest, CanBeAskedToStop) {
  bool stopped = false;
  {
    const std::jthread thread = MakeThread([&stopped](std::stop_token stop) {
      while (!stop.stop_requested()) std::this_thread::yield();
      stopped = true;
    });
  }
  EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace weft
