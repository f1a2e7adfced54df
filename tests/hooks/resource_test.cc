// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/resource.h"

#include <cstdint>
#include <stdexcept>

#include "gtest/gtest.h"
#include "weft/hooks/async_id.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using hooks_internal::AttachedState;
using hooks_internal::LastingTrigger;
using tests::Counted;
using tests::Tally;

struct State : AttachedState {
  State(std::uint64_t state_key, Tally& tally)
      : AttachedState(state_key), counted(tally) {}
  Counted counted;
};

TEST(ResourceTest, IsWhatItWasMade) {
  const Resource resource("A", 5, 3);
  EXPECT_EQ(resource.type(), "A");
  EXPECT_EQ(resource.async_id(), 5u);
  EXPECT_EQ(resource.trigger_async_id(), 3u);
}

TEST(ResourceTest, IdIsDrawnWhenSomebodyAsks) {
  const Resource first("A", hooks_internal::kDrawnWhenAsked, 3);
  const Resource second("B", LastingTrigger{first}, {});
  const Resource third("C", LastingTrigger{second}, {});
  EXPECT_EQ(second.type(), "B");
  const AsyncId id = second.async_id();
  EXPECT_GT(id, kMainAsyncId);
  EXPECT_EQ(second.async_id(), id);
  EXPECT_EQ(third.trigger_async_id(), id);
  EXPECT_EQ(second.trigger_async_id(), first.async_id());
  EXPECT_GT(first.async_id(), id);  // asked later
  EXPECT_EQ(first.trigger_async_id(), 3u);
}

TEST(ResourceTest, HoldsOneStateForEachKey) {
  Tally tally;
  {
    Resource resource("A", 5, 3);
    EXPECT_EQ(resource.FindState(1), nullptr);
    auto* const one = new State(1, tally);
    auto* const two = new State(2, tally);
    auto* const three = new State(3, tally);
    resource.AttachState(one);
    resource.AttachState(two);
    resource.AttachState(three);
    EXPECT_EQ(resource.FindState(1), one);
    EXPECT_EQ(resource.FindState(2), two);
    EXPECT_EQ(resource.FindState(3), three);
    EXPECT_EQ(resource.FindState(4), nullptr);

    auto* const other = new State(2, tally);
    resource.AttachState(other);
    EXPECT_EQ(tally.live(), 3);
    EXPECT_EQ(resource.FindState(1), one);
    EXPECT_EQ(resource.FindState(2), other);
    EXPECT_EQ(resource.FindState(3), three);
  }
  EXPECT_EQ(tally.live(), 0);
}

TEST(ResourceTest, ReleasesItsStatesOnce) {
  Tally tally;
  Resource resource("A", 5, 3);
  resource.AttachState(new State(1, tally));
  resource.AttachState(new State(2, tally));
  resource.ReleaseState();
  EXPECT_EQ(tally.live(), 0);
  EXPECT_EQ(resource.FindState(1), nullptr);
  resource.ReleaseState();
  resource.AttachState(new State(1, tally));
  EXPECT_EQ(tally.live(), 1);
}

TEST(ResourceTest, RefusesAndDeletesStateOfNoResource) {
  Tally tally;
  Resource none("NONE", kNoAsyncId, kNoAsyncId);
  EXPECT_THROW(none.AttachState(new State(1, tally)), std::logic_error);
  EXPECT_EQ(tally.live(), 0);
  EXPECT_EQ(none.FindState(1), nullptr);
}

}  // namespace
}  // namespace weft
