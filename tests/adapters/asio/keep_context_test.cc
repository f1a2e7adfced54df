// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/asio/keep_context.h"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "boost/asio/awaitable.hpp"
#include "boost/asio/bind_executor.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/strand.hpp"
#include "boost/asio/thread_pool.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/use_future.hpp"
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

namespace net = ::boost::asio;
using asio::KeepContext;
using testing::ElementsAre;

const AsyncLocalStorage<std::string> tenant;

std::string TenantHere() {
  const std::string* const store = tenant.GetStore();
  return store != nullptr ? *store : "nobody";
}

class KeepContextTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Threads, KeepContextTest, testing::Values(1, 2, 8));

TEST_P(KeepContextTest, AHandlerRunsInTheContextOfItsInitiation) {
  net::thread_pool pool(static_cast<std::size_t>(GetParam()));
  tests::Count right;
  for (int i = 0; i < 50; ++i) {
    const std::string name = std::to_string(i);
    tenant.Run(name, [&] {
      auto timer = std::make_shared<net::steady_timer>(
          pool, std::chrono::microseconds(i));
      const auto check = [&right, name, timer,
                          initiator = ExecutionAsyncId()](auto...) {
        if (TenantHere() == name && TriggerAsyncId() == initiator) right.Add();
      };
      timer->async_wait(KeepContext(check));
      net::post(pool, KeepContext(check));
    });
  }
  pool.join();
  EXPECT_EQ(right.get(), 100);
}

// The functions of one strand, which runs several in one call of its executor.
TEST_P(KeepContextTest, AStrandsFunctionsHaveTheirOwnContext) {
  net::thread_pool pool(static_cast<std::size_t>(GetParam()));
  net::strand<net::thread_pool::executor_type> strand(pool.get_executor());
  std::string seen;  // touched in the strand only
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    const std::string name = std::to_string(i) + " ";
    expected += name;
    tenant.Run(name, [&] {
      net::post(strand, KeepContext([&seen] { seen += TenantHere(); }));
    });
  }
  pool.join();
  EXPECT_EQ(seen, expected);
}

TEST(KeepContextOnIoContextTest, TheHandlersExecutorStays) {
  net::io_context io;
  net::thread_pool pool(1);
  std::thread::id ran_on;
  std::thread::id pools;
  net::post(pool, [&] { pools = std::this_thread::get_id(); });
  net::steady_timer timer(io, std::chrono::microseconds(1));
  std::string seen;
  tenant.Run("ada", [&] {
    timer.async_wait(KeepContext(net::bind_executor(pool, [&](auto) {
      ran_on = std::this_thread::get_id();
      seen = TenantHere();
    })));
  });
  io.run();
  pool.join();
  EXPECT_EQ(ran_on, pools);
  EXPECT_EQ(seen, "ada");
}

TEST(KeepContextOnIoContextTest, OtherTokens) {
  net::io_context io;
  std::future<std::string> ready = tenant.Run("ada", [&] {
    return net::post(io, KeepContext(net::use_future(TenantHere)));
  });
  std::future<std::string> spawned = tenant.Run("bob", [&] {
    return net::co_spawn(
        io,
        [&]() -> net::awaitable<std::string> {
          net::steady_timer timer(io, std::chrono::microseconds(1));
          co_await timer.async_wait(KeepContext(net::use_awaitable));
          co_return TenantHere();
        },
        net::use_future);
  });
  io.run();
  EXPECT_EQ(ready.get(), "ada");
  // It was initiated by io_context, which knows nobody.
  EXPECT_EQ(spawned.get(), "nobody");
}

TEST(KeepContextOnIoContextTest, Events) {
  tests::EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks());
  hook.Enable();
  const auto captured = [&log] {
    return tests::CallWhenGone([&log] { log.Add("gone in " + TenantHere()); });
  };
  {
    net::io_context io;
    tenant.Run("ada", [&] {
      net::post(io,
                KeepContext([&log, value = captured()] { log.Add("ran"); }));
    });
    io.run();
    tenant.Run("bob",
               [&] { net::post(io, KeepContext([value = captured()] {})); });
    log.Add("drop");
  }
  hook.Disable();
  EXPECT_THAT(log.lines(),
              ElementsAre("init ASIO_HANDLER <- root", "before ASIO_HANDLER",
                          "ran", "gone in ada", "after ASIO_HANDLER",
                          "destroy ASIO_HANDLER", "init ASIO_HANDLER#2 <- root",
                          "drop", "gone in bob", "destroy ASIO_HANDLER#2"));
}

}  // namespace
}  // namespace weft
