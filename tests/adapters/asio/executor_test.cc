// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What Asio's own unit tests ask of executors (post, dispatch, defer,
// bind_executor, strand, co_spawn, use_future, any_io_executor), asked of
// AsioExecutor; and the context, ids and events of what runs there.

#include "weft/adapters/asio/executor.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "boost/asio/any_io_executor.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/bind_executor.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/defer.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/strand.hpp"
#include "boost/asio/this_coro.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/use_future.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/executor/futures/shared_value.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/serial_executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/call_when_gone.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

namespace net = ::boost::asio;
using asio::AsioExecutor;
using asio::ExecutorContext;
using testing::ElementsAre;

const AsyncLocalStorage<std::string> tenant;

std::string TenantHere() {
  const std::string* const store = tenant.GetStore();
  return store != nullptr ? *store : "nobody";
}

static_assert(net::execution::is_executor_v<AsioExecutor>);
static_assert(std::is_convertible_v<AsioExecutor, net::any_io_executor>);
static_assert(
    net::can_require_v<AsioExecutor, net::execution::blocking_t::never_t>);
static_assert(
    net::can_require_v<AsioExecutor, net::execution::blocking_t::possibly_t>);
static_assert(
    !net::can_require_v<AsioExecutor, net::execution::blocking_t::always_t>);
static_assert(net::can_require_v<
              AsioExecutor, net::execution::outstanding_work_t::tracked_t>);
static_assert(net::can_require_v<
              AsioExecutor, net::execution::outstanding_work_t::untracked_t>);
static_assert(
    net::can_require_v<AsioExecutor, net::execution::relationship_t::fork_t>);
static_assert(net::can_prefer_v<
              AsioExecutor, net::execution::relationship_t::continuation_t>);
static_assert(net::can_query_v<AsioExecutor, net::execution::context_t>);

class AsioExecutorTest : public EveryExecutorTest {};
WEFT_EVERY_EXECUTOR(AsioExecutorTest);
WEFT_OTHER_EXECUTORS(AsioExecutorTest);
class AsioThreadsTest : public ThreadedExecutorTest {};
WEFT_THREADED_EXECUTORS(AsioThreadsTest);

// A thread that runs an io_context, which has work until it is stopped.
class IoThread {
 public:
  ~IoThread() {
    guard_.reset();
    thread_.join();
  }
  net::io_context& get() { return io_; }

 private:
  net::io_context io_;
  net::executor_work_guard<net::io_context::executor_type> guard_{
      io_.get_executor()};
  std::thread thread_{[this] { io_.run(); }};
};

TEST_P(AsioExecutorTest, HasTheProperties) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  ExecutorContext other(*executor);
  const AsioExecutor a = context.get_executor();
  namespace execution = net::execution;
  EXPECT_EQ(&net::query(a, execution::context), &context);
  EXPECT_EQ(net::query(a, execution::blocking), execution::blocking.possibly);
  EXPECT_EQ(net::query(net::require(a, execution::blocking.never),
                       execution::blocking),
            execution::blocking.never);
  EXPECT_EQ(net::query(a, execution::outstanding_work),
            execution::outstanding_work.untracked);
  EXPECT_EQ(net::query(net::require(a, execution::outstanding_work.tracked),
                       execution::outstanding_work),
            execution::outstanding_work.tracked);
  EXPECT_EQ(net::query(a, execution::relationship),
            execution::relationship.fork);
  EXPECT_EQ(net::query(a, execution::occupancy),
            static_cast<std::size_t>(executor->concurrency()));

  EXPECT_EQ(a, context.get_executor());
  EXPECT_NE(a, other.get_executor());
  EXPECT_NE(a, net::require(a, execution::blocking.never));
  EXPECT_EQ(a, net::require(net::require(a, execution::blocking.never),
                            execution::blocking.possibly));

  const net::any_io_executor any = a;
  EXPECT_EQ(any, net::any_io_executor(context.get_executor()));
  EXPECT_NE(any, net::any_io_executor(other.get_executor()));
  EXPECT_EQ(&net::query(any, execution::context), &context);
}

// Asio's post.cpp, dispatch.cpp and defer.cpp.
TEST_P(AsioExecutorTest, RunsWhatIsPostedDispatchedAndDeferred) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  const net::any_io_executor any = context.get_executor();
  tests::Count ran;
  const auto add = [&ran] { ran.Add(); };
  net::post(context, add);
  net::post(context.get_executor(), add);
  net::post(any, add);
  net::dispatch(context, add);
  net::dispatch(context.get_executor(), add);
  net::dispatch(any, add);
  net::defer(context, add);
  net::defer(context.get_executor(), add);
  net::defer(any, add);
  net::post(net::bind_executor(any, add));
  net::dispatch(net::bind_executor(context.get_executor(), add));
  net::defer(net::bind_executor(context.get_executor(), add));
  net::post(context, net::bind_executor(any, add));
  net::post(context, [owned = std::make_unique<int>(1), &ran] {
    ran.Add(*owned);  // movable only
  });
  context.Join();
  EXPECT_EQ(ran.get(), 14);
}

TEST_P(AsioExecutorTest, ATaskRunsInTheContextOfItsPosting) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  const net::any_io_executor any = context.get_executor();
  tests::Count right;
  for (int i = 0; i < 100; ++i) {
    const std::string name = std::to_string(i);
    tenant.Run(name, [&] {
      const AsyncId poster = ExecutionAsyncId();
      const auto check = [&right, name, poster] {
        if (TenantHere() != name) return;
        if (TriggerAsyncId() != poster) return;
        tenant.EnterWith("mine");  // ends with the task
        right.Add();
      };
      net::post(context, check);
      net::defer(any, check);
      net::dispatch(any, check);
    });
  }
  context.Join();
  EXPECT_EQ(right.get(), 300);
}

TEST_P(AsioExecutorTest, DispatchInsideIsACall) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  bool called = false;
  bool posted = false;
  bool defers = false;
  AsyncId same = kNoAsyncId;
  AsyncId outer = kNoAsyncId;
  net::post(context, [&] {
    outer = ExecutionAsyncId();
    net::dispatch(context, [&] {
      called = true;
      same = ExecutionAsyncId();
    });
    EXPECT_TRUE(called);
    // Each of these comes later, but where another worker is faster.
    net::post(context, [&] { posted = ExecutionAsyncId() != outer; });
    net::defer(context, [&] { defers = ExecutionAsyncId() != outer; });
  });
  context.Join();
  EXPECT_TRUE(posted);
  EXPECT_TRUE(defers);
  EXPECT_EQ(same, outer);
}

// A task on top of one that waits is not a part of it.
TEST(AsioExecutorOnSerialTest, DispatchOnTopOfAWaitingTaskIsQueued) {
  Executor base({.concurrency = 1});
  SerialExecutor serial(base);
  ExecutorContext context(serial);
  bool waiting = false;
  bool overlapped = false;
  net::post(context, [&] {
    waiting = true;
    base.Submit([&] { net::dispatch(context, [&] { overlapped = waiting; }); })
        .Get();
    waiting = false;
  });
  context.Join();
  EXPECT_FALSE(overlapped);
}

TEST_P(AsioThreadsTest, ACompletionKeepsTheContextOfItsInitiation) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  IoThread io;
  tests::Count right;
  for (int i = 0; i < 50; ++i) {
    const std::string name = std::to_string(i);
    tenant.Run(name, [&] {
      const AsyncResource request("REQUEST");
      request.RunInAsyncScope([&] {
        auto timer = std::make_shared<net::steady_timer>(
            io.get(), std::chrono::microseconds(i));
        const auto check = [&right, name, initiator = request.async_id(),
                            timer](auto...) {
          if (TenantHere() == name && TriggerAsyncId() == initiator) {
            right.Add();
          }
        };
        timer->async_wait(net::bind_executor(context.get_executor(), check));
        timer->async_wait(net::bind_executor(
            net::any_io_executor(context.get_executor()), check));
        net::post(io.get(), net::bind_executor(context.get_executor(), check));
      });
    });
  }
  context.Join();  // waits for the operations
  EXPECT_EQ(right.get(), 150);
}

// Timers of the context itself, whose services have a thread of their own.
net::awaitable<std::string> SleepHere() {
  net::steady_timer timer(co_await net::this_coro::executor,
                          std::chrono::microseconds(10));
  co_await timer.async_wait(net::use_awaitable);
  co_return TenantHere();
}

TEST_P(AsioThreadsTest, TimersOfTheContextKeepTheContextOfTheirInitiation) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  tests::Count right;
  std::vector<std::future<std::string>> slept;
  for (int i = 0; i < 50; ++i) {
    const std::string name = std::to_string(i);
    tenant.Run(name, [&] {
      auto timer = std::make_shared<net::steady_timer>(
          context, std::chrono::microseconds(i));
      auto typed = std::make_shared<net::basic_waitable_timer<
          std::chrono::steady_clock,
          net::wait_traits<std::chrono::steady_clock>, AsioExecutor>>(
          context.get_executor(), std::chrono::microseconds(i));
      const auto check = [&right, name, timer, typed,
                          initiator = ExecutionAsyncId()](auto...) {
        if (TenantHere() == name && TriggerAsyncId() == initiator) right.Add();
      };
      timer->async_wait(check);
      timer->async_wait(net::bind_executor(context.get_executor(), check));
      typed->async_wait(check);
      typed->async_wait(net::bind_executor(context.get_executor(), check));
      slept.push_back(net::co_spawn(context, SleepHere(), net::use_future));
    });
  }
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(slept[static_cast<std::size_t>(i)].get(), std::to_string(i));
  }
  context.Join();
  EXPECT_EQ(right.get(), 200);
}

net::awaitable<std::string> AwaitTwice(net::io_context& io, int steps) {
  std::string seen = TenantHere();
  for (int i = 0; i < steps; ++i) {
    net::steady_timer timer(io, std::chrono::microseconds(10));
    co_await timer.async_wait(net::use_awaitable);
    seen += "," + TenantHere();
    co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
    seen += "," + TenantHere();
  }
  co_return seen;
}

TEST_P(AsioThreadsTest, CoroutinesKeepTheirContext) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  IoThread io;
  std::vector<std::future<std::string>> results;
  for (int i = 0; i < 50; ++i) {
    results.push_back(tenant.Run(std::to_string(i), [&] {
      return net::co_spawn(context, AwaitTwice(io.get(), 2), net::use_future);
    }));
  }
  for (int i = 0; i < 50; ++i) {
    const std::string name = std::to_string(i);
    EXPECT_EQ(results[static_cast<std::size_t>(i)].get(),
              name + "," + name + "," + name + "," + name + "," + name);
  }
  tests::Count done;
  tenant.Run("detached", [&] {
    net::co_spawn(
        context.get_executor(),
        [&]() -> net::awaitable<void> {
          if (co_await AwaitTwice(io.get(), 0) == "detached") done.Add();
        },
        net::detached);
    net::co_spawn(context, AwaitTwice(io.get(), 1),
                  net::bind_executor(context.get_executor(),
                                     [&](std::exception_ptr, std::string) {
                                       if (TenantHere() == "detached") {
                                         done.Add();
                                       }
                                     }));
  });
  context.Join();
  EXPECT_EQ(done.get(), 2);
}

TEST_P(AsioThreadsTest, FuturesGetResultsAndExceptions) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  EXPECT_EQ(net::post(context, net::use_future([] { return 7; })).get(), 7);
  EXPECT_THROW(net::co_spawn(
                   context,
                   []() -> net::awaitable<void> {
                     throw std::runtime_error("spawned");
                     co_return;
                   },
                   net::use_future)
                   .get(),
               std::runtime_error);
}

// Asio's strand.cpp.
TEST_P(AsioExecutorTest, AStrandRunsOneAtATime) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  net::strand<AsioExecutor> strand(context.get_executor());
  int count = 0;  // touched in the strand only
  for (int i = 0; i < 200; ++i) {
    net::post(strand, [&count] { ++count; });
  }
  net::dispatch(strand, [&] {
    EXPECT_TRUE(strand.running_in_this_thread());
    const int before = count;
    net::dispatch(strand, [&count] { ++count; });
    EXPECT_EQ(count, before + 1);
  });
  context.Join();
  EXPECT_EQ(count, 201);
}

TEST_P(AsioExecutorTest, OverASerialExecutorItIsAStrandWithContext) {
  const auto executor = Make();
  SerialExecutor serial(*executor);
  ExecutorContext context(serial);
  std::string seen;  // touched in the strand only
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string name = std::to_string(i) + " ";
    expected += name;
    tenant.Run(name,
               [&] { net::post(context, [&seen] { seen += TenantHere(); }); });
  }
  context.Join();
  EXPECT_EQ(seen, expected);
}

TEST_P(AsioThreadsTest, JoinWaitsForWorkGuards) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  auto guard = std::make_unique<net::executor_work_guard<AsioExecutor>>(
      net::make_work_guard(context));
  std::atomic<bool> released{false};
  std::thread thread([&] {
    // relaxed: Join() orders it.
    released.store(true, std::memory_order_relaxed);
    guard.reset();
  });
  context.Join();
  // relaxed: as above.
  EXPECT_TRUE(released.load(std::memory_order_relaxed));
  thread.join();
}

TEST_P(AsioExecutorTest, JoinInsideIsADeadlockError) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  std::string message;
  net::post(context, [&] {
    try {
      context.Join();
    } catch (const DeadlockError& error) {
      message = error.what();
    }
  });
  context.Join();
  EXPECT_THAT(message, testing::HasSubstr("ExecutorContext: Join()"));
}

TEST_P(AsioExecutorTest, JoinInsideATaskOfTheExecutorRunsTheOthers) {
  const auto executor = Make();
  WEFT_SKIP_IF_SERIAL("a task would wait for those behind it");
  if (KindOf(GetParam()) == kBlockingKind)
    GTEST_SKIP() << "its threads may be few";
  ExecutorContext context(*executor);
  tests::Count ran;
  executor
      ->Submit([&] {
        for (int i = 0; i < 2; ++i) net::post(context, [&] { ran.Add(); });
        context.Join();
        EXPECT_EQ(ran.get(), 2);
      })
      .Get();
}

TEST_P(AsioExecutorTest, AfterShutdownWhatIsGivenIsDropped) {
  const auto executor = Make();
  ExecutorContext context(*executor);
  executor->Shutdown(OnShutdown::kDrain);
  bool gone = false;
  net::post(context, [value = tests::CallWhenGone([&gone] { gone = true; })] {
    FAIL() << "ran";
  });
  EXPECT_TRUE(gone);
  EXPECT_THROW(net::post(context, net::use_future([] {})).get(),
               std::future_error);
  context.Join();
}

TEST(AsioExecutorEventsTest, OfPostAndOfACompletion) {
  tests::EventLog log;
  ManualExecutor executor;
  ExecutorContext context(executor);
  net::io_context io;
  AsyncHook hook = CreateHook(log.Callbacks());
  hook.Enable();
  net::post(context, [&log] { log.Add("posted"); });
  executor.RunAll();
  {
    const AsyncResource request("REQUEST");
    request.RunInAsyncScope([&] {
      net::post(io, net::bind_executor(context.get_executor(),
                                       [&log] { log.Add("completed"); }));
    });
  }
  io.run();
  executor.RunAll();
  net::post(context, [] {});
  executor.Shutdown(OnShutdown::kStop);
  context.Join();
  hook.Disable();
  EXPECT_THAT(log.lines(),
              ElementsAre("init TASK <- root", "before TASK", "posted",
                          "after TASK", "destroy TASK",  //
                          "init REQUEST <- root", "before REQUEST",
                          "after REQUEST", "destroy REQUEST",  //
                          "init TASK#2 <- REQUEST", "before TASK#2",
                          "completed", "after TASK#2", "destroy TASK#2",
                          "init TASK#3 <- root", "destroy TASK#3"));
}

TEST(AsioExecutorErrorsTest, ExceptionsGoToTheHandler) {
  std::string caught;
  ManualExecutor executor({.on_unhandled_exception = [&](std::exception_ptr e) {
    try {
      std::rethrow_exception(std::move(e));
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
  }});
  ExecutorContext context(executor);
  net::post(context, [] { throw std::runtime_error("posted"); });
  context.Join();
  EXPECT_EQ(caught, "posted");
}

TEST(AsioExecutorErrorsTest, JoinThrowsIfNothingIsLeftToRun) {
  ManualExecutor executor;
  ExecutorContext context(executor);
  auto guard = net::make_work_guard(context);
  EXPECT_THROW(context.Join(), DeadlockError);
  guard.reset();
  context.Join();
}

// ----- Flows that are cancelled or late -----

TEST_P(AsioExecutorTest, AHandlerOfACancelledOrLateFlowIsCalled) {
  const std::unique_ptr<Executor> executor = Make();
  ExecutorContext pool(*executor);
  net::io_context io;
  CancellationSource source;
  SharedValue<int> calls{0};
  SharedValue<int> cancelled{0};
  SharedValue<int> late{0};
  const auto handler = [&] {
    ++calls;
    if (CancellationToken::Current().is_cancelled()) ++cancelled;
    if (Deadline::Current().has_passed()) ++late;
    EXPECT_EQ(TenantHere(), "ada");
    EXPECT_NE(ExecutionAsyncId(), kNoAsyncId);
  };
  const auto begin = [&] {
    net::post(pool, handler);
    net::dispatch(pool, handler);
    net::post(io, net::bind_executor(pool.get_executor(), handler));
  };
  tenant.Run("ada", [&] {
    const CancellationScope scope(source.token());
    begin();  // cancelled while it goes on, or queued
    source.Cancel();
    begin();
    const ShieldScope shield;
    const DeadlineScope scope_of_late(
        Deadline::At(Deadline::Clock::time_point()));
    begin();
  });
  io.run();
  pool.Join();

  EXPECT_EQ(calls, 9);
  EXPECT_GE(cancelled, 4);  // the first may have run before
  EXPECT_EQ(late, 3);
  EXPECT_EQ(executor->stats().dropped.cancelled, 0u);
  EXPECT_EQ(executor->stats().dropped.expired, 0u);
}

TEST_P(AsioExecutorTest, ACoroutineIsResumedToSeeThatItIsCancelled) {
  const std::unique_ptr<Executor> executor = Make();
  ExecutorContext pool(*executor);
  net::io_context io;
  CancellationSource source;
  SharedValue<bool> has_seen{false};
  const auto work = [&]() -> net::awaitable<void> {
    co_await net::post(io, net::use_awaitable);
    has_seen = CancellationToken::Current().is_cancelled();
  };
  std::future<void> done;
  {
    const CancellationScope scope(source.token());
    done = net::co_spawn(pool, work, net::use_future);
  }
  executor->Drain();  // it awaits
  source.Cancel();
  io.run();
  pool.Join();

  EXPECT_NO_THROW(done.get());
  EXPECT_TRUE(has_seen);
}

}  // namespace
}  // namespace weft
