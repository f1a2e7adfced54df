// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task_queue.h"

#include <memory>
#include <source_location>
#include <vector>

#include "gtest/gtest.h"
#include "weft/executor/internal/detached_task.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {
namespace {

TaskPtr NewTask() {
  const auto nothing = [] {};
  return TaskPtr(new DetachedTask<decltype(nothing)>(
      nothing, Provider::kTask, std::source_location::current()));
}

TEST(TaskQueueTest, TakesFromBothEnds) {
  std::vector<TaskPtr> tasks;
  TaskQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.PopOldest(), nullptr);
  EXPECT_EQ(queue.PopNewest(), nullptr);
  for (int i = 0; i < 5; ++i) {
    tasks.push_back(NewTask());
    queue.Push(*tasks.back());
  }
  EXPECT_EQ(queue.size(), 5u);

  EXPECT_EQ(queue.PopOldest(), tasks[0].get());
  EXPECT_EQ(queue.PopNewest(), tasks[4].get());
  EXPECT_EQ(queue.PopNewest(), tasks[3].get());
  EXPECT_EQ(queue.PopOldest(), tasks[1].get());
  EXPECT_EQ(queue.PopOldest(), tasks[2].get());
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.PopNewest(), nullptr);
  queue.Push(*tasks[0]);
  EXPECT_EQ(queue.PopNewest(), tasks[0].get());
}

}  // namespace
}  // namespace weft::executor_internal
