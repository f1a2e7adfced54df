// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/future/continuations.h"

#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/stress_rounds.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {
namespace {

using Place = Continuations::Place;
using testing::ElementsAre;
using testing::IsEmpty;

// Is only listed.
class ListedTask final : public QueuedTask {
 public:
  ListedTask()
      : QueuedTask(Form::kTask, Provider::kTask, TaskOrigin::Hold::kNone,
                   std::source_location::current()) {}
  ~ListedTask() = default;

  void Run(Engine&) noexcept override {}
  void Discard(std::exception_ptr) noexcept override {}
  void Abandon(Known) noexcept override {}
  void Dispose() noexcept override {}
};

std::vector<QueuedTask*> All(TaskQueue queue) {
  std::vector<QueuedTask*> tasks;
  while (QueuedTask* const task = queue.PopOldest()) tasks.push_back(task);
  return tasks;
}

TEST(ContinuationsTest, ClosingReturnsThemInTheirOrder) {
  Continuations list;
  ListedTask a, b;
  Place in_a(list), in_b(list);
  EXPECT_TRUE(in_a.Add(a));
  EXPECT_TRUE(in_b.Add(b));
  EXPECT_THAT(All(list.Close()), ElementsAre(&a, &b));
}

TEST(ContinuationsTest, AfterClosingNoneIsAdded) {
  for (const bool was_empty : {true, false}) {
    Continuations list;
    ListedTask a, b;
    Place in_a(list), in_b(list);
    EXPECT_EQ(!was_empty && in_a.Add(a), !was_empty);
    list.Close();
    EXPECT_FALSE(in_b.Add(b));
    EXPECT_FALSE(in_a.TakeBack());
    EXPECT_FALSE(in_b.TakeBack());
  }
}

TEST(ContinuationsTest, OneThatIsTakenBackIsNotReturned) {
  for (int taken = 0; taken < 3; ++taken) {
    Continuations list;
    ListedTask tasks[3];
    std::optional<Place> places[3];
    std::vector<QueuedTask*> left;
    for (int i = 0; i < 3; ++i) {
      places[i].emplace(list);
      EXPECT_TRUE(places[i]->Add(tasks[i]));
      if (i != taken) left.push_back(&tasks[i]);
    }
    EXPECT_TRUE(places[taken]->TakeBack());
    EXPECT_FALSE(places[taken]->TakeBack());
    EXPECT_THAT(All(list.Close()), testing::ElementsAreArray(left));
  }
}

TEST(ContinuationsTest, WhenAllAreTakenBackOthersCanBeAdded) {
  Continuations list;
  ListedTask a, b, c;
  Place in_a(list), in_b(list), in_c(list);
  EXPECT_TRUE(in_a.Add(a));
  EXPECT_TRUE(in_b.Add(b));
  EXPECT_TRUE(in_a.TakeBack());
  EXPECT_TRUE(in_b.TakeBack());
  EXPECT_TRUE(in_c.Add(c));
  EXPECT_THAT(All(list.Close()), ElementsAre(&c));
}

TEST(ContinuationsTest, TakenBackInAdvanceItIsNotAdded) {
  Continuations list;
  ListedTask a;
  Place in_a(list);
  EXPECT_FALSE(in_a.TakeBack());
  EXPECT_FALSE(in_a.Add(a));
  EXPECT_THAT(All(list.Close()), IsEmpty());
}

TEST(ContinuationsTest, TakingBackRacesWithClosing) {
  for (int round = 0; round < tests::StressRounds(2000); ++round) {
    auto list = std::make_unique<Continuations>();
    ListedTask a, b;
    Place in_a(*list), in_b(*list);
    in_a.Add(a);
    in_b.Add(b);
    bool has_a = false;
    bool has_b = false;
    std::thread first([&] { has_a = in_a.TakeBack(); });
    std::thread second([&] { has_b = in_b.TakeBack(); });
    const std::vector<QueuedTask*> closed = All(list->Close());
    list.reset();  // nobody may look at it any more
    first.join();
    second.join();
    EXPECT_EQ(closed.size() + has_a + has_b, 2u);
  }
}

}  // namespace
}  // namespace weft::executor_internal
