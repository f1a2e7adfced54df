// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Coroutines of Weft that await operations of Asio's, and coroutines of Asio
// that await what Weft's can: results, context, cancellation, deadlines, and
// the end of either side.

#include "weft/executor/coroutine.h"

#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "boost/asio/associated_executor.hpp"
#include "boost/asio/async_result.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/buffer.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/read_until.hpp"
#include "boost/asio/redirect_error.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/this_coro.hpp"
#include "boost/asio/use_future.hpp"
#include "boost/asio/version.hpp"
#include "boost/asio/write.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/adapters/asio/as_awaitable.h"
#include "weft/adapters/asio/executor.h"
#include "weft/adapters/asio/use_task.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/sleep.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/event_log.h"

// What needs cancellation slots, of Boost 1.77 or later; with_slots.sh runs it.
#if BOOST_ASIO_VERSION >= 101900
#include "boost/asio/associated_cancellation_slot.hpp"
#include "boost/asio/bind_cancellation_slot.hpp"
#include "boost/asio/cancellation_signal.hpp"
#include "boost/asio/use_awaitable.hpp"
#endif

namespace weft {
namespace {

namespace net = ::boost::asio;
using asio::AsAwaitable;
using asio::UseTask;
using boost::system::error_code;
using net::ip::tcp;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using testing::ElementsAre;

const AsyncLocalStorage<std::string> tenant;

std::string TenantHere() {
  const std::string* const store = tenant.GetStore();
  return store != nullptr ? *store : "nobody";
}

class AsioCoroutineTest : public EveryExecutorTest {};
INSTANTIATE_TEST_SUITE_P(Kinds, AsioCoroutineTest,
                         testing::Values(1, 2, 8, kSerialKind + 8,
                                         kPriorityKind + 8, kBoundedKind + 8,
                                         kBlockingKind + 8),
                         KindName);

// A thread that runs an io_context, which has work until it is stopped.
class IoThread {
 public:
  ~IoThread() { Join(); }
  net::io_context& get() { return io_; }
  void Join() {
    guard_.reset();
    if (thread_.joinable()) thread_.join();
  }

 private:
  net::io_context io_;
  net::executor_work_guard<net::io_context::executor_type> guard_{
      io_.get_executor()};
  std::thread thread_{[this] { io_.run(); }};
};

// An object with an operation that ends when the test says so.
class SlowObject {
 public:
  explicit SlowObject(net::io_context& io) : io_(io) {}

  net::io_context::executor_type get_executor() const noexcept {
    return io_.get_executor();
  }
  void cancel() {
    ++cancels;
    cancelled.release();
  }

  template <typename Token>
  auto AsyncWait(Token token) {
    return net::async_initiate<Token, void(error_code, int)>(
        [this](auto handler) {
          using Handler = decltype(handler);
          waiting_ = std::make_unique<Waiting<Handler>>(std::move(handler));
          begun.release();
        },
        token);
  }

  // Calls the handler, on the thread of the io_context.
  void Complete(error_code error, int value) {
    net::post(io_, [this, error, value] {
      const std::unique_ptr<AnyWaiting> waiting = std::move(waiting_);
      waiting->Complete(error, value);
    });
  }
  // Runs a step of the operation, on the executor of its handler.
  void Step() {
    net::post(io_, [this] { waiting_->Step(io_.get_executor()); });
  }
  void Drop() { waiting_ = nullptr; }

  std::counting_semaphore<> begun{0};
  std::counting_semaphore<> cancelled{0};
  std::counting_semaphore<> stepped{0};
  int cancels = 0;  // of the thread of the io_context

 private:
  struct AnyWaiting {
    virtual ~AnyWaiting() = default;
    virtual void Complete(error_code error, int value) = 0;
    virtual void Step(const net::io_context::executor_type& executor) = 0;
  };
  template <typename Handler>
  struct Waiting : AnyWaiting {
    explicit Waiting(Handler its_handler) : handler(std::move(its_handler)) {}
    void Complete(error_code error, int value) override {
      std::move(handler)(error, value);
    }
    void Step(const net::io_context::executor_type& executor) override {
      net::execution::execute(net::get_associated_executor(handler, executor),
                              [] {});
    }
    Handler handler;
  };

  net::io_context& io_;
  std::unique_ptr<AnyWaiting> waiting_;
};

Task<int> WaitFor(Executor& executor, SlowObject& slow) {
  co_return co_await slow.AsyncWait(UseTask(executor, slow));
}

// -- A coroutine of Weft awaits an operation

Task<bool> KeepsItsFlow(Executor& executor, net::io_context& io,
                        std::string name) {
  const auto scope = tenant.WithScope(name);
  const AsyncId id = ExecutionAsyncId();
  bool kept = true;
  for (int i = 0; i < 5; ++i) {
    net::steady_timer timer(io, microseconds(50 * i));
    co_await timer.async_wait(UseTask(executor, timer));
    kept = kept && TenantHere() == name && ExecutionAsyncId() == id;
  }
  co_return kept;
}

TEST_P(AsioCoroutineTest, AnAwaitGoesOnInItsOwnFlow) {
  const auto executor = Make();
  IoThread io;
  std::vector<Future<bool>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(
        Spawn(*executor, KeepsItsFlow(*executor, io.get(), std::to_string(i))));
  }
  for (Future<bool>& kept : all) EXPECT_TRUE(kept.Get());
}

// Completes at once with `values`.
template <typename Signature, typename Token, typename... Values>
auto AsyncGive(net::io_context& io, Token token, Values... values) {
  return net::async_initiate<Token, Signature>(
      [&io](auto handler, auto... given) {
        net::post(io, [handler = std::move(handler),
                       ... given = std::move(given)]() mutable {
          std::move(handler)(std::move(given)...);
        });
      },
      token, std::move(values)...);
}

Task<std::string> AwaitAllKinds(Executor& executor, net::io_context& io) {
  const auto token = UseTask(executor);
  std::string seen;
  co_await AsyncGive<void()>(io, token);
  co_await AsyncGive<void(error_code)>(io, token, error_code());
  seen += std::to_string(
      co_await AsyncGive<void(error_code, int)>(io, token, error_code(), 1));
  const std::unique_ptr<int> moved =
      co_await AsyncGive<void(std::exception_ptr, std::unique_ptr<int>)>(
          io, token, std::exception_ptr(), std::make_unique<int>(2));
  seen += std::to_string(*moved);
  const std::tuple<int, std::string> both =
      co_await AsyncGive<void(int, std::string)>(io, token, 3,
                                                 std::string("four"));
  seen += std::to_string(std::get<0>(both)) + std::get<1>(both);
  try {
    co_await AsyncGive<void(error_code, int)>(io, token,
                                              error_code(net::error::eof), 0);
  } catch (const boost::system::system_error& error) {
    if (error.code() == net::error::eof) seen += " eof";
  }
  try {
    co_await AsyncGive<void(std::exception_ptr)>(
        io, token, std::make_exception_ptr(std::range_error("range")));
  } catch (const std::range_error& error) {
    seen += std::string(" ") + error.what();
  }
  error_code error;
  co_await AsyncGive<void(error_code, int)>(
      io, net::redirect_error(token, error), error_code(net::error::eof), 0);
  if (error == net::error::eof) seen += " redirected";
  co_return seen;
}

TEST_P(AsioCoroutineTest, AnAwaitGivesWhatAHandlerIsGiven) {
  const auto executor = Make();
  IoThread io;
  EXPECT_EQ(Spawn(*executor, AwaitAllKinds(*executor, io.get())).Get(),
            "123four eof range redirected");
}

Task<> Answer(Executor& executor, tcp::acceptor& acceptor) {
  tcp::socket socket =
      co_await acceptor.async_accept(UseTask(executor, acceptor));
  const auto token = UseTask(executor, socket);
  std::string text;
  co_await net::async_read_until(socket, net::dynamic_buffer(text), '\n',
                                 token);
  text = tenant.GetStore() != nullptr ? "not mine" : "you: " + text;
  co_await net::async_write(socket, net::buffer(text), token);
}

Task<std::string> Ask(Executor& executor, net::io_context& io,
                      tcp::endpoint endpoint, std::string name) {
  const auto scope = tenant.WithScope(name);
  tcp::socket socket(io);
  const auto token = UseTask(executor, socket);
  co_await socket.async_connect(endpoint, token);
  const std::string question = TenantHere() + "\n";
  co_await net::async_write(socket, net::buffer(question), token);
  std::string text;
  co_await net::async_read_until(socket, net::dynamic_buffer(text), '\n',
                                 token);
  co_return text + TenantHere();
}

TEST_P(AsioCoroutineTest, SocketsOverLoopback) {
  const auto executor = Make();
  IoThread io;
  tcp::acceptor acceptor(io.get(), {net::ip::address_v4::loopback(), 0});
  for (int i = 0; i < 5; ++i) {
    const std::string name = std::to_string(i);
    Future<void> answer = Spawn(*executor, Answer(*executor, acceptor));
    Future<std::string> ask = Spawn(
        *executor, Ask(*executor, io.get(), acceptor.local_endpoint(), name));
    answer.Get();
    EXPECT_EQ(ask.Get(), "you: " + name + "\n" + name);
  }
}

// Spawns a wait for `slow` in a flow that it cancels when the wait has begun.
// Returns once the object has been told.
Future<int> SpawnAndCancel(Executor& executor, SlowObject& slow) {
  CancellationSource source;
  Future<int> result = [&] {
    const CancellationScope scope(source.token());
    return Spawn(executor, WaitFor(executor, slow));
  }();
  slow.begun.acquire();
  source.Cancel();
  slow.cancelled.acquire();
  return result;
}

TEST_P(AsioCoroutineTest, AnAwaitThatIsCancelledEndsAfterTheOperation) {
  const auto executor = Make();
  IoThread io;
  SlowObject slow(io.get());
  Future<int> result = SpawnAndCancel(*executor, slow);
  EXPECT_FALSE(result.IsReady());
  slow.Complete(net::error::operation_aborted, 0);
  EXPECT_THROW(result.Get(), CancelledError);
  EXPECT_EQ(slow.cancels, 1);
}

Task<int> WaitForOneMs(Executor& executor, SlowObject& slow) {
  const DeadlineScope scope(Deadline::In(milliseconds(1)));
  co_return co_await slow.AsyncWait(UseTask(executor, slow));
}

TEST_P(AsioCoroutineTest, AnAwaitThatIsLateEndsAfterTheOperation) {
  const auto executor = Make();
  IoThread io;
  SlowObject slow(io.get());
  Future<int> result = Spawn(*executor, WaitForOneMs(*executor, slow));
  slow.cancelled.acquire();
  EXPECT_FALSE(result.IsReady());
  slow.Complete(net::error::operation_aborted, 0);
  EXPECT_THROW(result.Get(), DeadlineExceededError);
}

TEST_P(AsioCoroutineTest, AResultThatIsThereIsNotLost) {
  const auto executor = Make();
  IoThread io;
  SlowObject slow(io.get());
  Future<int> result = SpawnAndCancel(*executor, slow);
  slow.Complete(error_code(), 7);
  EXPECT_EQ(result.Get(), 7);
}

// A composed operation whose cancellation comes between two steps.
TEST_P(AsioCoroutineTest, AStepAfterTheCancellationIsCancelledToo) {
  const auto executor = Make();
  IoThread io;
  SlowObject slow(io.get());
  CancellationSource source;
  Future<int> result = [&] {
    const CancellationScope scope(source.token());
    return Spawn(*executor, WaitFor(*executor, slow));
  }();
  slow.begun.acquire();
  slow.Step();  // of an operation that nobody has cancelled
  net::post(io.get(), [&] {
    EXPECT_EQ(slow.cancels, 0);
    slow.stepped.release();
  });
  slow.stepped.acquire();
  source.Cancel();
  slow.cancelled.acquire();
  slow.Step();
  slow.cancelled.acquire();
  slow.Complete(net::error::operation_aborted, 0);
  EXPECT_THROW(result.Get(), CancelledError);
  EXPECT_EQ(slow.cancels, 2);
}

Task<int> WaitToTheEnd(Executor& executor, SlowObject& slow) {
  co_return co_await slow.AsyncWait(UseTask(executor));
}

TEST_P(AsioCoroutineTest, WithoutAnObjectNothingEndsTheOperation) {
  const auto executor = Make();
  IoThread io;
  SlowObject slow(io.get());
  CancellationSource source;
  Future<int> result = [&] {
    const CancellationScope scope(source.token());
    return Spawn(*executor, WaitToTheEnd(*executor, slow));
  }();
  slow.begun.acquire();
  source.Cancel();
  executor->Submit([] {}).Get();
  EXPECT_FALSE(result.IsReady());
  slow.Complete(error_code(), 3);
  EXPECT_EQ(result.Get(), 3);
  EXPECT_EQ(slow.cancels, 0);
}

Task<std::string> ReadLine(Executor& executor, tcp::socket& socket) {
  std::string text;
  co_await net::async_read_until(socket, net::dynamic_buffer(text), '\n',
                                 UseTask(executor, socket));
  co_return text;
}

// Completion and cancellation meet at any point.
TEST_P(AsioCoroutineTest, CancellationMayMeetCompletion) {
  const auto executor = Make();
  IoThread io;
  tcp::acceptor acceptor(io.get(), {net::ip::address_v4::loopback(), 0});
  int read = 0;
  int cancelled = 0;
  for (int i = 0; i < 30; ++i) {
    tcp::socket client(io.get());
    client.connect(acceptor.local_endpoint());
    tcp::socket server = acceptor.accept();
    CancellationSource source;
    Future<std::string> line = [&] {
      const CancellationScope scope(source.token());
      return Spawn(*executor, ReadLine(*executor, server));
    }();
    std::thread canceller([&] { source.Cancel(); });
    net::write(client, net::buffer(std::string_view("hal")));
    net::write(client, net::buffer(std::string_view("lo\n")));
    canceller.join();
    try {
      EXPECT_EQ(line.Get(), "hallo\n");
      ++read;
    } catch (const CancelledError&) {
      ++cancelled;
    }
  }
  EXPECT_EQ(read + cancelled, 30);
}

// `read(executor, socket)` reads a line, if its deadline allows it.
template <typename Read>
void ExpectALateReadLeavesTheSocketUsable(Executor& executor,
                                          const Read& read) {
  IoThread io;
  tcp::acceptor acceptor(io.get(), {net::ip::address_v4::loopback(), 0});
  tcp::socket client(io.get());
  client.connect(acceptor.local_endpoint());
  tcp::socket server = acceptor.accept();
  const auto read_late = [&]() -> Task<std::string> {
    const DeadlineScope scope(Deadline::In(milliseconds(2)));
    co_return co_await read(executor, server);
  };
  Future<std::string> late = Spawn(executor, read_late());
  EXPECT_THROW(late.Get(), DeadlineExceededError);
  Future<std::string> line = Spawn(executor, read(executor, server));
  net::write(client, net::buffer(std::string_view("here\n")));
  EXPECT_EQ(line.Get(), "here\n");
}

TEST_P(AsioCoroutineTest, ALateReadLeavesTheSocketUsable) {
  ExpectALateReadLeavesTheSocketUsable(*Make(), ReadLine);
}

TEST_P(AsioCoroutineTest, AHandlerThatIsDroppedEndsTheAwait) {
  const auto executor = Make();
  net::io_context io;
  SlowObject slow(io);
  Future<int> result = Spawn(*executor, WaitFor(*executor, slow));
  slow.begun.acquire();
  slow.Drop();
  EXPECT_THROW(result.Get(), BrokenPromiseError);
}

Task<> WaitForPost(Executor& executor, net::io_context& io,
                   std::counting_semaphore<>& posted) {
  const auto token = UseTask(executor);
  const auto initiation = [&](auto handler) {
    net::post(io, std::move(handler));
    posted.release();
  };
  co_await net::async_initiate<decltype(token), void()>(initiation, token);
}

TEST_P(AsioCoroutineTest, AnIoContextThatIsDestroyedEndsTheAwait) {
  const auto executor = Make();
  auto io = std::make_unique<net::io_context>();
  std::counting_semaphore<> posted(0);
  Future<void> result = Spawn(*executor, WaitForPost(*executor, *io, posted));
  posted.acquire();
  io = nullptr;
  EXPECT_THROW(result.Get(), BrokenPromiseError);
}

TEST_P(AsioCoroutineTest, AnExecutorThatIsStoppedIsToldWhenTheOperationEnds) {
  const auto executor = Make();
  IoThread io;
  SlowObject slow(io.get());
  Future<int> result = Spawn(*executor, WaitFor(*executor, slow));
  slow.begun.acquire();
  executor->Shutdown(OnShutdown::kStop);
  EXPECT_FALSE(result.IsReady());
  slow.Complete(error_code(), 1);
  io.Join();
  EXPECT_THROW(result.Get(), ShutdownError);
}

TEST(AsioCoroutineEventsTest, AnAwaitIsACoroutineAndAPromise) {
  tests::EventLog log;
  ManualExecutor executor;
  net::io_context io;
  SlowObject slow(io);
  AsyncHook hook = CreateHook(log.Callbacks());
  hook.Enable();
  Future<int> result = Spawn(executor, WaitFor(executor, slow));
  executor.RunAll();
  slow.Complete(error_code(), 1);
  io.run();
  executor.RunAll();
  hook.Disable();
  EXPECT_EQ(result.Get(), 1);
  EXPECT_THAT(
      log.lines(),
      ElementsAre("init COROUTINE <- root", "before COROUTINE",
                  "init COROUTINE#2 <- COROUTINE", "after COROUTINE",
                  "before COROUTINE#2", "init PROMISE <- COROUTINE#2",
                  "after COROUTINE#2", "resolve PROMISE", "before COROUTINE#2",
                  "destroy PROMISE", "resolve COROUTINE#2", "after COROUTINE#2",
                  "before COROUTINE", "destroy COROUTINE#2",
                  "resolve COROUTINE", "after COROUTINE", "destroy COROUTINE"));
}

// -- A coroutine of Asio awaits what Weft's can

Task<std::string> SayWho(std::string name) {
  const auto scope = tenant.WithScope(name);
  co_return TenantHere();
}

net::awaitable<std::string> AwaitAll(Executor& executor) {
  std::string seen;
  co_await AsAwaitable(executor, Sleep(executor, microseconds(10)));
  seen += co_await AsAwaitable(executor, SayWho("bob"));
  Future<int> future = executor.Submit([] { return 1; });
  seen += std::to_string(co_await AsAwaitable(executor, std::move(future)));
  const SharedFuture<int> shared = executor.Submit([] { return 2; }).Share();
  seen += std::to_string(co_await AsAwaitable(executor, shared));
  Future<std::unique_ptr<int>> moved =
      executor.Submit([] { return std::make_unique<int>(3); });
  const std::unique_ptr<int> three =
      co_await AsAwaitable(executor, std::move(moved));
  seen += std::to_string(*three);
  Future<void> failed =
      executor.Submit([] { throw std::range_error("range"); });
  try {
    co_await AsAwaitable(executor, std::move(failed));
  } catch (const std::range_error& error) {
    seen += error.what();
  }
  try {
    co_await AsAwaitable(executor, Task<>());
  } catch (const std::invalid_argument&) {
    seen += " empty";
  }
  co_return seen + " " + TenantHere();
}

TEST_P(AsioCoroutineTest, AsioAwaitsWhatWeftDoes) {
  const auto executor = Make();
  IoThread io;
  EXPECT_EQ(net::co_spawn(io.get(), AwaitAll(*executor), net::use_future).get(),
            "bob123range empty nobody");
}

TEST_P(AsioCoroutineTest, AsioGoesOnInTheContextInWhichItHasBegunToWait) {
  const auto executor = Make();
  net::io_context io;
  Promise<void> promise(*executor);
  Future<void> settled = promise.GetFuture();
  const auto body = [&]() -> net::awaitable<std::string> {
    const std::thread::id thread = std::this_thread::get_id();
    co_await AsAwaitable(*executor, std::move(settled));
    co_return std::this_thread::get_id() == thread ? TenantHere() : "moved";
  };
  std::future<std::string> seen = net::co_spawn(io, body, net::use_future);
  tenant.Run("ada", [&] { io.poll(); });
  promise.SetValue();
  io.run();  // in no context
  EXPECT_EQ(seen.get(), "ada");
}

TEST_P(AsioCoroutineTest, AWaitOfAsiosEndsWhenItsFlowIsCancelled) {
  const auto executor = Make();
  asio::ExecutorContext context(*executor);
  Promise<int> promise(*executor);
  Future<int> never = promise.GetFuture();
  std::counting_semaphore<> begun(0);
  const auto body = [&]() -> net::awaitable<int> {
    begun.release();
    co_return co_await AsAwaitable(*executor, std::move(never));
  };
  CancellationSource source;
  std::future<int> result = [&] {
    const CancellationScope scope(source.token());
    return net::co_spawn(context, body, net::use_future);
  }();
  begun.acquire();
  source.Cancel();
  EXPECT_THROW(result.get(), CancelledError);
}

TEST_P(AsioCoroutineTest, AWaitOfAsiosEndsWhenItsFlowIsLate) {
  const auto executor = Make();
  asio::ExecutorContext context(*executor);
  Promise<int> promise(*executor);
  Future<int> never = promise.GetFuture();
  const auto body = [&]() -> net::awaitable<int> {
    co_return co_await AsAwaitable(*executor, std::move(never));
  };
  std::future<int> result = [&] {
    const DeadlineScope scope(Deadline::In(milliseconds(1)));
    return net::co_spawn(context, body, net::use_future);
  }();
  EXPECT_THROW(result.get(), DeadlineExceededError);
}

TEST_P(AsioCoroutineTest, AWaitOfAsiosInAFlowThatIsOverDoesNotBegin) {
  const auto executor = Make();
  asio::ExecutorContext context(*executor);
  const auto body = [&]() -> net::awaitable<std::string> {
    co_return co_await AsAwaitable(*executor, SayWho("bob"));
  };
  CancellationSource source;
  source.Cancel();
  std::future<std::string> cancelled = [&] {
    const CancellationScope scope(source.token());
    return net::co_spawn(context, body, net::use_future);
  }();
  EXPECT_THROW(cancelled.get(), CancelledError);
  std::future<std::string> late = [&] {
    const DeadlineScope scope(Deadline::In(milliseconds(0)));
    return net::co_spawn(context, body, net::use_future);
  }();
  EXPECT_THROW(late.get(), DeadlineExceededError);
}

TEST_P(AsioCoroutineTest, TheTaskOfAFunctionHasTheLimitsOfTheWait) {
  const auto executor = Make();
  asio::ExecutorContext context(*executor);
  std::counting_semaphore<> begun(0);
  const auto sleep = [&]() -> Task<std::string> {
    begun.release();
    try {
      co_await Sleep(*executor, std::chrono::hours(1));
    } catch (const CancelledError&) {
      co_return TenantHere() + " is cancelled";
    }
    co_return "awake";
  };
  const auto body = [&]() -> net::awaitable<std::string> {
    const auto saw = [&]() -> Task<std::string> {
      const auto scope = tenant.WithScope("bob");
      co_return co_await sleep();
    };
    co_return co_await AsAwaitable(*executor, saw) + ", " + TenantHere();
  };
  CancellationSource source;
  std::future<std::string> result = [&] {
    const CancellationScope scope(source.token());
    return net::co_spawn(context, body, net::use_future);
  }();
  begun.acquire();
  source.Cancel();
  EXPECT_EQ(result.get(), "bob is cancelled, nobody");
}

net::awaitable<int> AwaitThree(Executor& executor) {
  Future<int> three = executor.Submit([] { return 3; });
  co_return co_await AsAwaitable(executor, std::move(three));
}

TEST(AsioAwaitableTest, AnExecutorThatIsShutDownIsTold) {
  ManualExecutor manual;
  Promise<int> promise(manual);
  Future<int> future = promise.GetFuture();
  const auto body = [&]() -> net::awaitable<int> {
    co_return co_await AsAwaitable(manual, std::move(future));
  };
  {
    net::io_context io;
    std::future<int> result = net::co_spawn(io, body, net::use_future);
    io.poll();  // the wait is queued, and does not begin
    manual.Shutdown(OnShutdown::kStop);
    io.run();
    EXPECT_THROW(result.get(), ShutdownError);
  }
  net::io_context io;
  std::future<int> result = net::co_spawn(io, body, net::use_future);
  io.run();
  EXPECT_THROW(result.get(), ShutdownError);
}

// -- Both

Task<int> Nest(Executor& executor, net::io_context& io) {
  int sum = 0;
  for (int i = 0; i < 10; ++i) {
    sum += co_await net::co_spawn(io, AwaitThree(executor), UseTask(executor));
  }
  co_return sum;
}

TEST_P(AsioCoroutineTest, EitherAwaitsTheOther) {
  const auto executor = Make();
  IoThread io;
  std::vector<Future<int>> sums;
  for (int i = 0; i < 10; ++i) {
    sums.push_back(Spawn(*executor, Nest(*executor, io.get())));
  }
  for (Future<int>& sum : sums) EXPECT_EQ(sum.Get(), 30);
}

#if BOOST_ASIO_VERSION >= 101900

// -- Cancellation slots

// An object whose operations say which executor they use, and are cancelled by
// their slots. Its members are of the thread of the io_context.
class SlottedObject {
 public:
  explicit SlottedObject(net::io_context& io) : io_(io) {}

  template <typename Token>
  auto AsyncWait(Token token) {
    return net::async_initiate<Token, void(error_code, int)>(
        Initiation{this, io_.get_executor()}, token);
  }

  // Runs `fn(handlers)` on the thread of the io_context, and waits for it.
  template <typename Fn>
  void OnThread(const Fn& fn) {
    std::promise<void> done;
    net::post(io_, [&] {
      fn(waiting_);
      done.set_value();
    });
    done.get_future().get();
  }

  struct AnyWaiting {
    virtual ~AnyWaiting() = default;
    virtual void Complete(error_code error, int value) = 0;
    bool is_cancelled = false;
  };
  using AllWaiting = std::vector<std::unique_ptr<AnyWaiting>>;

  std::counting_semaphore<> begun{0};
  std::counting_semaphore<> cancelled{0};

 private:
  template <typename Handler>
  struct Waiting : AnyWaiting {
    explicit Waiting(Handler its_handler) : handler(std::move(its_handler)) {}
    void Complete(error_code error, int value) override {
      std::move(handler)(error, value);
    }
    Handler handler;
  };
  struct Initiation {
    using executor_type = net::io_context::executor_type;
    executor_type get_executor() const noexcept { return executor; }

    template <typename Handler>
    void operator()(Handler handler) const {
      net::post(executor, [object = object,
                           handler = std::move(handler)]() mutable {
        auto waiting = std::make_unique<Waiting<Handler>>(std::move(handler));
        net::get_associated_cancellation_slot(waiting->handler)
            .assign([object, self = waiting.get()](net::cancellation_type) {
              self->is_cancelled = true;
              object->cancelled.release();
            });
        object->waiting_.push_back(std::move(waiting));
        object->begun.release();
      });
    }

    SlottedObject* object;
    executor_type executor;
  };

  net::io_context& io_;
  AllWaiting waiting_;
};

Task<int> WaitForOne(Executor& executor, SlottedObject& object) {
  co_return co_await object.AsyncWait(UseTask(executor));
}

TEST_P(AsioCoroutineTest, WithSlotsOneOperationIsCancelledAlone) {
  const auto executor = Make();
  IoThread io;
  SlottedObject object(io.get());
  Future<int> other = Spawn(*executor, WaitForOne(*executor, object));
  object.begun.acquire();
  CancellationSource source;
  Future<int> one = [&] {
    const CancellationScope scope(source.token());
    return Spawn(*executor, WaitForOne(*executor, object));
  }();
  object.begun.acquire();
  source.Cancel();
  object.cancelled.acquire();
  EXPECT_FALSE(one.IsReady());  // before the operation has ended
  object.OnThread([](SlottedObject::AllWaiting& all) {
    EXPECT_FALSE(all[0]->is_cancelled);
    EXPECT_TRUE(all[1]->is_cancelled);
    all[1]->Complete(net::error::operation_aborted, 0);
    all[0]->Complete(error_code(), 7);
    all.clear();
  });
  EXPECT_THROW(one.Get(), CancelledError);
  EXPECT_EQ(other.Get(), 7);
}

TEST_P(AsioCoroutineTest, WithSlotsAResultThatIsThereIsNotLost) {
  const auto executor = Make();
  IoThread io;
  SlottedObject object(io.get());
  CancellationSource source;
  Future<int> one = [&] {
    const CancellationScope scope(source.token());
    return Spawn(*executor, WaitForOne(*executor, object));
  }();
  object.begun.acquire();
  source.Cancel();
  object.cancelled.acquire();
  object.OnThread([](SlottedObject::AllWaiting& all) {
    all[0]->Complete(error_code(), 7);
    all.clear();
  });
  EXPECT_EQ(one.Get(), 7);
}

Task<std::string> ReadLineAlone(Executor& executor, tcp::socket& socket) {
  std::string text;
  co_await net::async_read_until(socket, net::dynamic_buffer(text), '\n',
                                 UseTask(executor));
  co_return text;
}

TEST_P(AsioCoroutineTest, WithSlotsALateReadLeavesTheSocketUsable) {
  ExpectALateReadLeavesTheSocketUsable(*Make(), ReadLineAlone);
}

TEST_P(AsioCoroutineTest, WithSlotsCancellationMayMeetCompletion) {
  const auto executor = Make();
  net::io_context io;
  auto work = net::make_work_guard(io);
  std::thread threads[] = {std::thread([&] { io.run(); }),
                           std::thread([&] { io.run(); })};
  tcp::acceptor acceptor(io, {net::ip::address_v4::loopback(), 0});
  int read = 0;
  int cancelled = 0;
  for (int i = 0; i < 30; ++i) {
    tcp::socket client(io);
    client.connect(acceptor.local_endpoint());
    tcp::socket server = acceptor.accept();
    CancellationSource source;
    Future<std::string> line = [&] {
      const CancellationScope scope(source.token());
      return Spawn(*executor, ReadLineAlone(*executor, server));
    }();
    std::thread canceller([&] { source.Cancel(); });
    net::write(client, net::buffer(std::string_view("hal")));
    net::write(client, net::buffer(std::string_view("lo\n")));
    canceller.join();
    try {
      EXPECT_EQ(line.Get(), "hallo\n");
      ++read;
    } catch (const CancelledError&) {
      ++cancelled;
    }
  }
  EXPECT_EQ(read + cancelled, 30);
  work.reset();
  for (std::thread& thread : threads) thread.join();
}

TEST_P(AsioCoroutineTest, WithSlotsACoroutineOfAsiosIsCancelled) {
  const auto executor = Make();
  IoThread io;
  std::counting_semaphore<> begun(0);
  std::atomic<bool> is_told = false;
  const auto body = [&]() -> net::awaitable<void> {
    net::steady_timer timer(io.get(), std::chrono::hours(1));
    begun.release();
    error_code error;
    co_await timer.async_wait(net::redirect_error(net::use_awaitable, error));
    // relaxed: read when the coroutine has ended.
    is_told.store(error == net::error::operation_aborted,
                  std::memory_order_relaxed);
    throw boost::system::system_error(error);
  };
  const auto wait = [&]() -> Task<> {
    co_await net::co_spawn(io.get(), body, UseTask(*executor));
  };
  CancellationSource source;
  Future<void> result = [&] {
    const CancellationScope scope(source.token());
    return Spawn(*executor, wait());
  }();
  begun.acquire();
  source.Cancel();
  EXPECT_THROW(result.Get(), CancelledError);
  // relaxed: as above.
  EXPECT_TRUE(is_told.load(std::memory_order_relaxed));
}

TEST_P(AsioCoroutineTest, WithSlotsAsioEndsItsWaitsForWeft) {
  const auto executor = Make();
  IoThread io;
  std::counting_semaphore<> begun(0);
  Promise<int> promise(*executor);
  Future<int> never = promise.GetFuture();
  const auto sleep = [&]() -> Task<int> {
    begun.release();
    co_await Sleep(*executor, std::chrono::hours(1));
    co_return 1;
  };
  const auto await_future = [&]() -> net::awaitable<int> {
    begun.release();
    co_return co_await AsAwaitable(*executor, std::move(never));
  };
  const auto await_function = [&]() -> net::awaitable<int> {
    co_return co_await AsAwaitable(*executor, sleep);
  };
  const auto expect_cancelled = [&](const auto& body) {
    net::cancellation_signal signal;
    std::future<int> result = net::co_spawn(
        io.get(), body,
        net::bind_cancellation_slot(signal.slot(), net::use_future));
    begun.acquire();
    net::post(io.get(), [&] { signal.emit(net::cancellation_type::terminal); });
    EXPECT_THROW(result.get(), CancelledError);
    // Nothing of it is left in the slot.
    std::promise<void> emitted;
    net::post(io.get(), [&] {
      signal.emit(net::cancellation_type::terminal);
      emitted.set_value();
    });
    emitted.get_future().get();
  };
  expect_cancelled(await_future);
  expect_cancelled(await_function);
}

TEST_P(AsioCoroutineTest, WithSlotsAsiosCancellationMayMeetTheResult) {
  const auto executor = Make();
  IoThread io;
  int given = 0;
  int cancelled = 0;
  for (int i = 0; i < 30; ++i) {
    Promise<int> promise(*executor);
    Future<int> future = promise.GetFuture();
    std::counting_semaphore<> begun(0);
    const auto body = [&]() -> net::awaitable<int> {
      begun.release();
      co_return co_await AsAwaitable(*executor, std::move(future));
    };
    net::cancellation_signal signal;
    std::future<int> result = net::co_spawn(
        io.get(), body,
        net::bind_cancellation_slot(signal.slot(), net::use_future));
    begun.acquire();
    std::promise<void> emitted;
    net::post(io.get(), [&] {
      signal.emit(net::cancellation_type::terminal);
      emitted.set_value();
    });
    promise.SetValue(i);
    try {
      EXPECT_EQ(result.get(), i);
      ++given;
    } catch (const CancelledError&) {
      ++cancelled;
    }
    emitted.get_future().get();
  }
  EXPECT_EQ(given + cancelled, 30);
}

#endif  // BOOST_ASIO_VERSION

}  // namespace
}  // namespace weft
