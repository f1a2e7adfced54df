// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/confluence.h"

#include <string>

#include "gtest/gtest.h"
#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {
namespace {

bool IsConfluentText(const std::string& text) {
  return IsConfluent(ParseProgram(text));
}

TEST(ConfluenceTest, TasksMayUseWhatTheirAncestorsMade) {
  EXPECT_TRUE(IsConfluentText("(als a)(spawn t (res r)(micro m (in r)))"));
  EXPECT_TRUE(IsConfluentText("(als a)(bind f (log a))(spawn t (call f))"));
}

TEST(ConfluenceTest, TasksMayNotUseWhatOthersMake) {
  EXPECT_FALSE(IsConfluentText("(spawn t (res r))(in r)"));
  EXPECT_FALSE(IsConfluentText("(spawn t (res r))(spawn u (in r))"));
  EXPECT_FALSE(IsConfluentText("(spawn t (in r))(res r)"));
}

TEST(ConfluenceTest, NamesAreMadeOnce) {
  EXPECT_FALSE(IsConfluentText("(spawn t)(spawn t)"));
  EXPECT_FALSE(IsConfluentText("(spawn t (res r))(spawn u (res r))"));
  EXPECT_FALSE(IsConfluentText("(bind f (spawn t))"));
}

TEST(ConfluenceTest, HooksAreSwitchedBeforeTheFirstTask) {
  EXPECT_TRUE(IsConfluentText("(hook h)(on h)(spawn t)"));
  EXPECT_FALSE(IsConfluentText("(hook h)(spawn t)(on h)"));
  EXPECT_FALSE(IsConfluentText("(hook h)(spawn t (on h))"));
  EXPECT_FALSE(IsConfluentText("(hook h)(act h init)"));
}

TEST(ConfluenceTest, DisableAndCancelAreLeftOut) {
  EXPECT_FALSE(IsConfluentText("(als a)(disable a)"));
  EXPECT_FALSE(IsConfluentText("(spawn t)(cancel t)"));
}

TEST(ConfluenceTest, PromisesAreResolvedFirstOfAllByTheNextTask) {
  EXPECT_TRUE(
      IsConfluentText("(promise p)(spawn t (resolve p)(ids))(await p)"));
  EXPECT_FALSE(IsConfluentText("(promise p)"));
  EXPECT_FALSE(IsConfluentText("(promise p)(resolve p)"));
  EXPECT_FALSE(IsConfluentText("(promise p)(spawn t (ids)(resolve p))"));
  EXPECT_FALSE(IsConfluentText("(promise p)(ids)(spawn t (resolve p))"));
  EXPECT_FALSE(IsConfluentText("(promise p)(micro m (resolve p))"));
  EXPECT_FALSE(IsConfluentText("(promise p)(spawn t (resolve p)(resolve p))"));
}

TEST(ConfluenceTest, PromisesAreAwaitedByWhoSeesThem) {
  EXPECT_TRUE(IsConfluentText(
      "(promise p)(spawn t (resolve p))(spawn u (then c p)(await p))"));
  EXPECT_FALSE(
      IsConfluentText("(spawn u (await p))(promise p)(spawn t "
                      "(resolve p))"));
}

TEST(ConfluenceTest, TasksAndContinuationsAreWaitedForByWhoMadeThem) {
  const std::string promise = "(promise p)(spawn r (resolve p))";
  EXPECT_TRUE(IsConfluentText("(spawn t)(try (join t))"));
  EXPECT_TRUE(IsConfluentText(promise + "(then c p)(await c)"));
  EXPECT_FALSE(IsConfluentText("(spawn t (join t))"));
  EXPECT_FALSE(IsConfluentText("(spawn t)(spawn u (join t))"));
  EXPECT_FALSE(IsConfluentText("(spawn t)(bind f (join t))"));
  EXPECT_FALSE(IsConfluentText(promise + "(then c p)(spawn u (await c))"));
  EXPECT_FALSE(IsConfluentText(promise + "(then c p (await c))"));
}

// One that goes on may lie on the stack above what it has made before.
TEST(ConfluenceTest, NothingThatMayLieBelowIsWaitedForAsleep) {
  const std::string waits = "(als a)(go g (go h (spawn t)(join t))";
  EXPECT_FALSE(IsConfluentText(waits + "(nursery y)(run a 1 (await h)))"));
  EXPECT_FALSE(IsConfluentText(waits + "(go i)(await i)(run a 1 (await h)))"));
  EXPECT_FALSE(IsConfluentText(
      "(go g (spawn t (spawn u)(join u))(try (nursery y))(join t))"));
  EXPECT_FALSE(IsConfluentText(
      waits +
      "(race r (go i (go j)(await j)))(nursery y)(run a 1 (await r)))"));
  EXPECT_TRUE(IsConfluentText(waits + "(nursery y)(await h))"));
  EXPECT_TRUE(IsConfluentText(waits + "(run a 1 (await h)))"));
  EXPECT_TRUE(IsConfluentText(waits + "(run a 1 (nursery y)(await h)))"));
  EXPECT_TRUE(
      IsConfluentText("(als a)(go g (go h)(nursery y)(run a 1 (await h)))"));
}

TEST(ConfluenceTest, CoroutinesAreWaitedForByWhoMadeThem) {
  EXPECT_TRUE(IsConfluentText("(go t (ids))(await t)(go u (go v)(await v))"));
  EXPECT_FALSE(IsConfluentText("(go t (await t))"));
  EXPECT_FALSE(IsConfluentText("(go t)(go u (await t))"));
  EXPECT_FALSE(IsConfluentText("(go t)(cancel t)"));
}

TEST(ConfluenceTest, GeneratorsAreAskedByWhoMadeThem) {
  EXPECT_TRUE(IsConfluentText("(go t (generate g (yield 1))(next g))"));
  EXPECT_FALSE(IsConfluentText("(generate g (yield 1))(go t (next g))"));
}

TEST(ConfluenceTest, RacesHaveOneInput) {
  EXPECT_TRUE(IsConfluentText("(race r (go t))(await r)"));
  EXPECT_FALSE(IsConfluentText("(race r (go t)(go u))(await r)"));
}

TEST(ConfluenceTest, DeadlinesDoNotPass) {
  EXPECT_TRUE(IsConfluentText("(go t (timeout x never (ids)))"));
  EXPECT_FALSE(IsConfluentText("(go t (timeout x soon (ids)))"));
}

TEST(ConfluenceTest, NothingIsThrownInANursery) {
  EXPECT_TRUE(IsConfluentText("(go t (nursery n (go u (ids))))"));
  EXPECT_FALSE(IsConfluentText("(go t (nursery n (go u (throw e))))"));
  EXPECT_FALSE(
      IsConfluentText("(bind f (ids))(go t (nursery n (go u (call f))))"));
}

}  // namespace
}  // namespace weft::conformance
