// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/async_local_storage.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/tests/context/context_fixture.h"

namespace weft {
namespace {

using testing::IsNull;
using testing::Pointee;

using AsyncLocalStorageTest = ContextFixture;
INSTANTIATE_TEST_SUITE_P(All, AsyncLocalStorageTest, ContextFixture::All(),
                         ContextFixture::Name);

AsyncLocalStorageOptions<int> Default(int value) {
  return {.default_value = value};
}

TEST_P(AsyncLocalStorageTest, IsUnboundAtFirst) {
  const AsyncLocalStorage<int> storage;
  EXPECT_THAT(storage.GetStore(), IsNull());
  EXPECT_FALSE(storage.IsBound());
}

TEST_P(AsyncLocalStorageTest, ShowsTheDefaultWhereNothingIsStored) {
  const AsyncLocalStorage<int> storage(Default(7));
  EXPECT_THAT(storage.GetStore(), Pointee(7));
  EXPECT_FALSE(storage.IsBound());
}

TEST_P(AsyncLocalStorageTest, NameIsForDiagnosticsOnly) {
  const AsyncLocalStorage<int> unnamed;
  const AsyncLocalStorage<int> one({.name = "user"});
  const AsyncLocalStorage<int> two({.name = "user"});
  EXPECT_EQ(unnamed.name(), "");
  EXPECT_EQ(one.name(), "user");
  EXPECT_EQ(two.name(), "user");
  one.Run(1, [&] {
    EXPECT_THAT(one.GetStore(), Pointee(1));
    EXPECT_THAT(two.GetStore(), IsNull());
  });
}

TEST_P(AsyncLocalStorageTest, RunShowsItsStore) {
  const AsyncLocalStorage<std::string> storage;
  bool called = false;
  storage.Run("ada", [&] {
    called = true;
    EXPECT_THAT(storage.GetStore(), Pointee(std::string("ada")));
    EXPECT_TRUE(storage.IsBound());
  });
  EXPECT_TRUE(called);
}

TEST_P(AsyncLocalStorageTest, StorageIsUnboundAgainAfterRun) {
  const AsyncLocalStorage<int> storage(Default(7));
  storage.Run(1, [&] { EXPECT_THAT(storage.GetStore(), Pointee(1)); });
  EXPECT_FALSE(storage.IsBound());
  EXPECT_THAT(storage.GetStore(), Pointee(7));
}

TEST_P(AsyncLocalStorageTest, NoneHidesTheDefault) {
  const AsyncLocalStorage<int> storage(Default(7));
  storage.Run(std::nullopt, [&] {
    EXPECT_THAT(storage.GetStore(), IsNull());
    EXPECT_TRUE(storage.IsBound());
  });
  storage.Exit([&] {
    EXPECT_THAT(storage.GetStore(), IsNull());
    EXPECT_TRUE(storage.IsBound());
  });
  EXPECT_THAT(storage.GetStore(), Pointee(7));
}

// Node: test/async-hooks/test-async-local-storage-nested
TEST_P(AsyncLocalStorageTest, NestedCallsRestoreWhatWasAround) {
  const AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    EXPECT_THAT(storage.GetStore(), Pointee(1));
    storage.Run(2, [&] { EXPECT_THAT(storage.GetStore(), Pointee(2)); });
    EXPECT_THAT(storage.GetStore(), Pointee(1));
    storage.Exit([&] {
      EXPECT_THAT(storage.GetStore(), IsNull());
      storage.Run(3, [&] { EXPECT_THAT(storage.GetStore(), Pointee(3)); });
      EXPECT_THAT(storage.GetStore(), IsNull());
      EXPECT_TRUE(storage.IsBound());
    });
    EXPECT_THAT(storage.GetStore(), Pointee(1));
  });
  EXPECT_FALSE(storage.IsBound());
}

// Node: test/async-hooks/test-async-local-storage-args
TEST_P(AsyncLocalStorageTest, PassesArgumentsOn) {
  const AsyncLocalStorage<int> storage;
  int changed = 0;
  const auto body = [](int& reference, std::unique_ptr<int> moved, int copied) {
    reference = *moved + copied;
    return moved;
  };
  const auto from_run =
      storage.Run(1, body, changed, std::make_unique<int>(40), 2);
  EXPECT_EQ(changed, 42);
  EXPECT_THAT(from_run, Pointee(40));
  const auto from_exit =
      storage.Exit(body, changed, std::make_unique<int>(50), 3);
  EXPECT_EQ(changed, 53);
  EXPECT_THAT(from_exit, Pointee(50));
}

TEST_P(AsyncLocalStorageTest, PassesReferencesBack) {
  const AsyncLocalStorage<int> storage;
  int object = 0;
  const auto body = [&]() -> int& { return object; };
  static_assert(std::is_same_v<decltype(storage.Run(1, body)), int&>);
  static_assert(std::is_same_v<decltype(storage.Exit(body)), int&>);
  EXPECT_EQ(&storage.Run(1, body), &object);
  EXPECT_EQ(&storage.Exit(body), &object);
}

TEST_P(AsyncLocalStorageTest, CallsWhatCanBeCalledOnlyOnce) {
  struct OnlyOnce {
    int operator()() && { return 5; }
  };
  struct Class {
    int Member(int more) { return 6 + more; }
  } object;
  const AsyncLocalStorage<int> storage;
  EXPECT_EQ(storage.Run(1, OnlyOnce{}), 5);
  EXPECT_EQ(storage.Exit(OnlyOnce{}), 5);
  EXPECT_EQ(storage.Run(1, std::mem_fn(&Class::Member), object, 1), 7);
}

// Node: test/async-hooks/test-async-local-storage-errors
TEST_P(AsyncLocalStorageTest, RestoresWhenFnThrows) {
  const AsyncLocalStorage<int> storage;
  storage.EnterWith(1);
  EXPECT_THROW(storage.Run(2, [] { throw std::runtime_error("run"); }),
               std::runtime_error);
  EXPECT_THAT(storage.GetStore(), Pointee(1));
  EXPECT_THROW(storage.Exit([&] {
    storage.EnterWith(3);
    throw std::runtime_error("exit");
  }),
               std::runtime_error);
  EXPECT_THAT(storage.GetStore(), Pointee(1));
}

TEST_P(AsyncLocalStorageTest, IsUnboundAgainWhenFnThrows) {
  const AsyncLocalStorage<int> storage;
  EXPECT_THROW(storage.Run(2, [] { throw std::runtime_error("run"); }),
               std::runtime_error);
  EXPECT_FALSE(storage.IsBound());
}

// Node: test/async-hooks/test-async-local-storage-misc-stores
TEST_P(AsyncLocalStorageTest, StoresAnyMovableType) {
  const AsyncLocalStorage<std::unique_ptr<int>> move_only;
  const auto* address = [&] {
    auto value = std::make_unique<int>(1);
    const int* const raw = value.get();
    move_only.EnterWith(std::move(value));
    return raw;
  }();
  EXPECT_EQ(move_only.GetStore()->get(), address);

  const AsyncLocalStorage<std::map<std::string, int>> map;
  map.Run(std::map<std::string, int>{{"hello", 1}},
          [&] { EXPECT_EQ(map.GetStore()->at("hello"), 1); });

  const AsyncLocalStorage<std::function<int()>> function;
  function.Run([] { return 42; },
               [&] { EXPECT_EQ((*function.GetStore())(), 42); });

  const AsyncLocalStorage<bool> boolean;
  boolean.Run(false, [&] { EXPECT_THAT(boolean.GetStore(), Pointee(false)); });

  const AsyncLocalStorage<const char*> pointer;
  pointer.Run(nullptr, [&] {
    EXPECT_THAT(pointer.GetStore(), Pointee(IsNull()));  // a store that is null
  });
}

// A store that is an empty optional is a store, and none is none.
TEST_P(AsyncLocalStorageTest, StoresOptionals) {
  const AsyncLocalStorage<std::optional<int>> storage;
  storage.Run(std::optional<int>(), [&] {
    EXPECT_THAT(storage.GetStore(), Pointee(std::optional<int>()));
  });
  storage.Run(std::nullopt, [&] { EXPECT_THAT(storage.GetStore(), IsNull()); });
}

TEST_P(AsyncLocalStorageTest, SharedStateIsChangedThroughItsPointer) {
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  const auto state = std::make_shared<int>(1);
  storage.Run(state, [&] { **storage.GetStore() = 2; });
  EXPECT_EQ(*state, 2);
  EXPECT_EQ(state.use_count(), 1);
}

TEST_P(AsyncLocalStorageTest, DefaultMayBeMoveOnly) {
  AsyncLocalStorageOptions<std::unique_ptr<int>> options;
  options.default_value = std::make_unique<int>(3);
  const AsyncLocalStorage<std::unique_ptr<int>> storage(std::move(options));
  EXPECT_THAT(storage.GetStore(), Pointee(Pointee(3)));
}

TEST_P(AsyncLocalStorageTest, EnterWithLastsToTheEndOfRun) {
  const AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    storage.EnterWith(2);
    EXPECT_THAT(storage.GetStore(), Pointee(2));
    storage.EnterWith(std::nullopt);
    EXPECT_THAT(storage.GetStore(), IsNull());
    EXPECT_TRUE(storage.IsBound());
    storage.EnterWith(3);
    EXPECT_THAT(storage.GetStore(), Pointee(3));
  });
  EXPECT_FALSE(storage.IsBound());
}

TEST_P(AsyncLocalStorageTest, EnterWithLastsToTheEndOfExit) {
  const AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    storage.Exit([&] {
      storage.EnterWith(2);
      EXPECT_THAT(storage.GetStore(), Pointee(2));
    });
    EXPECT_THAT(storage.GetStore(), Pointee(1));
  });
}

TEST_P(AsyncLocalStorageTest, EnterWithOutsideOfAllStays) {
  const AsyncLocalStorage<int> storage;
  storage.EnterWith(1);
  storage.Run(2, [] {});
  EXPECT_THAT(storage.GetStore(), Pointee(1));
}

// There is no stack of what was entered: one Exit() hides it all.
TEST_P(AsyncLocalStorageTest, ExitHidesAllThatWasEntered) {
  const AsyncLocalStorage<int> storage;
  storage.EnterWith(1);
  storage.EnterWith(2);
  storage.Exit([&] { EXPECT_THAT(storage.GetStore(), IsNull()); });
  EXPECT_THAT(storage.GetStore(), Pointee(2));
}

// Node calls straight through here, and lets what was entered leak out.
TEST_P(AsyncLocalStorageTest, RunWithTheSameStoreStillScopes) {
  const AsyncLocalStorage<int> storage(Default(7));
  storage.Run(7, [&] { storage.EnterWith(2); });
  EXPECT_FALSE(storage.IsBound());
  storage.Run(1, [&] {
    storage.Run(1, [&] { storage.EnterWith(2); });
    EXPECT_THAT(storage.GetStore(), Pointee(1));
  });
  storage.Exit([&] {
    storage.Exit([&] { storage.EnterWith(2); });
    EXPECT_THAT(storage.GetStore(), IsNull());
  });
  EXPECT_THAT(storage.GetStore(), Pointee(7));
}

// Node: test/parallel/test-async-local-storage-isolation, first part
TEST_P(AsyncLocalStorageTest, RunKeepsWhatOthersEntered) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.Run(1, [&] { two.EnterWith(2); });
  EXPECT_FALSE(one.IsBound());
  EXPECT_THAT(two.GetStore(), Pointee(2));
}

// The same with the slots the other way round.
TEST_P(AsyncLocalStorageTest, RunKeepsWhatOlderStoragesEntered) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  two.Run(2, [&] { one.EnterWith(1); });
  EXPECT_FALSE(two.IsBound());
  EXPECT_THAT(one.GetStore(), Pointee(1));
}

TEST_P(AsyncLocalStorageTest, RunKeepsWhatOthersEnteredOverOlderStores) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  two.Run(0, [&] {
    one.Run(1, [&] {
      one.Run(2, [&] {
        one.EnterWith(3);
        two.EnterWith(4);
      });
      EXPECT_THAT(one.GetStore(), Pointee(1));
      EXPECT_THAT(two.GetStore(), Pointee(4));
    });
    EXPECT_FALSE(one.IsBound());
    EXPECT_THAT(two.GetStore(), Pointee(4));
  });
  EXPECT_FALSE(two.IsBound());
}

TEST_P(AsyncLocalStorageTest, RunKeepsWhatOthersEnteredAlsoWhenFnThrows) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  EXPECT_THROW(one.Run(1,
                       [&] {
                         two.EnterWith(2);
                         throw std::runtime_error("run");
                       }),
               std::runtime_error);
  EXPECT_FALSE(one.IsBound());
  EXPECT_THAT(two.GetStore(), Pointee(2));
}

TEST_P(AsyncLocalStorageTest, RunKeepsThatAnotherEnteredNone) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two(Default(7));
  two.EnterWith(1);
  one.Run(1, [&] { two.EnterWith(std::nullopt); });
  EXPECT_THAT(two.GetStore(), IsNull());
  EXPECT_TRUE(two.IsBound());
}

// Node: test/async-hooks/test-async-local-storage-no-mix-contexts
TEST_P(AsyncLocalStorageTest, ExitLeavesOtherStoragesAlone) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.Run(1, [&] {
    two.Run(2, [&] {
      one.Exit([&] {
        EXPECT_THAT(one.GetStore(), IsNull());
        EXPECT_THAT(two.GetStore(), Pointee(2));
      });
      EXPECT_THAT(one.GetStore(), Pointee(1));
      two.Exit([&] {
        EXPECT_THAT(one.GetStore(), Pointee(1));
        EXPECT_THAT(two.GetStore(), IsNull());
      });
      EXPECT_THAT(two.GetStore(), Pointee(2));
    });
  });
}

// Node: test/parallel/test-async-local-storage-exit-does-not-leak
TEST_P(AsyncLocalStorageTest, ExitInsideRunNeverShowsTheOuterStore) {
  const AsyncLocalStorage<int> storage;
  int levels = 0;
  const std::function<void(int)> recurse = [&](int left) {
    if (left == 0) return;
    storage.Run(left, [&] {
      EXPECT_THAT(storage.GetStore(), Pointee(left));
      storage.Exit([&] {
        EXPECT_THAT(storage.GetStore(), IsNull());
        ++levels;
        recurse(left - 1);
        EXPECT_THAT(storage.GetStore(), IsNull());
      });
      EXPECT_THAT(storage.GetStore(), Pointee(left));
    });
  };
  recurse(100);
  EXPECT_EQ(levels, 100);
  EXPECT_FALSE(storage.IsBound());
}

// Node: test/parallel/test-async-local-storage-deep-stack
TEST_P(AsyncLocalStorageTest, ThousandNestedRunsRestoreEachOther) {
  const AsyncLocalStorage<int> storage;
  const std::function<void(int)> recurse = [&](int left) {
    if (left == 0) return;
    storage.Run(left, [&] {
      recurse(left - 1);
      EXPECT_THAT(storage.GetStore(), Pointee(left));
    });
  };
  recurse(1000);
  EXPECT_FALSE(storage.IsBound());
}

// The frames entered inside are freed and come back at the same addresses: what
// was entered must be seen to have changed all the same.
TEST_P(AsyncLocalStorageTest, FramesAtReusedAddressesAreNotMistaken) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  for (int i = 0; i < 1000; ++i) {
    one.Run(i, [&] {
      two.EnterWith(i);
      for (int j = 0; j < i % 5; ++j) one.EnterWith(j);
    });
    ASSERT_FALSE(one.IsBound());
    ASSERT_THAT(two.GetStore(), Pointee(i));
  }
}

TEST_P(AsyncLocalStorageTest, ManyStoragesHoldTheirOwn) {
  std::vector<std::unique_ptr<AsyncLocalStorage<int>>> storages;
  for (int i = 0; i < 200; ++i) {
    storages.push_back(std::make_unique<AsyncLocalStorage<int>>());
  }
  for (int i = 0; i < 200; i += 2) {
    storages[static_cast<std::size_t>(i)]->EnterWith(i);
  }
  int index = 0;
  for (const auto& storage : storages) {
    if (index % 2 == 0) {
      EXPECT_THAT(storage->GetStore(), Pointee(index));
    } else {
      EXPECT_FALSE(storage->IsBound());
    }
    ++index;
  }
}

// "Good until this storage's store is replaced in this flow."
TEST_P(AsyncLocalStorageTest, PointerStaysGoodWhileOthersComeAndGo) {
  const AsyncLocalStorage<std::string> one;
  const AsyncLocalStorage<int> two;
  const AsyncLocalStorage<int> three;
  one.EnterWith("a string that is too long to stand in the object itself");
  const std::string copy = *one.GetStore();
  const std::string* const store = one.GetStore();

  two.EnterWith(1);
  EXPECT_EQ(one.GetStore(), store);
  two.Run(2, [&] {
    EXPECT_EQ(one.GetStore(), store);
    three.EnterWith(3);
  });
  two.EnterWith(std::nullopt);
  three.EnterWith(std::nullopt);
  ContextSnapshot().Run([&] { two.EnterWith(4); });
  EXPECT_EQ(one.GetStore(), store);
  EXPECT_EQ(*store, copy);
}

TEST_P(AsyncLocalStorageTest, PointerStaysGoodWhenAnOuterScopeOfAnotherEnds) {
  const AsyncLocalStorage<std::string> one;
  const AsyncLocalStorage<int> two;
  const std::string* store = nullptr;
  two.Run(1, [&] {
    one.EnterWith("a string that is too long to stand in the object itself");
    store = one.GetStore();
  });
  EXPECT_EQ(one.GetStore(), store);
  EXPECT_EQ(*store, "a string that is too long to stand in the object itself");
}

TEST_P(AsyncLocalStorageTest, PointerStaysGoodUnderAnInnerRun) {
  const AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    const int* const store = storage.GetStore();
    storage.Run(2, [&] { EXPECT_EQ(*store, 1); });
    EXPECT_EQ(storage.GetStore(), store);
    EXPECT_EQ(*store, 1);
  });
}

TEST_P(AsyncLocalStorageTest, MoveThatThrowsChangesNothing) {
  struct Throws {
    Throws() = default;
    Throws(Throws&&) { throw std::runtime_error("moved"); }
  };
  const AsyncLocalStorage<Throws> storage;
  const AsyncLocalStorage<int> other;
  other.EnterWith(1);
  std::optional<Throws> store;
  store.emplace();
  EXPECT_THROW(storage.EnterWith(std::move(store)), std::runtime_error);
  EXPECT_FALSE(storage.IsBound());
  EXPECT_THAT(other.GetStore(), Pointee(1));
}

// Node: test/parallel/test-async-local-storage-bind
TEST_P(AsyncLocalStorageTest, BindRunsWhereItWasBound) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.EnterWith(1);
  two.EnterWith(2);
  auto bound = AsyncLocalStorage<int>::Bind([&](int more) {
    EXPECT_THAT(two.GetStore(), Pointee(2));
    return *one.GetStore() + more;
  });
  one.Run(10, [&] {
    two.EnterWith(20);
    EXPECT_EQ(bound(100), 101);
    EXPECT_THAT(one.GetStore(), Pointee(10));
    EXPECT_THAT(two.GetStore(), Pointee(20));
  });
}

TEST_P(AsyncLocalStorageTest, AStoreThatMustBeThereIsNamedIfItIsNot) {
  const AsyncLocalStorage<int> storage({.name = "request"});
  const auto message = [&]() -> std::string {
    try {
      static_cast<void>(storage.Store());
    } catch (const std::logic_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message(), testing::HasSubstr("request has no store"));
  storage.Run(1, [&] {
    EXPECT_EQ(storage.Store(), 1);
    EXPECT_EQ(&storage.Store(), storage.GetStore());
    storage.Exit([&] {
      EXPECT_THAT(message(), testing::HasSubstr("request has no store"));
    });
  });
  const AsyncLocalStorage<int> with_default({.default_value = 5});
  EXPECT_EQ(with_default.Store(), 5);
}

// Node: test/parallel/test-async-local-storage-snapshot
TEST_P(AsyncLocalStorageTest, SnapshotIsAFunctionThatRunsOthers) {
  const AsyncLocalStorage<int> storage;
  const auto in_123 =
      storage.Run(123, [] { return AsyncLocalStorage<int>::Snapshot(); });
  storage.Run(321, [&] {
    EXPECT_EQ(in_123([&] { return *storage.GetStore(); }), 123);
    EXPECT_THAT(storage.GetStore(), Pointee(321));
  });
}

}  // namespace
}  // namespace weft
