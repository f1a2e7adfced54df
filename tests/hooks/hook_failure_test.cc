// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What happens when a hook's callback throws.

#include <csignal>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/emit.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/tests/support/callback_for.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

using testing::ElementsAre;
using tests::EventLog;

// Callbacks of which the one for `event` throws `error`.
template <typename Error>
HookCallbacks Throw(HookEvent event, Error error) {
  return tests::CallbackFor(event, [error](const auto&) { throw error; });
}

HookCallbacks Throw(HookEvent event) {
  return Throw(event, std::runtime_error("boom"));
}

// A life with an event of each kind. Returns the id.
AsyncId Live() {
  const AsyncResource resource("A");
  resource.RunInAsyncScope(
      [&] { hooks_internal::EmitPromiseResolve(resource.resource()); });
  return resource.async_id();
}

class HookFailureTest : public testing::TestWithParam<HookEvent> {};
using HookFailureDeathTest = HookFailureTest;

const auto kEvents =
    testing::Values(HookEvent::kInit, HookEvent::kBefore, HookEvent::kAfter,
                    HookEvent::kDestroy, HookEvent::kPromiseResolve);

std::string Name(const testing::TestParamInfo<HookEvent>& info) {
  return std::string(HookEventName(info.param));
}

INSTANTIATE_TEST_SUITE_P(All, HookFailureTest, kEvents, Name);
INSTANTIATE_TEST_SUITE_P(All, HookFailureDeathTest, kEvents, Name);

// Node: test/async-hooks/test-callback-error and
// test/parallel/test-async-hooks-fatal-error
TEST_P(HookFailureDeathTest, TerminatesWithTheEventAndTheId) {
  // Ids of one thread follow each other.
  const AsyncId id = AsyncResource("A").async_id() + 1;
  const AsyncHook hook = CreateHook(Throw(GetParam())).Enable();
  EXPECT_EXIT(Live(), testing::KilledBySignal(SIGABRT),
              "weft: a hook's " + std::string(HookEventName(GetParam())) +
                  " callback, for async id " + std::to_string(id) +
                  ", threw std::runtime_error: boom");
}

TEST_P(HookFailureTest, IsReportedOnceAndTurnsTheHookOff) {
  std::vector<HookFailure> failures;
  const AsyncHook hook =
      CreateHook(Throw(GetParam()), {.on_failure =
                                         [&](const HookFailure& failure) {
                                           failures.push_back(failure);
                                         }})
          .Enable();
  const AsyncId id = Live();
  EXPECT_FALSE(hooks_internal::IsWanted(GetParam()));
  Live();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].event, GetParam());
  EXPECT_EQ(failures[0].async_id, id);
  try {
    std::rethrow_exception(failures[0].exception);
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "boom");
  }
}

TEST_P(HookFailureTest, SparesTheResourceAndOtherHooks) {
  EventLog log;
  const AsyncHook first = CreateHook(log.Callbacks("first ")).Enable();
  HookCallbacks callbacks = log.Callbacks("fails ");
  HookCallbacks throwing = Throw(GetParam());
  if (throwing.init) callbacks.init = throwing.init;
  if (throwing.before) callbacks.before = throwing.before;
  if (throwing.after) callbacks.after = throwing.after;
  if (throwing.destroy) callbacks.destroy = throwing.destroy;
  if (throwing.promise_resolve) {
    callbacks.promise_resolve = throwing.promise_resolve;
  }
  const AsyncHook hook =
      CreateHook(std::move(callbacks),
                 {.on_failure = [&](const HookFailure&) { log.Add("FAILED"); }})
          .Enable();
  const AsyncHook last = CreateHook(log.Callbacks("last ")).Enable();
  Live();

  std::vector<std::string> expected;
  bool failed = false;
  for (const HookEvent event :
       {HookEvent::kInit, HookEvent::kBefore, HookEvent::kPromiseResolve,
        HookEvent::kAfter, HookEvent::kDestroy}) {
    const std::string line = event == HookEvent::kInit ? "init A <- root"
                             : event == HookEvent::kPromiseResolve
                                 ? "resolve A"
                                 : std::string(HookEventName(event)) + " A";
    expected.push_back("first " + line);
    if (event == GetParam()) {
      expected.push_back("FAILED");
      failed = true;
    } else if (!failed) {
      expected.push_back("fails " + line);
    }
    expected.push_back("last " + line);
  }
  EXPECT_EQ(log.lines(), expected);
}

TEST_P(HookFailureTest, IsReportedWithTheIdsOfTheCallback) {
  std::vector<AsyncId> ids;
  const AsyncHook hook =
      CreateHook(Throw(GetParam()), {.on_failure =
                                         [&](const HookFailure&) {
                                           ids.push_back(ExecutionAsyncId());
                                         }})
          .Enable();
  const AsyncId id = Live();
  const AsyncId expected = GetParam() == HookEvent::kInit      ? kMainAsyncId
                           : GetParam() == HookEvent::kDestroy ? kNoAsyncId
                                                               : id;
  EXPECT_THAT(ids, ElementsAre(expected));
  EXPECT_EQ(ExecutionAsyncId(), kMainAsyncId);
}

TEST_P(HookFailureDeathTest, TerminatesWhenTheReportThrowsToo) {
  const AsyncHook hook =
      CreateHook(Throw(GetParam()), {.on_failure =
                                         [](const HookFailure&) {
                                           throw std::runtime_error("report");
                                         }})
          .Enable();
  EXPECT_DEATH(Live(), "report");
}

TEST(HookFailurePolicyTest, ThatNestsIsReportedOnce) {
  int failures = 0;
  const AsyncHook hook =
      CreateHook({.init =
                      [depth = 0](const InitEvent&) mutable {
                        if (++depth < 5) AsyncResource("INNER").EmitDestroy();
                        throw std::runtime_error("boom");
                      }},
                 {.on_failure = [&](const HookFailure&) { ++failures; }})
          .Enable();
  Live();
  EXPECT_EQ(failures, 1);
}

// An exception of a body goes its own way.
TEST(HookFailurePolicyTest, LeavesTheBodysExceptionAlone) {
  int failures = 0;
  const AsyncHook hook =
      CreateHook(Throw(HookEvent::kAfter),
                 {.on_failure = [&](const HookFailure&) { ++failures; }})
          .Enable();
  const AsyncResource resource("A");
  try {
    resource.RunInAsyncScope([] { throw std::logic_error("body"); });
    ADD_FAILURE() << "no error";
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(), "body");
  }
  EXPECT_EQ(failures, 1);
}

TEST(HookFailurePolicyTest, OfOneHookLeavesOthersOn) {
  EventLog log;
  const HookOptions options = {
      .on_failure = [&](const HookFailure&) { log.Add("FAILED"); }};
  const AsyncHook one = CreateHook(Throw(HookEvent::kInit), options).Enable();
  const AsyncHook two =
      CreateHook(Throw(HookEvent::kDestroy), options).Enable();
  Live();
  Live();
  EXPECT_THAT(log.lines(), ElementsAre("FAILED", "FAILED"));
}

TEST(HookFailurePolicyTest, MayDestroyTheHook) {
  EventLog log;
  std::optional<AsyncHook> hook;
  hook.emplace(CreateHook(Throw(HookEvent::kBefore),
                          {.on_failure =
                               [&](const HookFailure& failure) {
                                 hook.reset();
                                 log.Add(
                                     std::string(HookEventName(failure.event)));
                               }})
                   .Enable());
  Live();
  Live();
  EXPECT_THAT(log.lines(), ElementsAre("before"));
}

TEST(HookFailurePolicyDeathTest, NamesWhatIsNoStdException) {
  const AsyncHook hook = CreateHook(Throw(HookEvent::kInit, 5)).Enable();
  EXPECT_DEATH(Live(),
               "weft: a hook's init callback, for async id [0-9]+, threw int");
}

}  // namespace
}  // namespace weft
