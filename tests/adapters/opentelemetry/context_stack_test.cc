// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/opentelemetry/context_stack.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/internal/frame_memory.h"
#include "weft/context/label.h"
#include "weft/context/labels.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/sleep.h"
#include "weft/tests/support/allocations.h"

namespace weft {
namespace {

using std::chrono::microseconds;
using testing::ElementsAre;
using testing::IsEmpty;

// As OpenTelemetry's: a handle, which is equal to its copies.
struct FakeContext {
  friend bool operator==(const FakeContext&, const FakeContext&) = default;

  struct Values {
    int span = 0;  // 0: none
    std::string baggage = {};
  };
  std::shared_ptr<const Values> values = nullptr;
};

struct FakeTraits {
  static bool HasSpan(const FakeContext& context) {
    return context.values != nullptr && context.values->span != 0;
  }
  static void WriteSpan(const FakeContext& context, LabelText& text) {
    text.Append(context.values->span);
  }
  static bool HasBaggage(const FakeContext& context) {
    return context.values != nullptr && !context.values->baggage.empty();
  }
  static void WriteBaggage(const FakeContext& context, LabelText& text) {
    text.Append(context.values->baggage);
  }
};

using Stack = otel::ContextStack<FakeContext, FakeTraits>;

FakeContext Span(int number, std::string baggage = {}) {
  return {std::make_shared<FakeContext::Values>(
      FakeContext::Values{number, std::move(baggage)})};
}
int SpanHere(const Stack& stack) {
  const FakeContext context = stack.GetCurrent();
  return context.values == nullptr ? 0 : context.values->span;
}

// As OpenTelemetry's `Scope`: attaches, and detaches at its end.
class Scope {
 public:
  Scope(Stack& stack, int span) : Scope(stack, Span(span)) {}
  Scope(Stack& stack, FakeContext context)
      : stack_(stack), context_(std::move(context)) {
    stack_.Attach(context_);
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope() { Detach(); }

  bool Detach() {
    return stack_.Detach(
        [&](const FakeContext& context) { return context == context_; });
  }

 private:
  Stack& stack_;
  const FakeContext context_;
};

std::vector<std::string> Labels(Visibility place) {
  std::vector<std::string> labels;
  VisitLabels(place, [&](std::string_view name, std::string_view text) {
    labels.push_back(std::string(name) + "=" + std::string(text));
  });
  return labels;
}

TEST(ContextStackTest, TheLastOneAttachedIsCurrent) {
  Stack stack;
  EXPECT_EQ(stack.GetCurrent(), FakeContext());
  {
    const Scope outer(stack, 1);
    EXPECT_EQ(SpanHere(stack), 1);
    {
      const Scope inner(stack, 2);
      EXPECT_EQ(SpanHere(stack), 2);
    }
    EXPECT_EQ(SpanHere(stack), 1);
    const Scope none(stack, FakeContext());
    EXPECT_EQ(stack.GetCurrent(), FakeContext());
  }
  EXPECT_EQ(stack.GetCurrent(), FakeContext());
}

TEST(ContextStackTest, OneThatIsDetachedTooEarlyTakesAlongWhatIsAboveIt) {
  Stack stack;
  Scope first(stack, 1);
  Scope second(stack, 2);
  Scope third(stack, 3);
  EXPECT_TRUE(second.Detach());
  EXPECT_EQ(SpanHere(stack), 1);
  EXPECT_FALSE(third.Detach());
  EXPECT_FALSE(second.Detach());
  EXPECT_EQ(SpanHere(stack), 1);
  EXPECT_TRUE(first.Detach());
  EXPECT_EQ(SpanHere(stack), 0);
  EXPECT_EQ(stack.failures(), 0u);
}

TEST(ContextStackTest, OneThatIsAttachedTwiceIsDetachedTwice) {
  Stack stack;
  const FakeContext context = Span(1);
  Scope first(stack, context);
  Scope between(stack, 2);
  Scope second(stack, context);
  EXPECT_TRUE(second.Detach());
  EXPECT_EQ(SpanHere(stack), 2);
  EXPECT_TRUE(first.Detach());
  EXPECT_EQ(SpanHere(stack), 0);
}

TEST(ContextStackTest, StacksAreApart) {
  Stack a;
  Stack b;
  const Scope in_a(a, 1);
  const Scope in_b(b, 2);
  EXPECT_EQ(SpanHere(a), 1);
  EXPECT_EQ(SpanHere(b), 2);
}

TEST(ContextStackTest, LabelsShowWhatTheOptionsSay) {
  Stack stack({.span = Visibility::kTrace, .baggage = Visibility::kLog});
  const Scope outer(stack, 1);
  EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("span=1"));
  {
    const Scope with_baggage(stack, Span(2, "region=eu"));
    EXPECT_THAT(Labels(Visibility::kLog),
                ElementsAre("span=2", "baggage=region=eu"));
    EXPECT_THAT(Labels(Visibility::kTrace), ElementsAre("span=2"));
    EXPECT_THAT(Labels(Visibility::kProfiler), IsEmpty());
    {
      const Scope without(stack, 3);
      EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("span=3"));
      const Scope without_span(stack, Span(0, "a=b"));
      EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("baggage=a=b"));
    }
    EXPECT_THAT(Labels(Visibility::kLog),
                ElementsAre("span=2", "baggage=region=eu"));
  }
  EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("span=1"));
}

TEST(ContextStackTest, BaggageIsPrivateByDefault) {
  Stack stack;
  const Scope scope(stack, Span(1, "card=4111"));
  EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("span=1"));
}

// What is current stays so when there is no memory for the next.
TEST(ContextStackTest, WithoutMemoryNothingChanges) {
  Stack stack({.span = Visibility::kLog, .baggage = Visibility::kLog});
  const FakeContext first = Span(1, "a=1");
  const FakeContext second = Span(2, "b=2");
  std::uint64_t failures = 0;
  const Scope scope(stack, first);
  bool done = false;
  for (int n = 0; !done; ++n) {
    context_internal::EmptyFrameStocks();
    tests::FailAllocation(n);
    done = stack.Attach(second);
    tests::FailAllocation(-1);
    ASSERT_LT(n, 100);
    if (done) break;
    ++failures;
    EXPECT_EQ(stack.GetCurrent(), first);
    EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("span=1", "baggage=a=1"));
  }
  EXPECT_GT(failures, 0u);
  EXPECT_EQ(stack.GetCurrent(), second);
  const std::uint64_t before = failures;
  done = false;
  for (int n = 0; !done; ++n) {
    context_internal::EmptyFrameStocks();
    tests::FailAllocation(n);
    done = stack.Detach(
        [&](const FakeContext& context) { return context == second; });
    tests::FailAllocation(-1);
    ASSERT_LT(n, 100);
    if (done) break;
    ++failures;
    EXPECT_EQ(stack.GetCurrent(), second);
    EXPECT_THAT(Labels(Visibility::kLog), ElementsAre("span=2", "baggage=b=2"));
  }
  EXPECT_GT(failures, before);
  EXPECT_EQ(stack.GetCurrent(), first);
  EXPECT_EQ(stack.failures(), failures);
}

// Contexts that are never detached end with their flow, however many.
TEST(ContextStackTest, ManyThatNobodyDetachesEndOneByOne) {
  Stack stack;
  std::weak_ptr<const FakeContext::Values> first;
  {
    Executor executor({.concurrency = 1});
    executor
        .Submit([&] {
          for (int i = 1; i <= 100'000; ++i) {
            const FakeContext context = Span(i);
            if (i == 1) first = context.values;
            stack.Attach(context);
          }
          EXPECT_FALSE(first.expired());
        })
        .Get();
  }
  EXPECT_TRUE(first.expired());
}

TEST(ContextStackTest, AStackMayGoBeforeItsFlows) {
  std::weak_ptr<const FakeContext::Values> kept;
  std::thread([&] {
    {
      Stack stack;
      const FakeContext context = Span(1);
      kept = context.values;
      stack.Attach(context);
    }
    // The next in its place does not take it for its own.
    Stack next;
    EXPECT_EQ(SpanHere(next), 0);
    EXPECT_THAT(Labels(Visibility::kLog), IsEmpty());
  }).join();
  EXPECT_TRUE(kept.expired());
}

class ContextStackOnExecutorTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Workers, ContextStackOnExecutorTest,
                         testing::Values(1, 2, 8));

// 40 coroutines hold a scope across five waits each, on one pool.
TEST_P(ContextStackOnExecutorTest, CoroutinesReadTheirOwn) {
  Stack stack;
  Executor executor({.concurrency = GetParam()});
  std::atomic<int> reads{0};
  std::atomic<int> wrong{0};
  const auto read = [&](int expected) {
    // relaxed: numbers.
    reads.fetch_add(1, std::memory_order_relaxed);
    if (SpanHere(stack) != expected) {
      wrong.fetch_add(1, std::memory_order_relaxed);  // relaxed: as above
    }
  };
  const auto request = [&](int number) -> Task<> {
    const Scope scope(stack, number);
    for (int i = 0; i < 5; ++i) {
      co_await Sleep(executor, microseconds(200 * (number % 7)));
      read(number);
      const Scope inner(stack, number + 1000);
      co_await executor.Schedule();
      read(number + 1000);
    }
    // What it submits inherits it.
    Future<void> child = executor.Submit([&read, number] { read(number); });
    co_await std::move(child);
  };
  std::vector<Future<void>> requests;
  for (int i = 1; i <= 40; ++i) {
    requests.push_back(Spawn(executor, request(i)));
    // Unrelated tasks see nothing.
    requests.push_back(executor.Submit([&] { read(0); }));
  }
  for (Future<void>& one : requests) one.Get();
  // relaxed: all that count have ended.
  EXPECT_EQ(reads.load(std::memory_order_relaxed), 40 * (5 * 2 + 1 + 1));
  EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);  // relaxed: as above
}

// A token that ends up in another flow changes nothing there.
TEST_P(ContextStackOnExecutorTest, AnotherFlowCannotDetach) {
  Stack stack;
  Executor executor({.concurrency = GetParam()});
  auto theirs = std::make_unique<Scope>(stack, 1);
  Future<void> other;
  {
    // Has inherited the first one: to detach it there is its own affair.
    other = executor.Submit([&] {
      EXPECT_EQ(SpanHere(stack), 1);
      EXPECT_TRUE(theirs->Detach());
      EXPECT_EQ(SpanHere(stack), 0);
    });
    other.Get();
  }
  EXPECT_EQ(SpanHere(stack), 1);
  executor
      .Submit([&] {
        const Scope own(stack, 2);
        // A scope of a flow that this one has not inherited from.
        std::unique_ptr<Scope> foreign;
        std::thread([&] {
          foreign = std::make_unique<Scope>(stack, 3);
        }).join();
        EXPECT_EQ(SpanHere(stack), 2);
        EXPECT_FALSE(foreign->Detach());
        EXPECT_EQ(SpanHere(stack), 2);
      })
      .Get();
  theirs.reset();
  EXPECT_EQ(SpanHere(stack), 0);
}

// What a task leaves attached ends with it.
TEST_P(ContextStackOnExecutorTest, WhatIsLeftEndsWithItsTask) {
  Stack stack;
  Executor executor({.concurrency = GetParam()});
  for (int i = 0; i < 100; ++i) {
    executor.Submit([&, i] { stack.Attach(Span(i + 1)); }).Get();
    executor.Submit([&] { EXPECT_EQ(SpanHere(stack), 0); }).Get();
  }
}

}  // namespace
}  // namespace weft
