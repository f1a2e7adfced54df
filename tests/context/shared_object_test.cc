// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A context is one for all shared objects of a process.

#include "weft/tests/context/shared_object.h"

#include <dlfcn.h>

#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"

namespace weft {
namespace {

using testing::IsNull;
using testing::Pointee;

void Here() {}

// The path of what `function` is part of.
template <typename Function>
std::string ObjectOf(Function* function) {
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(function), &info);
  return info.dli_fname == nullptr ? "" : info.dli_fname;
}

class SharedObjectTest : public testing::Test {
 protected:
  void SetUp() override {
    if (ObjectOf(&Here) == ObjectOf(&tests::ReadThere)) {
      GTEST_SKIP() << "this build links all into one";
    }
  }
};

// ClickHouse#94497: a key was another in each shared object.
TEST_F(SharedObjectTest, AStorageIsTheSameInAll) {
  const AsyncLocalStorage<int> ours;
  const AsyncLocalStorage<int>& theirs = tests::StorageThere();
  ours.Run(1, [&] {
    theirs.Run(2, [&] {
      EXPECT_THAT(tests::ReadThere(ours), Pointee(1));
      EXPECT_THAT(tests::ReadThere(theirs), Pointee(2));
    });
  });
  tests::RunThere(ours, 3, [&] {
    tests::RunThere(theirs, 4, [&] {
      EXPECT_THAT(ours.GetStore(), Pointee(3));
      EXPECT_THAT(theirs.GetStore(), Pointee(4));
    });
  });
  EXPECT_THAT(tests::ReadThere(ours), IsNull());
  EXPECT_THAT(theirs.GetStore(), IsNull());
}

TEST_F(SharedObjectTest, ASnapshotOfOneHoldsInAnotherOnAnyThread) {
  const AsyncLocalStorage<int> storage;
  ContextSnapshot theirs;
  ContextSnapshot ours;
  storage.Run(1, [&] { theirs = tests::CaptureThere(); });
  tests::RunThere(storage, 2, [&] { ours = ContextSnapshot::Capture(); });
  std::thread([&] {
    theirs.Run([&] {
      EXPECT_THAT(storage.GetStore(), Pointee(1));
      ours.Run([&] { EXPECT_THAT(tests::ReadThere(storage), Pointee(2)); });
      EXPECT_THAT(tests::ReadThere(storage), Pointee(1));
    });
  }).join();
}

}  // namespace
}  // namespace weft
