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
  EXPECT_EQ(HookEventName(static_cast<HookEvent>(99)), "unknown");
}

}  // namespace
}  // namespace weft
