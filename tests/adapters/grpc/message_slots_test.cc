// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Streams of messages without gRPC, which is not compiled for ThreadSanitizer:
// a thread of the test's does each operation.

#include "weft/adapters/grpc/internal/message_slots.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "weft/context/suppress_flow_scope.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/patterns/with_timeout.h"
#include "weft/executor/promise.h"

namespace weft::grpc_internal {
namespace {

constexpr int kMessages = 500;

ExecutorOptions Workers(int workers) {
  ExecutorOptions options;
  options.concurrency = workers;
  return options;
}

// Counts up to kMessages.
class Counter final : public Reads<int> {
 public:
  Counter(Executor& executor, BlockingExecutor& wire)
      : Reads<int>(executor), wire_(wire) {}

 private:
  void StartReading(int* message) override {
    const SuppressFlowScope not_late;  // the reader's or writer's flow may be
    wire_.Post([this, message] {
      if (last_ == kMessages) return EndRead(false);
      *message = ++last_;
      EndRead(true);
    });
  }

  BlockingExecutor& wire_;
  int last_ = 0;  // of the one operation under way
};

// Keeps what is written.
class Keeper final : public Writes<int> {
 public:
  Keeper(Executor& executor, BlockingExecutor& wire)
      : Writes<int>(executor), wire_(wire) {}

  // To be read when nothing is being written.
  std::vector<int> kept;

 private:
  void StartWriting(const int* message) override {
    const SuppressFlowScope not_late;  // the reader's or writer's flow may be
    wire_.Post([this, message] {
      kept.push_back(*message);
      EndWrite(*message < kMessages);
    });
  }

  BlockingExecutor& wire_;
};

class MessageSlotsTest : public ::testing::TestWithParam<int> {
 protected:
  Executor executor{Workers(GetParam())};
  BlockingExecutor wire;
};

INSTANTIATE_TEST_SUITE_P(Workers, MessageSlotsTest, ::testing::Values(1, 2, 8));

TEST_P(MessageSlotsTest, ReadersThatGiveUpLoseNothing) {
  Counter counter(executor, wire);
  const auto read_all = [&]() -> Task<int> {
    int given_up = 0;
    int expected = 1;
    for (bool is_patient = false;;) {
      std::optional<int> message;
      const std::chrono::seconds time(is_patient ? 100 : 0);
      try {
        message =
            co_await WithTimeout(time, [&] { return counter.Read(nullptr); });
      } catch (const DeadlineExceededError&) {
        ++given_up;
        is_patient = true;
        continue;
      }
      if (!message) break;
      EXPECT_EQ(*message, expected);
      ++expected;
      is_patient = false;
    }
    EXPECT_EQ(expected, kMessages + 1);
    EXPECT_FALSE((co_await counter.Read(nullptr)).has_value());
    co_return given_up;
  };
  EXPECT_GT(Spawn(executor, read_all()).Get(), 0);
}

TEST_P(MessageSlotsTest, WritersThatGiveUpKeepTheirOrder) {
  Keeper keeper(executor, wire);
  const auto write_all = [&]() -> Task<> {
    for (int number = 1; number < kMessages; ++number) {
      try {
        const std::chrono::seconds time(number % 2 == 0 ? 100 : 0);
        co_await WithTimeout(time,
                             [&] { return keeper.Write(number, nullptr); });
      } catch (const DeadlineExceededError&) {
      }
    }
    // The stream breaks with this one.
    EXPECT_FALSE(co_await keeper.Write(kMessages, nullptr));
    EXPECT_FALSE(co_await keeper.Write(kMessages + 1, nullptr));
  };
  Spawn(executor, write_all()).Get();
  // A writer may have given up before its message was under way.
  ASSERT_FALSE(keeper.kept.empty());
  int last = 0;
  for (const int number : keeper.kept) {
    EXPECT_GT(number, last);
    last = number;
  }
}

TEST_P(MessageSlotsTest, ClosingWaitsForWhatIsBeingWritten) {
  for (int round = 0; round < 50; ++round) {
    Keeper keeper(executor, wire);
    Future<bool> written = Spawn(executor, keeper.Write(round, nullptr));
    Promise<std::size_t> closed(executor);
    Future<std::size_t> kept = closed.GetFuture();
    const auto close = [&] { closed.SetValue(keeper.kept.size()); };
    if (round % 2 == 0) written.Wait();
    keeper.Close(close);
    keeper.Close([] { ADD_FAILURE() << "closed twice"; });
    const std::size_t size = std::move(kept).Get();
    // The writer may have come too late.
    try {
      EXPECT_TRUE(std::move(written).Get());
      EXPECT_EQ(size, 1u);
    } catch (const std::logic_error&) {
      EXPECT_EQ(size, 0u);
      EXPECT_EQ(round % 2, 1);
    }
    EXPECT_THROW(Spawn(executor, keeper.Write(1, nullptr)).Get(),
                 std::logic_error);
  }
}

}  // namespace
}  // namespace weft::grpc_internal
