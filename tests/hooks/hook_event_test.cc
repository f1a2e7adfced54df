// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/hook_event.h"

#include "gtest/gtest.h"

namespace weft {
namespace {

TEST(HookEventTest, KindsHaveNames) {
  EXPECT_EQ(HookEventName(HookEvent::kInit), "init");
  EXPECT_EQ(HookEventName(HookEvent::kBefore), "before");
  EXPECT_EQ(HookEventName(HookEvent::kAfter), "after");
  EXPECT_EQ(HookEventName(HookEvent::kDestroy), "destroy");
  EXPECT_EQ(HookEventName(HookEvent::kPromiseResolve), "promise_resolve");
  EXPECT_EQ(HookEventName(HookEvent::kEnqueue), "enqueue");
  EXPECT_EQ(HookEventName(HookEvent::kStart), "start");
  EXPECT_EQ(HookEventName(HookEvent::kWorkerStart), "worker_start");
  EXPECT_EQ(HookEventName(HookEvent::kWorkerStop), "worker_stop");
  EXPECT_EQ(HookEventName(HookEvent::kPark), "park");
  EXPECT_EQ(HookEventName(HookEvent::kUnpark), "unpark");
  EXPECT_EQ(HookEventName(HookEvent::kSteal), "steal");
  EXPECT_EQ(HookEventName(static_cast<HookEvent>(99)), "unknown");
}

}  // namespace
}  // namespace weft
