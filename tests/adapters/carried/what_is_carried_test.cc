// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The table "What each carries" of docs/guide/adapters.md, row by row.

#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "boost/asio/awaitable.hpp"
#include "boost/asio/bind_executor.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/thread_pool.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/use_future.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/adapters/asio/as_awaitable.h"
#include "weft/adapters/asio/executor.h"
#include "weft/adapters/asio/keep_context.h"
#include "weft/adapters/onetbb/task_group.h"
#include "weft/adapters/pool/context_pool.h"
#include "weft/adapters/thread/thread.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/context/label.h"
#include "weft/context/labels.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/hooks/async_backtrace.h"
#include "weft/hooks/execution.h"
#include "weft/observe/causes.h"
#include "weft/observe/level.h"
#include "weft/propagation/baggage.h"
#include "weft/propagation/carrier.h"
#include "weft/propagation/propagator.h"
#include "weft/propagation/trace_context.h"

namespace weft {
namespace {

const AsyncLocalStorage<std::string> user({.name = "user",
                                           .label = Visibility::kLog});
const AsyncLocalStorage<std::string> password;
const AsyncLocalStorage<std::string> tenant({.name = "tenant"});

// What a flow shows of itself.
struct Seen {
  std::string private_store;
  std::string labels;
  std::map<std::string, std::string> fields;  // of a message that it sends
  bool is_cancelled = false;
  bool has_deadline = false;
  AsyncId id = 0;
  AsyncId trigger = 0;
  std::size_t causes = 0;
};

const Propagator& ThePropagator() {
  static const Propagator* const propagator = [] {
    auto* const made = new Propagator;
    made->Add(tenant, {.name = "acme-tenant",
                       .encode = [](const std::string& name) { return name; },
                       .decode =
                           [](std::string_view text) {
                             return std::optional<std::string>(text);
                           },
                       .limit = 32});
    return made;
  }();
  return *propagator;
}

Seen Look() {
  Seen seen;
  if (const std::string* const store = password.GetStore()) {
    seen.private_store = *store;
  }
  seen.labels = LogPrefix();
  ThePropagator().Inject(MapWriter(seen.fields));
  // It shrinks all the time.
  seen.fields.erase("request-timeout-ms");
  seen.is_cancelled = CancellationToken::Current().is_cancelled();
  seen.has_deadline = !Deadline::Current().is_never();
  seen.id = ExecutionAsyncId();
  seen.trigger = TriggerAsyncId();
  for (auto at = AsyncBacktrace::Here(); !at.empty(); at = at.cause()) {
    ++seen.causes;
  }
  return seen;
}

// Calls `look` later, or elsewhere, as a row of the table says.
using Row = std::function<Seen(Executor& executor)>;

class WhatIsCarriedTest
    : public testing::TestWithParam<std::pair<const char*, Row>> {};

Seen OfFuture(std::future<Seen> seen) { return seen.get(); }

const std::pair<const char*, Row> kRows[] = {
    {"KeepContext",
     [](Executor&) {
       boost::asio::io_context io;
       Seen seen;
       boost::asio::post(io, asio::KeepContext([&] { seen = Look(); }));
       std::thread([&] { io.run(); }).join();
       return seen;
     }},
    {"AsioExecutorPost",
     [](Executor& executor) {
       asio::ExecutorContext pool(executor);
       Seen seen;
       boost::asio::post(pool, [&] { seen = Look(); });
       pool.Join();
       return seen;
     }},
    {"AsioExecutorCompletion",
     [](Executor& executor) {
       asio::ExecutorContext pool(executor);
       boost::asio::io_context io;
       boost::asio::steady_timer timer(io, std::chrono::milliseconds(1));
       Seen seen;
       timer.async_wait(boost::asio::bind_executor(
           pool.get_executor(), [&](auto) { seen = Look(); }));
       std::thread([&] { io.run(); }).join();
       pool.Join();
       return seen;
     }},
    {"AsioCoroutine",
     [](Executor& executor) {
       asio::ExecutorContext pool(executor);
       boost::asio::io_context io;
       std::future<Seen> seen = boost::asio::co_spawn(
           pool,
           [&]() -> boost::asio::awaitable<Seen> {
             boost::asio::steady_timer timer(io, std::chrono::milliseconds(1));
             co_await timer.async_wait(boost::asio::use_awaitable);
             co_return Look();
           },
           boost::asio::use_future);
       while (seen.wait_for(std::chrono::milliseconds(1)) !=
              std::future_status::ready) {
         io.restart();
         io.run();
       }
       return OfFuture(std::move(seen));
     }},
    {"AsAwaitable",
     [](Executor& executor) {
       boost::asio::io_context io;
       const auto task = []() -> Task<Seen> { co_return Look(); };
       const auto serve = [&]() -> boost::asio::awaitable<Seen> {
         co_return co_await asio::AsAwaitable(executor, task());
       };
       // Asio's coroutine is begun by a function that keeps the context.
       std::future<Seen> seen;
       boost::asio::post(io, asio::KeepContext([&] {
                           seen = boost::asio::co_spawn(
                               io, serve, boost::asio::use_future);
                         }));
       io.run();
       return OfFuture(std::move(seen));
     }},
    {"ContextPool",
     [](Executor&) {
       boost::asio::thread_pool threads(1);
       const ContextPool pool([&](std::function<void()> function) {
         boost::asio::post(threads, std::move(function));
       });
       Seen seen;
       pool.Post([&] { seen = Look(); });
       threads.join();
       return seen;
     }},
    {"MakeThread",
     [](Executor&) {
       Seen seen;
       {
         const std::jthread thread = MakeThread([&] { seen = Look(); });
       }
       return seen;
     }},
    {"OnetbbTaskGroup",
     [](Executor&) {
       Seen seen;
       weft::tbb::task_group group;
       group.run([&] { seen = Look(); });
       group.wait();
       return seen;
     }},
};
INSTANTIATE_TEST_SUITE_P(Rows, WhatIsCarriedTest, testing::ValuesIn(kRows),
                         [](const auto& row) {
                           return std::string(row.param.first);
                         });

TEST_P(WhatIsCarriedTest, AllOfTheFlow) {
  observe::StartCauses();
  observe::SetLevel(observe::Level::kFlight);
  Executor executor({.concurrency = 2});
  Seen expected;
  Seen seen;
  executor
      .Submit([&] {
        const auto a = user.WithScope("ada");
        const auto b = password.WithScope("hunter2");
        const auto c = tenant.WithScope("acme");
        const auto d = TraceContext::Storage().WithScope(TraceContext::New());
        const auto e =
            Baggage::Storage().WithScope(Baggage().With("region", "eu"));
        const DeadlineScope late(Deadline::In(std::chrono::hours(1)));
        expected = Look();
        seen = GetParam().second(executor);
      })
      .Get();
  observe::SetLevel(observe::Level::kOff);
  EXPECT_EQ(expected.labels, "[user=ada] ");
  EXPECT_EQ(expected.fields.size(), 3u);
  EXPECT_GE(expected.causes, 1u);

  EXPECT_EQ(seen.private_store, "hunter2");
  EXPECT_EQ(seen.labels, expected.labels);
  EXPECT_EQ(seen.fields, expected.fields);
  EXPECT_TRUE(seen.has_deadline);
  EXPECT_FALSE(seen.is_cancelled);
  // A resource of its own, caused by who gave it away.
  EXPECT_NE(seen.id, 0u);
  EXPECT_NE(seen.id, expected.id);
  EXPECT_NE(seen.trigger, 0u);
  if (std::string(GetParam().first) == "AsioExecutorCompletion") {
    EXPECT_EQ(seen.causes, 1u);  // it is made by who completes the operation
  } else {
    EXPECT_GT(seen.causes, expected.causes);
  }
}

TEST_P(WhatIsCarriedTest, Cancellation) {
  Executor executor({.concurrency = 2});
  if (std::string(GetParam().first) == "AsAwaitable") {
    GTEST_SKIP() << "a wait in a cancelled flow throws";
  }
  const Seen seen = executor
                        .Submit([&] {
                          CancellationSource source;
                          const CancellationScope scope(source.token());
                          source.Cancel();
                          return GetParam().second(executor);
                        })
                        .Get();
  EXPECT_TRUE(seen.is_cancelled);
}

}  // namespace
}  // namespace weft
