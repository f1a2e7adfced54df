// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task/task_queue.h"

#include <memory>
#include <source_location>
#include <vector>

#include "gtest/gtest.h"
#include "weft/executor/internal/future/detached_task.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {
namespace {

TaskPtr NewTask() {
  const auto nothing = [] {};
  return TaskPtr(new DetachedTask<decltype(nothing)>(
      nothing, Provider::kTask, std::source_location::current()));
}

class TaskQueueTest : public testing::Test {
 protected:
  QueuedTask& Add() {
    tasks_.push_back(NewTask());
    queue_.Push(*tasks_.back());
    return *tasks_.back();
  }

  TaskQueue queue_;
  std::vector<TaskPtr> tasks_;
};

TEST_F(TaskQueueTest, TakesInTheOrderOfAdding) {
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.PopOldest(), nullptr);
  QueuedTask& first = Add();
  QueuedTask& second = Add();
  TaskPtr oldest = NewTask();
  queue_.PushOldest(*oldest);
  EXPECT_EQ(queue_.size(), 3u);

  EXPECT_EQ(queue_.PopOldest(), oldest.get());
  EXPECT_EQ(queue_.PopOldest(), &first);
  QueuedTask& third = Add();
  EXPECT_EQ(queue_.PopOldest(), &second);
  EXPECT_EQ(queue_.PopOldest(), &third);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.PopOldest(), nullptr);
}

TEST_F(TaskQueueTest, TakesTheOldestThatIsWanted) {
  QueuedTask& first = Add();
  QueuedTask& second = Add();
  QueuedTask& third = Add();
  const auto is = [](const QueuedTask& wanted) {
    return [&wanted](const QueuedTask& task) { return &task == &wanted; };
  };
  EXPECT_EQ(queue_.PopOldest(is(third)), &third);
  EXPECT_EQ(queue_.PopOldest(is(third)), nullptr);
  QueuedTask& fourth = Add();
  EXPECT_EQ(queue_.PopOldest(is(second)), &second);
  EXPECT_EQ(queue_.PopOldest(), &first);
  EXPECT_EQ(queue_.PopOldest(), &fourth);
  EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace weft::executor_internal
