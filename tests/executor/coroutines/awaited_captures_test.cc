// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The ways to give a function with captures to an executor and to await it that
// every compiler gets right: what is captured is destroyed as often as it was
// made. The others are shown by tools/checks/check_awaited_captures.py.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/when_all.h"

namespace weft {
namespace {

// Counts its copies.
class Counted {
 public:
  explicit Counted(std::atomic<int>& alive) : alive_(&alive) { Add(1); }
  Counted(const Counted& other) : alive_(other.alive_), text_(other.text_) {
    Add(1);
  }
  Counted(Counted&& other) noexcept
      : alive_(other.alive_), text_(std::move(other.text_)) {
    Add(1);
  }
  ~Counted() { Add(-1); }

  int size() const { return static_cast<int>(text_.size()); }

 private:
  // relaxed: read when all has ended.
  void Add(int n) { alive_->fetch_add(n, std::memory_order_relaxed); }

  std::atomic<int>* alive_;
  std::string text_ = std::string(100, 'x');  // on the heap
};

class AwaitedCapturesTest : public testing::TestWithParam<int> {
 protected:
  ~AwaitedCapturesTest() override {
    executor_.reset();
    // relaxed: all has ended.
    EXPECT_EQ(alive_.load(std::memory_order_relaxed), 0);
  }

  Counted Make() { return Counted(alive_); }
  Executor& executor() { return *executor_; }
  int Run(Task<int> task) { return Spawn(executor(), std::move(task)).Get(); }

 private:
  std::atomic<int> alive_{0};
  std::unique_ptr<Executor> executor_ = MakeExecutor(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Workers, AwaitedCapturesTest,
                         testing::Values(1, 2, 8, kManual));

TEST_P(AwaitedCapturesTest, ByAStatementOfItsOwn) {
  const auto run = [&](Counted a) -> Task<int> {
    Future<int> future = executor().Submit([a] { return a.size(); });
    co_return co_await std::move(future);
  };
  EXPECT_EQ(Run(run(Make())), 100);
}

TEST_P(AwaitedCapturesTest, ByReference) {
  const auto run = [&](Counted a) -> Task<int> {
    co_return co_await executor().Submit([&a] { return a.size(); });
  };
  EXPECT_EQ(Run(run(Make())), 100);
}

TEST_P(AwaitedCapturesTest, ByAFunctionWithWhatIsBoundToIt) {
  const auto run = [&](Counted a, Counted b) -> Task<int> {
    const auto add = [](const Counted& x, const Counted& y) {
      return x.size() + y.size();
    };
    const int sum =
        co_await executor().Submit(std::bind_front(add, a, std::move(b)));
    co_return sum + co_await executor().Submit(std::bind_front(add, a, Make()));
  };
  EXPECT_EQ(Run(run(Make(), Make())), 400);
}

TEST_P(AwaitedCapturesTest, ByAnotherFunction) {
  const auto run = [&](Counted a) -> Task<int> {
    co_return co_await
        [&] { return executor().Submit([a] { return a.size(); }); }();
  };
  EXPECT_EQ(Run(run(Make())), 100);
}

TEST_P(AwaitedCapturesTest, ByANamedFunction) {
  const auto run = [&](Counted a, Counted b) -> Task<int> {
    const auto f = [a] { return a.size(); };
    auto g = [b = std::move(b)](int n) { return n + b.size(); };
    const int first = co_await executor().Submit(f).Then(g);
    const auto [second, third] = co_await WhenAll(
        executor().Submit(f), executor().Submit([&] { return g(1); }));
    co_return first + second + third + co_await executor().Submit(std::move(f));
  };
  EXPECT_EQ(Run(run(Make(), Make())), 200 + 100 + 101 + 100);
}

}  // namespace
}  // namespace weft
