// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// `AsyncLocalStorage.snapshot()` in Node's manual: objects of a class keep the
// context in which they were made, and run their functions in it.
//
// Differs from Node's: the snapshot is a value, `ContextSnapshot`; a store is a
// pointer, null where nothing is stored; and the object may be used on another
// thread.

#include <iostream>
#include <optional>
#include <thread>

#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"

namespace {

using Storage = weft::AsyncLocalStorage<int>;

std::optional<int> StoreOf(const Storage& storage) {
  const int* store = storage.GetStore();
  return store == nullptr ? std::nullopt : std::optional<int>(*store);
}

class Foo {
 public:
  explicit Foo(const Storage& storage) : storage_(storage) {}

  // Returns what was stored where this object was made.
  std::optional<int> Get() const {
    return run_in_async_scope_([this] { return StoreOf(storage_); });
  }

 private:
  const Storage& storage_;
  const weft::ContextSnapshot run_in_async_scope_ = Storage::Snapshot();
};

// Prints a line; false if `seen` is not `expected`.
bool Expect(const char* where, std::optional<int> seen,
            std::optional<int> expected) {
  std::cout << where << ": ";
  if (seen) {
    std::cout << *seen << '\n';
  } else {
    std::cout << "nothing\n";
  }
  return seen == expected;
}

}  // namespace

int main() {
  const Storage storage;
  const Foo foo = storage.Run(123, [&] { return Foo(storage); });

  bool ok = Expect("outside", StoreOf(storage), std::nullopt);
  ok &= Expect("outside, foo", foo.Get(), 123);
  storage.Run(321, [&] {
    ok &= Expect("in 321, foo", foo.Get(), 123);
    ok &= Expect("in 321", StoreOf(storage), 321);
  });
  std::thread([&] {
    ok &= Expect("on a thread", StoreOf(storage), std::nullopt);
    ok &= Expect("on a thread, foo", foo.Get(), 123);
  }).join();
  return ok ? 0 : 1;
}
