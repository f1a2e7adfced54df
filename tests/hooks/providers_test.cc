// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/providers.h"

#include <cstddef>
#include <set>
#include <string_view>

#include "gtest/gtest.h"

namespace weft {
namespace {

// Node: test/parallel/test-async-wrap-providers, as an enumeration
TEST(ProvidersTest, NumbersAndNamesAreUnique) {
  std::set<std::string_view> names;
  std::size_t number = 0;
  for (const Provider provider : Providers()) {
    EXPECT_EQ(static_cast<std::size_t>(provider), number++);
    EXPECT_FALSE(ProviderName(provider).empty());
    EXPECT_TRUE(names.insert(ProviderName(provider)).second);
  }
  EXPECT_EQ(names.size(), Providers().size());
}

// A task on the stack needs no call for its type.
static_assert(ProviderName(Provider::kForkTask) == "FORK_TASK");

TEST(ProvidersTest, NamesAreWhatHooksAreGiven) {
  EXPECT_EQ(ProviderName(Provider::kNone), "NONE");
  EXPECT_EQ(ProviderName(Provider::kThread), "THREAD");
  EXPECT_EQ(ProviderName(Provider::kTask), "TASK");
  EXPECT_EQ(ProviderName(Provider::kFutureTask), "FUTURE_TASK");
  EXPECT_EQ(ProviderName(Provider::kGroupTask), "GROUP_TASK");
  EXPECT_EQ(ProviderName(Provider::kDeferred), "DEFERRED");
  EXPECT_EQ(ProviderName(Provider::kPromise), "PROMISE");
  EXPECT_EQ(ProviderName(Provider::kContinuation), "CONTINUATION");
  EXPECT_EQ(ProviderName(Provider::kForkTask), "FORK_TASK");
  EXPECT_EQ(ProviderName(Provider::kLoopTask), "LOOP_TASK");
  EXPECT_EQ(ProviderName(Provider::kTimeout), "TIMEOUT");
  EXPECT_EQ(ProviderName(Provider::kCoroutine), "COROUTINE");
  EXPECT_EQ(static_cast<int>(Provider::kNone), 0);
  EXPECT_EQ(Providers().front(), Provider::kNone);
  EXPECT_EQ(Providers().back(), Provider::kCoroutine);
}

}  // namespace
}  // namespace weft
