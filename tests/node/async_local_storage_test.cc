// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Node's tests of AsyncLocalStorage in which tasks, and not calls alone, carry
// the stores; on every executor. What needs no executor is in tests/context.

#include "weft/context/async_local_storage.h"

#include <cstddef>
#include <exception>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/context_snapshot.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/hooks/async_resource.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::IsNull;
using testing::Pointee;
using testing::UnorderedElementsAre;
using tests::Counted;
using tests::Tally;

using NodeAsyncLocalStorageTest = EveryExecutorTest;
WEFT_EVERY_EXECUTOR(NodeAsyncLocalStorageTest);

// Node: test/async-hooks/test-async-local-storage-enable-disable.js
// A task that is pending when the storage is disabled sees nothing either.
TEST_P(NodeAsyncLocalStorageTest, EnableDisable) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncLocalStorage<std::string> storage;
  int ran = 0;
  storage.Run("bar", [&] {
    executor->Post([&] {
      EXPECT_THAT(storage.GetStore(), Pointee(std::string("bar")));
      executor->Defer([&] {
        EXPECT_THAT(storage.GetStore(), IsNull());
        ++ran;
      });
      storage.Disable();
      EXPECT_THAT(storage.GetStore(), IsNull());
      storage.Exit([&] { EXPECT_THAT(storage.GetStore(), IsNull()); });
      EXPECT_THAT(storage.GetStore(), IsNull());
      executor->Defer([&] {
        EXPECT_THAT(storage.GetStore(), IsNull());
        storage.Run("foo", [&] {
          EXPECT_THAT(storage.GetStore(), Pointee(std::string("foo")));
        });
        EXPECT_THAT(storage.GetStore(), IsNull());
        ++ran;
      });
    });
    executor->Drain();
  });
  EXPECT_EQ(ran, 2);
}

// Node: test/async-hooks/test-async-local-storage-enter-with.js
TEST_P(NodeAsyncLocalStorageTest, EnterWith) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> storage;
  bool child = false;
  bool sibling = false;
  executor->Post([&] {
    storage.EnterWith("bar");
    EXPECT_THAT(storage.GetStore(), Pointee(std::string("bar")));
    executor->Post([&] {
      EXPECT_THAT(storage.GetStore(), Pointee(std::string("bar")));
      child = true;
    });
  });
  executor->Post([&] {
    EXPECT_THAT(storage.GetStore(), IsNull());
    sibling = true;
  });
  executor->Drain();
  EXPECT_THAT(storage.GetStore(), IsNull());
  EXPECT_TRUE(child);
  EXPECT_TRUE(sibling);
}

// Node: test/async-hooks/test-async-local-storage-errors.js
// A detached task stands for what Node calls an unhandled rejection: a future
// keeps its exception for who waits.
TEST_P(NodeAsyncLocalStorageTest, Errors) {
  const AsyncLocalStorage<std::string> storage;
  std::mutex mutex;
  std::vector<std::string> handled;  // guarded by mutex
  Executor* fourth = nullptr;        // where the handler's own error goes
  const std::unique_ptr<Executor> executor =
      Make({.on_unhandled_exception = [&](std::exception_ptr exception) {
        std::string what;
        try {
          std::rethrow_exception(std::move(exception));
        } catch (const std::runtime_error& error) {
          what = error.what();
        }
        const std::string* store = storage.GetStore();
        {
          const std::lock_guard<std::mutex> lock(mutex);
          handled.push_back(what + " in " + (store ? *store : "nothing"));
        }
        if (what == "err3") {
          fourth->Post([] { throw std::runtime_error("err4"); });
        }
      }});
  fourth = executor.get();

  EXPECT_THROW(storage.Run("callback",
                           [&] {
                             executor->Post([&] {
                               executor->Defer([&] {
                                 storage.Run("await", [&] {
                                   executor->Post([] {
                                     throw std::runtime_error("err3");
                                   });
                                 });
                               });
                               throw std::runtime_error("err2");
                             });
                             throw std::logic_error("err1");
                           }),
               std::logic_error);
  EXPECT_THAT(storage.GetStore(), IsNull());
  executor->Drain();

  const std::lock_guard<std::mutex> lock(mutex);
  EXPECT_THAT(handled, ElementsAre("err2 in callback", "err3 in await",
                                   "err4 in await"));
}

// Node: test/async-hooks/test-async-local-storage-no-mix-contexts.js
TEST_P(NodeAsyncLocalStorageTest, NoMixContexts) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> one;
  const AsyncLocalStorage<std::string> two;
  bool first = false;
  bool second = false;
  executor->Post([&] {
    one.Run("world", [&] {
      two.Run("foo", [&] {
        executor->Post([&] {
          EXPECT_THAT(one.GetStore(), Pointee(std::string("world")));
          EXPECT_THAT(two.GetStore(), Pointee(std::string("foo")));
          one.Exit([&] {
            EXPECT_THAT(one.GetStore(), IsNull());
            EXPECT_THAT(two.GetStore(), Pointee(std::string("foo")));
          });
          EXPECT_THAT(one.GetStore(), Pointee(std::string("world")));
          EXPECT_THAT(two.GetStore(), Pointee(std::string("foo")));
          first = true;
        });
      });
    });
  });
  executor->Post([&] {
    one.Run("earth", [&] {
      executor->Post([&] {
        EXPECT_THAT(one.GetStore(), Pointee(std::string("earth")));
        EXPECT_THAT(two.GetStore(), IsNull());
        second = true;
      });
    });
  });
  executor->Drain();
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

// Node: test/async-hooks/test-async-local-storage-misc-stores.js
// Identity, not only equality, goes with the task.
TEST_P(NodeAsyncLocalStorageTest, MiscStores) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> number;
  const AsyncLocalStorage<std::shared_ptr<std::string>> object;
  const auto hello = std::make_shared<std::string>("node");
  bool first = false;
  bool second = false;
  number.Run(42, [&] {
    executor->Post([&] {
      EXPECT_THAT(number.GetStore(), Pointee(42));
      first = true;
    });
  });
  object.Run(hello, [&] {
    executor->Post([&] {
      ASSERT_NE(object.GetStore(), nullptr);
      EXPECT_EQ(object.GetStore()->get(), hello.get());
      second = true;
    });
  });
  executor->Drain();
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

// Node: test/async-hooks/test-async-local-storage-nested.js
// A task made at each level finds that level's store, also none.
TEST_P(NodeAsyncLocalStorageTest, Nested) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::mutex mutex;
  std::vector<int> seen;  // guarded by mutex; 0: none
  const auto post = [&](int expected) {
    executor->Post([&, expected] {
      const int* store = storage.GetStore();
      EXPECT_EQ(store ? *store : 0, expected);
      const std::lock_guard<std::mutex> lock(mutex);
      seen.push_back(store ? *store : 0);
    });
  };
  storage.Run(1, [&] {
    storage.Run(2, [&] { post(2); });
    post(1);
    storage.Exit([&] { post(0); });
    post(1);
  });
  executor->Drain();
  EXPECT_THAT(seen, UnorderedElementsAre(2, 1, 0, 1));
}

// Node: test/parallel/test-async-local-storage-snapshot.js
TEST_P(NodeAsyncLocalStorageTest, Snapshot) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  const ContextSnapshot snapshot =
      storage.Run(123, [] { return AsyncLocalStorage<int>::Snapshot(); });
  Future<int> result = storage.Run(321, [&] {
    return executor->Submit([&] {
      EXPECT_THAT(storage.GetStore(), Pointee(321));
      const int inside = snapshot([&] {
        const int* const store = storage.GetStore();
        return store ? *store : 0;
      });
      EXPECT_THAT(storage.GetStore(), Pointee(321));
      return inside;
    });
  });
  EXPECT_EQ(result.Get(), 123);
}

// Node: test/parallel/test-async-local-storage-http-multiclients.js
// Each client's data comes in parts, and only the storage says whose it is.
TEST_P(NodeAsyncLocalStorageTest, HttpMulticlients) {
  constexpr int kClients = 10;
  constexpr int kParts = 20;
  struct Request {
    int client;
    int left;
    std::string received;
  };
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::shared_ptr<Request>> storage;
  std::mutex mutex;
  std::map<int, std::string> answers;  // guarded by mutex

  // One part at a time of one client, as from a socket.
  struct Receive {
    const AsyncLocalStorage<std::shared_ptr<Request>>& storage;
    Executor& executor;
    std::mutex& mutex;
    std::map<int, std::string>& answers;

    void operator()() const {
      const std::shared_ptr<Request>* const current = storage.GetStore();
      ASSERT_NE(current, nullptr);
      Request& request = **current;
      request.received += static_cast<char>('a' + request.client);
      if (--request.left > 0) return executor.Post(*this);
      const std::lock_guard<std::mutex> lock(mutex);
      answers[request.client] = request.received;
    }
  };
  for (int client = 0; client < kClients; ++client) {
    storage.Run(std::make_shared<Request>(Request{client, kParts, {}}), [&] {
      executor->Post(Receive{storage, *executor, mutex, answers});
    });
  }
  executor->Drain();

  EXPECT_EQ(answers.size(), std::size_t{kClients});
  for (const auto& [client, answer] : answers) {
    EXPECT_EQ(answer, std::string(kParts, static_cast<char>('a' + client)));
  }
}

// A pooled connection, as an HTTP agent keeps: made once, used by many, with a
// resource for each use. Its answers come where it was made.
class Connection {
 public:
  explicit Connection(Executor& executor)
      : executor_(executor), made_(ContextSnapshot::Capture()) {}

  template <typename Fn>
  void Send(Fn on_answer) {
    use_.emplace("REQUEST");
    made_.Run([&] {
      executor_.Post([this, on_answer = std::move(on_answer)]() mutable {
        use_->RunInAsyncScope(on_answer);
      });
    });
  }
  void Release() { use_.reset(); }

 private:
  Executor& executor_;
  const ContextSnapshot made_;
  std::optional<AsyncResource> use_;
};

// Node: test/async-hooks/test-async-local-storage-http-agent.js
// The callback of a pooled object runs in the context of its user, not in that
// of who made the object, nor in that of who happens to run it.
TEST_P(NodeAsyncLocalStorageTest, HttpAgent) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::optional<Connection> connection;
  storage.Run(1, [&] { connection.emplace(*executor); });
  for (int user = 2; user < 4; ++user) {
    int seen = 0;
    storage.Run(user, [&] {
      connection->Send([&] {
        const int* const store = storage.GetStore();
        if (store != nullptr) seen = *store;
      });
    });
    executor->Drain();
    connection->Release();
    EXPECT_EQ(seen, user);
  }
}

// Node: test/parallel/test-async-local-storage-http-parser-leak.js
// What goes back into its pool keeps no store alive.
TEST_P(NodeAsyncLocalStorageTest, HttpParserLeak) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<Counted> storage;
  Tally tally;
  Connection connection(*executor);
  storage.Run(Counted(tally), [&] { connection.Send([] {}); });
  executor->Drain();
  EXPECT_EQ(tally.live(), 1);
  connection.Release();
  EXPECT_EQ(tally.live(), 0);
}

// Node: test/async-hooks/test-async-local-storage-gcable.js
// The storage goes before the task that carries its store, and the store goes
// with the task.
TEST_P(NodeAsyncLocalStorageTest, Gcable) {
  const std::unique_ptr<Executor> executor = Make();
  Tally tally;
  std::optional<AsyncLocalStorage<Counted>> storage(std::in_place);
  std::latch gone(1);
  storage->Run(Counted(tally), [&] {
    executor->Post([&] {
      gone.wait();
      EXPECT_EQ(tally.live(), 1);
    });
  });
  storage->Disable();
  storage.reset();
  gone.count_down();
  executor->Drain();
  EXPECT_EQ(tally.live(), 0);
}

}  // namespace
}  // namespace weft
