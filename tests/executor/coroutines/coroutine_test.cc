// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/coroutine.h"

#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/storage_scope.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/default_trigger_scope.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/resource_state.h"

namespace weft {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// What `storage` has, -1 if nothing.
int Read(const AsyncLocalStorage<int>& storage) {
  const int* const store = storage.GetStore();
  return store == nullptr ? -1 : *store;
}

// Gives its handle to whoever wants it.
struct GiveHandle {
  std::coroutine_handle<>& handle;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> given) noexcept { handle = given; }
  void await_resume() const noexcept {}
};

// Goes on on a thread of its own.
struct ToNewThread {
  std::thread& thread;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    // The new thread may end the coroutine, and this with it, at once.
    std::thread& to = thread;
    to = std::thread([handle] { handle.resume(); });
  }
  void await_resume() const noexcept {}
};

template <typename T>
Task<T> Return(T value) {
  co_return value;
}

Task<> Throw() {
  throw std::out_of_range("far");
  co_return;
}

class CoroutineTest : public EveryExecutorTest {};

TEST_P(CoroutineTest, GivesWhatItReturned) {
  const std::unique_ptr<Executor> executor = Make();
  int variable = 5;
  const auto reference = [](int& of) -> Task<int&> { co_return of; };
  bool ran = false;
  const auto nothing = [](bool& flag) -> Task<> {
    flag = true;
    co_return;
  };

  EXPECT_EQ(Spawn(*executor, Return(std::string("text"))).Get(), "text");
  EXPECT_EQ(*Spawn(*executor, Return(std::make_unique<int>(3))).Get(), 3);
  EXPECT_EQ(&Spawn(*executor, reference(variable)).Get(), &variable);
  Spawn(*executor, nothing(ran)).Get();
  EXPECT_TRUE(ran);

  const auto all = [&](Executor& on) -> Task<bool> {
    const std::string text = co_await Return(std::string("text"));
    std::unique_ptr<int> owner = co_await Return(std::make_unique<int>(3));
    int& same = co_await reference(variable);
    bool child_ran = false;
    co_await nothing(child_ran);
    co_await on.Schedule();
    co_return text == "text" && *owner == 3 && &same == &variable&& child_ran;
  };
  EXPECT_TRUE(Spawn(*executor, all(*executor)).Get());
}

TEST_P(CoroutineTest, GivesWhatItReturnedInBraces) {
  const std::unique_ptr<Executor> executor = Make();
  const auto pair = [](std::string name) -> Task<std::pair<int, std::string>> {
    co_return {1, name};
  };
  const auto list = []() -> Task<std::vector<int>> { co_return {1, 2, 3}; };
  const auto nothing = []() -> Task<std::unique_ptr<int>> { co_return {}; };

  EXPECT_EQ(Spawn(*executor, pair("ada")).Get(),
            std::pair(1, std::string("ada")));
  EXPECT_EQ(Spawn(*executor, list()).Get(), std::vector({1, 2, 3}));
  EXPECT_EQ(Spawn(*executor, nothing()).Get(), nullptr);
}

TEST_P(CoroutineTest, ThrowsWhatItThrew) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  EXPECT_THAT([&] { Spawn(*executor, Throw()).Get(); },
              ThrowsMessage<std::out_of_range>(HasSubstr("far")));

  const auto parent = [&]() -> Task<> {
    const auto scope = storage.WithScope(1);
    const AsyncId id = ExecutionAsyncId();
    try {
      co_await Throw();
      ADD_FAILURE() << "must throw";
    } catch (const std::out_of_range&) {
      EXPECT_EQ(Read(storage), 1);
      EXPECT_EQ(ExecutionAsyncId(), id);
    }
    co_await Throw();
  };
  EXPECT_THAT([&] { Spawn(*executor, parent()).Get(); },
              ThrowsMessage<std::out_of_range>(HasSubstr("far")));
}

TEST_P(CoroutineTest, StartsWhenAwaitedInTheContextOfItsCall) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  bool ran = false;
  const auto child = [&]() -> Task<int> {
    ran = true;
    co_return Read(storage);
  };
  const auto parent = [&]() -> Task<> {
    Task<int> made = storage.Run(1, child);
    EXPECT_FALSE(ran);
    const auto scope = storage.WithScope(2);
    EXPECT_EQ(co_await std::move(made), 1);
    EXPECT_EQ(Read(storage), 2);
    EXPECT_EQ(co_await child(), 2);
  };

  Spawn(*executor, parent()).Get();
}

TEST_P(CoroutineTest, ItIsTheSameAfterAHopToAnotherExecutor) {
  const std::unique_ptr<Executor> first = Make();
  Executor second;
  const AsyncLocalStorage<int> storage;
  struct Seen {
    int times = 0;
  };
  ResourceState<Seen> state;
  const auto coroutine = [&]() -> Task<int> {
    const AsyncId id = ExecutionAsyncId();
    const AsyncId trigger = TriggerAsyncId();
    Resource* const resource = &ExecutionAsyncResource();
    EXPECT_EQ(resource->type(), "COROUTINE");
    for (int i = 0; i < 10; ++i) {
      co_await (i % 2 == 0 ? second : *first).Schedule();
      EXPECT_EQ(Read(storage), 4);
      EXPECT_EQ(ExecutionAsyncId(), id);
      EXPECT_EQ(TriggerAsyncId(), trigger);
      EXPECT_EQ(&ExecutionAsyncResource(), resource);
    }
    co_return 1;
  };
  const auto run = [&]() -> Task<int> {
    co_await second.Schedule();
    co_return co_await coroutine();
  };

  // A manual executor's thread must be there to run what comes back.
  Future<int> future = storage.Run(4, [&] { return Spawn(second, run()); });
  while (!future.WaitFor(std::chrono::milliseconds(1))) {
    if (GetParam() == kManual) static_cast<ManualExecutor&>(*first).RunAll();
  }
  EXPECT_EQ(future.Get(), 1);
}

TEST_P(CoroutineTest, AScopeHeldAcrossSuspensionsIsItsOwn) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> small;
  const AsyncLocalStorage<std::string> large;
  const auto sibling = [&](int number) -> Task<> {
    const std::string text(100, static_cast<char>('a' + number));
    EXPECT_EQ(Read(small), -1);
    {
      const auto outer = small.WithScope(number);
      for (int i = 0; i < 5; ++i) {
        co_await executor->Schedule();
        EXPECT_EQ(Read(small), number);
        const auto inner = large.WithScope(text);
        co_await executor->Schedule();
        EXPECT_EQ(*large.GetStore(), text);
        EXPECT_EQ(Read(small), number);
        // Captures, so the stack's frame gets an equal on the heap.
        executor->Post([&small, number] { EXPECT_EQ(Read(small), number); });
        co_await executor->Schedule();
        EXPECT_EQ(*large.GetStore(), text);
      }
      EXPECT_EQ(large.GetStore(), nullptr);
      EXPECT_EQ(Read(small), number);
    }
    EXPECT_EQ(Read(small), -1);
    co_await executor->Schedule();
    EXPECT_EQ(Read(small), -1);
  };
  std::vector<Future<void>> siblings;
  for (int i = 0; i < 8; ++i) siblings.push_back(Spawn(*executor, sibling(i)));
  for (int i = 0; i < 100; ++i) {
    // Nothing leaks onto a worker.
    executor->Post([&] {
      EXPECT_EQ(Read(small), -1);
      EXPECT_EQ(large.GetStore(), nullptr);
    });
  }

  for (Future<void>& future : siblings) future.Get();
  executor->Drain();
  EXPECT_EQ(Read(small), -1);
}

TEST_P(CoroutineTest, AScopeEndsByAnExceptionAfterAHop) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  const auto coroutine = [&]() -> Task<> {
    const auto outer = storage.WithScope(1);
    try {
      const auto inner = storage.WithScope(2);
      co_await executor->Schedule();
      co_await Throw();
    } catch (const std::out_of_range&) {
      EXPECT_EQ(Read(storage), 1);
    }
    co_await executor->Schedule();
    EXPECT_EQ(Read(storage), 1);
  };

  Spawn(*executor, coroutine()).Get();
}

TEST_P(CoroutineTest, AScopeKeepsWhatAnotherStorageHasEntered) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> scoped;
  const AsyncLocalStorage<int> entered;
  const auto coroutine = [&]() -> Task<> {
    {
      const auto scope = scoped.WithScope(1);
      co_await executor->Schedule();
      entered.EnterWith(2);
      co_await executor->Schedule();
      EXPECT_EQ(Read(scoped), 1);
    }
    EXPECT_EQ(Read(scoped), -1);
    EXPECT_EQ(Read(entered), 2);
    co_await executor->Schedule();
    EXPECT_EQ(Read(entered), 2);
  };

  Spawn(*executor, coroutine()).Get();
}

// facebook/folly#2017.
TEST_P(CoroutineTest, NoContextIsRestoredToo) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::coroutine_handle<> handle;
  const auto coroutine = [&]() -> Task<> {
    EXPECT_EQ(Read(storage), -1);
    co_await (GiveHandle{handle});
    EXPECT_EQ(Read(storage), -1);
    storage.EnterWith(5);
    co_await (GiveHandle{handle});
    EXPECT_EQ(Read(storage), 5);
  };
  Future<void> future = Spawn(*executor, coroutine());
  executor->Drain();
  const AsyncId id = ExecutionAsyncId();

  for (int i = 0; i < 2; ++i) {
    const auto scope = storage.WithScope(1);
    handle.resume();  // here, in a context of another
    EXPECT_EQ(Read(storage), 1);
    EXPECT_EQ(ExecutionAsyncId(), id);
  }
  future.Get();
}

TEST_P(CoroutineTest, GoesOnOnAForeignThreadAsItself) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::thread thread;
  const auto child = [&]() -> Task<int> { co_return Read(storage); };
  const auto coroutine = [&]() -> Task<> {
    const auto scope = storage.WithScope(1);
    const AsyncId id = ExecutionAsyncId();
    const std::thread::id before = std::this_thread::get_id();
    co_await (ToNewThread{thread});
    EXPECT_NE(std::this_thread::get_id(), before);
    EXPECT_EQ(Read(storage), 1);
    EXPECT_EQ(ExecutionAsyncId(), id);
    EXPECT_EQ(co_await child(), 1);
    EXPECT_NE(std::this_thread::get_id(), before);
  };
  Future<void> future = Spawn(*executor, coroutine());
  executor->Drain();
  thread.join();

  future.Get();
}

TEST_P(CoroutineTest, ADefaultTriggerIsHeldAcrossSuspensions) {
  const std::unique_ptr<Executor> executor = Make();
  std::coroutine_handle<> handle;
  const auto trigger = [&]() -> Task<AsyncId> { co_return TriggerAsyncId(); };
  const auto coroutine = [&]() -> Task<> {
    const AsyncId id = ExecutionAsyncId();
    EXPECT_EQ(co_await trigger(), id);
    {
      const DefaultTriggerScope scope(77);
      co_await GiveHandle{handle};
      EXPECT_EQ(co_await trigger(), 77u);
      co_await executor->Schedule();
      EXPECT_EQ(co_await trigger(), 77u);
    }
    co_await executor->Schedule();
    EXPECT_EQ(co_await trigger(), id);
  };
  Future<void> future = Spawn(*executor, coroutine());
  executor->Drain();
  std::thread([&] {
    handle.resume();
    // What it has left behind where it ran.
    EXPECT_EQ(executor->Submit([] { return TriggerAsyncId(); }).Get(),
              ExecutionAsyncId());
  }).join();

  future.Get();
  EXPECT_EQ(executor->Submit([] { return TriggerAsyncId(); }).Get(),
            ExecutionAsyncId());
}

TEST_P(CoroutineTest, AwaitsFutures) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  Promise<int> promise(*executor);
  const auto coroutine = [&](Future<int> later) -> Task<int> {
    const auto scope = storage.WithScope(1);
    const AsyncId id = ExecutionAsyncId();
    int sum = co_await executor->Submit([] { return 1; });
    Future<int> ready = executor->Submit([] { return 2; });
    ready.Wait();
    sum += co_await ready;
    EXPECT_FALSE(ready.valid());
    sum += co_await later;
    EXPECT_EQ(Read(storage), 1);
    EXPECT_EQ(ExecutionAsyncId(), id);
    const SharedFuture<std::string> shared =
        executor->Submit([] { return std::string("abc"); }).Share();
    const std::string& text = co_await shared;
    EXPECT_EQ(&text, &shared.Get());
    EXPECT_EQ(&text, &co_await shared);
    int variable = 0;
    int& reference =
        co_await executor->Submit([&]() -> int& { return variable; });
    EXPECT_EQ(&reference, &variable);
    co_await executor->Submit([] {});
    EXPECT_EQ(Read(storage), 1);
    EXPECT_EQ(ExecutionAsyncId(), id);
    co_return sum;
  };
  Future<int> sum = Spawn(*executor, coroutine(promise.GetFuture()));
  executor->Post([&] { promise.SetValue(3); });

  EXPECT_EQ(sum.Get(), 6);
  executor->Drain();
}

TEST_P(CoroutineTest, AwaitThrowsWhatTheFutureHas) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncId broken_id = kNoAsyncId;
  const auto coroutine = [&](Future<int> broken) -> Task<> {
    bool thrown = false;
    try {
      co_await executor->Submit([] { throw std::out_of_range("far"); });
    } catch (const std::out_of_range&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    co_await broken;
  };
  Future<void> future;
  {
    Promise<int> promise(*executor);
    broken_id = promise.async_id();
    future = Spawn(*executor, coroutine(promise.GetFuture()));
    executor->Drain();
  }

  EXPECT_THAT([&] { future.Get(); }, ThrowsMessage<BrokenPromiseError>(
                                         HasSubstr(std::to_string(broken_id))));
}

TEST_P(CoroutineTest, ThenOfASpawnedOneIsTriggeredByIt) {
  const std::unique_ptr<Executor> executor = Make();
  Task<int> task = Return(1);
  const AsyncId id = task.async_id();
  Future<AsyncId> trigger = Spawn(*executor, std::move(task)).Then([](int) {
    return TriggerAsyncId();
  });

  EXPECT_EQ(trigger.Get(), id);
}

TEST_P(CoroutineTest, BlockingInsideItHelps) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  const auto coroutine = [&](const auto& self, int n) -> Task<int> {
    const auto scope = storage.WithScope(n);
    if (n < 2) co_return n;
    Future<int> left = Spawn(*executor, self(self, n - 1));
    const int right = co_await self(self, n - 2);
    const int sum = left.Get() + right;
    EXPECT_EQ(Read(storage), n);
    co_return sum;
  };

  EXPECT_EQ(Spawn(*executor, coroutine(coroutine, 10)).Get(), 55);
}

TEST_P(CoroutineTest, WaitingForItselfIsAnError) {
  const std::unique_ptr<Executor> executor = Make();
  Future<void> self;
  const auto child = [&]() -> Task<> {
    EXPECT_THAT([&] { self.Wait(); },
                ThrowsMessage<DeadlockError>(HasSubstr("waits for itself")));
    co_return;
  };
  Promise<void> assigned(*executor);
  const auto coroutine = [&](Future<void> go) -> Task<> {
    co_await go;
    co_await executor->Schedule();
    EXPECT_THAT([&] { self.Wait(); },
                ThrowsMessage<DeadlockError>(HasSubstr("waits for itself")));
    co_await child();
  };
  self = Spawn(*executor, coroutine(assigned.GetFuture()));
  assigned.SetValue();

  executor->Drain();
  EXPECT_TRUE(self.IsReady());
}

TEST_P(CoroutineTest, MillionsOfReadyTasksUseNoStack) {
  const std::unique_ptr<Executor> executor = Make();
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  constexpr int kTasks = 100'000;
#else
  constexpr int kTasks = 1'000'000;
#endif
  const auto loop = [](int count) -> Task<long> {
    long sum = 0;
    for (int i = 0; i < count; ++i) sum += co_await Return(1);
    co_return sum;
  };

  EXPECT_EQ(Spawn(*executor, loop(kTasks)).Get(), kTasks);
}

TEST_P(CoroutineTest, DeepRecursionUsesNoStack) {
  const std::unique_ptr<Executor> executor = Make();
  const auto depth = [](const auto& self, int left) -> Task<int> {
    if (left == 0) co_return 0;
    co_return 1 + co_await self(self, left - 1);
  };

  EXPECT_EQ(Spawn(*executor, depth(depth, 50'000)).Get(), 50'000);
}

TEST_P(CoroutineTest, HoppingUsesNoStack) {
  const std::unique_ptr<Executor> executor = Make();
  const auto hop = [](Executor& on) -> Task<int> {
    co_await on.Schedule();
    co_return 1;
  };
  const auto loop = [&](int count) -> Task<int> {
    int sum = 0;
    for (int i = 0; i < count; ++i) sum += co_await hop(*executor);
    co_return sum;
  };

  EXPECT_EQ(Spawn(*executor, loop(20'000)).Get(), 20'000);
}

// What a coroutine owns, and where it was when that died.
struct Witness {
  const AsyncLocalStorage<int>& storage;
  std::vector<std::pair<int, AsyncId>>& seen;
  std::shared_ptr<int> alive = std::make_shared<int>();
  Witness(const AsyncLocalStorage<int>& s,
          std::vector<std::pair<int, AsyncId>>& v)
      : storage(s), seen(v) {}
  Witness(Witness&&) = default;
  ~Witness() {
    if (alive != nullptr) seen.emplace_back(Read(storage), ExecutionAsyncId());
  }
};

TEST_P(CoroutineTest, DestroyedUnstartedItsParametersDieInItsContext) {
  const AsyncLocalStorage<int> storage;
  std::vector<std::pair<int, AsyncId>> seen;
  const auto coroutine = [](Witness) -> Task<> { co_return; };
  AsyncId id = kNoAsyncId;
  const AsyncId mine = ExecutionAsyncId();
  {
    const auto scope = storage.WithScope(1);
    std::optional<Task<>> task(coroutine(Witness(storage, seen)));
    id = task->async_id();
    const auto inner = storage.WithScope(2);
    task.reset();
    EXPECT_EQ(Read(storage), 2);
    EXPECT_EQ(ExecutionAsyncId(), mine);
  }

  EXPECT_THAT(seen, testing::ElementsAre(std::pair(1, id)));
}

TEST_P(CoroutineTest, DestroyedWhileSuspendedItDiesInItsFlow) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::vector<std::pair<int, AsyncId>> seen;
  std::coroutine_handle<> handle;
  const auto coroutine = [&](Witness) -> Task<> {
    const auto scope = storage.WithScope(1);
    const Witness local(storage, seen);
    const auto inner = storage.WithScope(2);
    const Witness innermost(storage, seen);
    co_await (GiveHandle{handle});
    ADD_FAILURE() << "was destroyed";
  };
  Task<> task = coroutine(Witness(storage, seen));
  const AsyncId id = task.async_id();
  Future<void> future = Spawn(*executor, std::move(task));
  executor->Drain();
  {
    const auto scope = storage.WithScope(9);
    const AsyncId mine = ExecutionAsyncId();
    handle.destroy();
    EXPECT_EQ(Read(storage), 9);
    EXPECT_EQ(ExecutionAsyncId(), mine);
  }

  EXPECT_THAT(seen, testing::ElementsAre(std::pair(2, id), std::pair(1, id),
                                         std::pair(-1, id)));
  EXPECT_THAT([&] { future.Get(); },
              ThrowsMessage<BrokenPromiseError>(HasSubstr(std::to_string(id))));
}

TEST_P(CoroutineTest, ADestroyedChildIsAnErrorToItsParent) {
  const std::unique_ptr<Executor> executor = Make();
  std::coroutine_handle<> handle;
  AsyncId id = kNoAsyncId;
  const auto child = [&]() -> Task<int> {
    id = ExecutionAsyncId();
    co_await (GiveHandle{handle});
    co_return 1;
  };
  const auto parent = [&]() -> Task<int> { co_return co_await child(); };
  Future<int> future = Spawn(*executor, parent());
  executor->Drain();
  handle.destroy();

  EXPECT_THAT([&] { future.Get(); },
              ThrowsMessage<BrokenPromiseError>(HasSubstr(std::to_string(id))));
}

TEST_P(CoroutineTest, ValuesAreReleasedWithIt) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  const auto called = std::make_shared<int>(0);
  const auto entered = std::make_shared<int>(0);
  const auto scoped = std::make_shared<int>(0);
  const auto coroutine = [&]() -> Task<> {
    storage.EnterWith(entered);
    co_await executor->Schedule();
    const auto scope = storage.WithScope(scoped);
    co_await executor->Schedule();
    EXPECT_EQ(*storage.GetStore(), scoped);
  };
  Future<void> future =
      storage.Run(called, [&] { return Spawn(*executor, coroutine()); });
  future.Wait();

  EXPECT_EQ(called.use_count(), 1);
  EXPECT_EQ(entered.use_count(), 1);
  EXPECT_EQ(scoped.use_count(), 1);
}

TEST_P(CoroutineTest, ItsValuesDieAsNobodyBeforeItsDestroy) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::shared_ptr<void>> storage;
  AsyncId released_in = kMainAsyncId;
  bool destroyed_first = false;
  Task<> task;
  AsyncId id = kNoAsyncId;
  bool destroyed = false;
  AsyncHook hook = CreateHook({.destroy = [&](const DestroyEvent& event) {
                     if (event.async_id() == id) destroyed = true;
                   }}).Enable();
  const auto coroutine = []() -> Task<> { co_return; };
  storage.Run(std::shared_ptr<void>(nullptr,
                                    [&](void*) {
                                      released_in = ExecutionAsyncId();
                                      destroyed_first = destroyed;
                                    }),
              [&] { task = coroutine(); });
  id = task.async_id();
  Spawn(*executor, std::move(task)).Get();
  hook.DisableAndWait();

  EXPECT_EQ(released_in, kNoAsyncId);
  EXPECT_FALSE(destroyed_first);
  EXPECT_TRUE(destroyed);
}

TEST_P(CoroutineTest, ACustomAwaitableMayDecline) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  struct Declines {
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) const noexcept { return false; }
    int await_resume() const noexcept { return 1; }
  };
  struct Throws {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) const { throw 2; }
    void await_resume() const noexcept {}
  };
  struct Ready {
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    int await_resume() const noexcept { return 3; }
  };
  const auto coroutine = [&]() -> Task<> {
    const auto scope = storage.WithScope(5);
    const AsyncId id = ExecutionAsyncId();
    EXPECT_EQ(co_await Declines{}, 1);
    EXPECT_EQ(Read(storage), 5);
    int thrown = 0;
    try {
      co_await Throws{};
    } catch (int value) {
      thrown = value;
    }
    EXPECT_EQ(thrown, 2);
    EXPECT_EQ(Read(storage), 5);
    EXPECT_EQ(co_await Ready{}, 3);
    EXPECT_EQ(ExecutionAsyncId(), id);
  };

  Spawn(*executor, coroutine()).Get();
}

TEST_P(CoroutineTest, ACustomAwaitableIsCalledAsItselfInItsContext) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  struct Looks {
    const AsyncLocalStorage<int>& storage;
    int store = 0;
    AsyncId id = kNoAsyncId;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) noexcept {
      store = Read(storage);
      id = ExecutionAsyncId();
      return false;
    }
    void await_resume() const noexcept {}
  };
  const auto coroutine = [&]() -> Task<> {
    const auto scope = storage.WithScope(5);
    Looks looks{storage};
    co_await looks;
    EXPECT_EQ(looks.store, 5);
    EXPECT_EQ(looks.id, ExecutionAsyncId());
  };

  Spawn(*executor, coroutine()).Get();
}

TEST_P(CoroutineTest, ACustomAwaitableMayTransferAndResumeInside) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  struct Transfers {
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(
        std::coroutine_handle<> handle) const {
      return handle;
    }
    void await_resume() const noexcept {}
  };
  struct ResumesInside {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) const {
      handle.resume();
    }
    void await_resume() const noexcept {}
  };
  // By operator co_await.
  struct Wrapper {
    Transfers operator co_await() const noexcept { return {}; }
  };
  const auto child = [&]() -> Task<int> { co_return Read(storage); };
  const auto coroutine = [&]() -> Task<> {
    const auto scope = storage.WithScope(6);
    const AsyncId id = ExecutionAsyncId();
    for (int i = 0; i < 3; ++i) {
      co_await Transfers{};
      EXPECT_EQ(Read(storage), 6);
      EXPECT_EQ(co_await child(), 6);
      co_await ResumesInside{};
      EXPECT_EQ(Read(storage), 6);
      EXPECT_EQ(co_await child(), 6);
      co_await Wrapper{};
      EXPECT_EQ(ExecutionAsyncId(), id);
    }
  };

  Spawn(*executor, coroutine()).Get();
}

TEST_P(CoroutineTest, AnEmptyTaskIsAnErrorThatNamesTheFunction) {
  const std::unique_ptr<Executor> executor = Make();
  EXPECT_THAT(
      [&] { static_cast<void>(Spawn(*executor, Task<>())); },
      ThrowsMessage<std::invalid_argument>(HasSubstr("Spawn: task is empty")));
  EXPECT_THAT([] { static_cast<void>(Task<>().async_id()); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("Task::async_id: task is empty")));
  const auto coroutine = []() -> Task<> {
    Task<int> task = Return(1);
    co_await std::move(task);
    co_await std::move(task);
  };
  EXPECT_THAT([&] { Spawn(*executor, coroutine()).Get(); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("co_await: task is empty")));
  const auto no_future = []() -> Task<> { co_await Future<int>(); };
  EXPECT_THAT([&] { Spawn(*executor, no_future()).Get(); },
              ThrowsMessage<std::logic_error>(HasSubstr("co_await")));
}

TEST_P(CoroutineTest, AStoppedExecutorIsAnErrorToWhoWouldGoOnThere) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  const auto stopped = Make();
  stopped->Shutdown(OnShutdown::kDrain);
  const auto coroutine = [&]() -> Task<> {
    const auto scope = storage.WithScope(1);
    try {
      co_await stopped->Schedule();
      ADD_FAILURE() << "must throw";
    } catch (const ShutdownError&) {
      EXPECT_EQ(Read(storage), 1);
    }
  };
  Spawn(*executor, coroutine()).Get();

  EXPECT_THROW(static_cast<void>(Spawn(*stopped, Return(1))), ShutdownError);
}

// It unwinds on the thread that settles what it has waited for. What it settles
// then refuses others, for which it may wait.
TEST_P(CoroutineTest, WhatIsRefusedMayWaitForWhatItSettles) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<void> first(*executor);
  Promise<void> second(*executor);
  Future<void> after = second.GetFuture().Then([] {});
  bool is_told = false;
  const auto wait = [&]() -> Task<> {
    Future<void> waited = first.GetFuture();
    try {
      co_await std::move(waited);
    } catch (const ShutdownError&) {
      second.SetValue();
      EXPECT_THROW(after.Get(), ShutdownError);
      is_told = true;
    }
  };
  Future<void> done = Spawn(*executor, wait());
  executor->Drain();
  executor->Shutdown(OnShutdown::kStop);
  first.SetValue();
  EXPECT_TRUE(is_told);
  done.Get();
}

TEST(ManualCoroutineTest, DroppedInTheQueueItUnwindsWithAShutdownError) {
  const AsyncLocalStorage<int> storage;
  ManualExecutor executor;
  bool unwound = false;
  const auto coroutine = [&]() -> Task<> {
    const auto scope = storage.WithScope(1);
    try {
      co_await executor.Schedule();
    } catch (const ShutdownError&) {
      EXPECT_EQ(Read(storage), 1);
      unwound = true;
      throw;
    }
  };
  Future<void> started = Spawn(executor, coroutine());
  EXPECT_TRUE(executor.RunOne());
  Future<void> unstarted = Spawn(executor, coroutine());
  EXPECT_EQ(executor.Shutdown(OnShutdown::kStop), 2u);

  EXPECT_TRUE(unwound);
  EXPECT_THROW(started.Get(), ShutdownError);
  EXPECT_THROW(unstarted.Get(), ShutdownError);
}

TEST(CoroutineDeathTest, DestroyedWhileItIsQueued) {
  ManualExecutor executor;
  std::coroutine_handle<> handle;
  const auto coroutine = [&]() -> Task<> {
    co_await GiveHandle{handle};
    co_await executor.Schedule();
  };
  Future<void> future = Spawn(executor, coroutine());
  executor.RunAll();
  handle.resume();

  EXPECT_DEATH(handle.destroy(), "destroyed while it waits");
  executor.RunAll();
  future.Get();
}

TEST(CoroutineDeathTest, AScopeThatOutlivesIt) {
  ManualExecutor executor;
  const AsyncLocalStorage<int> storage;
  const auto coroutine = [&]() -> Task<> {
    static_cast<void>(new StorageScope(storage.WithScope(1)));
    co_return;
  };

  EXPECT_DEATH(Spawn(executor, coroutine()).Get(), "outlived");
}

TEST(ManualCoroutineTest, AwaitingAFutureOfAStoppedExecutorItUnwinds) {
  ManualExecutor executor;
  ManualExecutor other;
  Promise<int> promise(other);
  const auto coroutine = [&](Future<int> future) -> Task<int> {
    co_return co_await future;
  };
  Future<int> future = Spawn(executor, coroutine(promise.GetFuture()));
  executor.RunAll();
  other.Shutdown(OnShutdown::kStop);
  promise.SetValue(1);

  EXPECT_THROW(future.Get(), ShutdownError);
}

TEST(ManualCoroutineTest, OneThatIsResumedInsideAnotherMayAwait) {
  ManualExecutor executor;
  std::coroutine_handle<> handle;
  const auto waits = [&]() -> Task<int> {
    co_await GiveHandle{handle};
    co_return co_await Return(1);
  };
  const auto resumes = [&]() -> Task<int> {
    handle.resume();
    co_return co_await Return(2);
  };
  Future<int> first = Spawn(executor, waits());
  executor.RunAll();
  Future<int> second = Spawn(executor, resumes());

  EXPECT_EQ(second.Get(), 2);
  EXPECT_EQ(first.Get(), 1);
}

WEFT_EVERY_EXECUTOR(CoroutineTest);

}  // namespace
}  // namespace weft
