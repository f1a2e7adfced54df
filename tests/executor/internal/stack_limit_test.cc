// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Calls that nest without end, on threads that nobody of Weft's has started:
// they come to a StackLimitError, on small stacks and on large ones.

#include <pthread.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/task_group.h"

namespace weft {
namespace {

// Calls `fn()` on a thread with a stack of so many KiB; 0: on this thread, the
// main one.
void OnAStackOf(std::size_t kib, std::function<void()> fn) {
  if (kib == 0) return fn();
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kib * 1024), 0);
  pthread_t thread{};
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void* call) -> void* {
                  (*static_cast<std::function<void()>*>(call))();
                  return nullptr;
                },
                &fn),
            0);
  pthread_attr_destroy(&attributes);
  pthread_join(thread, nullptr);
}

class StackLimitTest : public testing::TestWithParam<std::size_t> {
 protected:
  static void Expect(const std::function<void()>& nest) {
    OnAStackOf(GetParam(), [&] {
      for (int round = 0; round < 2; ++round) {
        EXPECT_THROW(nest(), StackLimitError);
      }
    });
  }
};

TEST_P(StackLimitTest, OfWaitsOnAManualExecutor) {
  Expect([] {
    bool is_over = false;  // what is left queued then nests no more
    ManualExecutor executor;
    const std::function<int()> down = [&]() -> int {
      // TSan knows stacks of up to 65,536 calls.
      std::array<volatile char, 4096> large{};
      large[0] = 1;
      if (is_over) return 0;
      try {
        return 1 + executor.Submit(down).Get();
      } catch (const StackLimitError&) {
        is_over = true;
        throw;
      }
    };
    down();
  });
}

INSTANTIATE_TEST_SUITE_P(Sizes, StackLimitTest,
                         testing::Values(0, 64, 128, 200, 256, 1024),
                         [](const testing::TestParamInfo<std::size_t>& size) {
                           return size.param == 0
                                      ? std::string("OfTheMainThread")
                                      : std::to_string(size.param) + "KiB";
                         });

}  // namespace
}  // namespace weft
