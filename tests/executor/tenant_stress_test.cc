// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Random graphs of submission and waiting, over and over: every task checks
// that it runs as the tenant that submitted it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/task_group.h"

namespace weft {
namespace {

class TenantStressTest : public ThreadedExecutorTest {
 protected:
  static constexpr int kTenants = 200;
  static constexpr int kDepth = 5;

  // Runs as `tenant`; branches at random, by a generator of its own.
  void Work(int tenant, int depth, std::uint64_t seed) {
    Check(tenant);
    if (depth == 0) return;
    std::mt19937_64 random(seed);
    switch (random() % 5) {
      case 0:
        executor_->Post(
            [=, this, next = random()] { Work(tenant, depth - 1, next); });
        break;
      case 1:
        executor_
            ->Submit(
                [=, this, next = random()] { Work(tenant, depth - 1, next); })
            .Get();
        break;
      case 2: {
        TaskGroup group(*executor_);
        for (int i = 0; i < 4; ++i) {
          group.Run(
              [=, this, next = random()] { Work(tenant, depth - 1, next); });
        }
        group.Wait();
        break;
      }
      case 3: {
        const int other = static_cast<int>(random() % kTenants) + kTenants;
        tenant_.Run(other, [&] { Work(other, depth - 1, random()); });
        break;
      }
      case 4: {
        TaskGroup group(*executor_);
        group.Run([=, this] {
          Check(tenant);
          tenant_.EnterWith(-1);
          throw std::runtime_error("after a raw enter");
        });
        Work(tenant, depth - 1, random());
        EXPECT_THROW(group.Wait(), std::runtime_error);
        break;
      }
    }
    Check(tenant);
  }

  void Check(int tenant) {
    const int* current = tenant_.GetStore();
    // relaxed: counts, read after the executor has drained.
    checks_.fetch_add(1, std::memory_order_relaxed);
    if (current == nullptr || *current != tenant) {
      mixed_.fetch_add(1, std::memory_order_relaxed);
    }
  }

  const AsyncLocalStorage<int> tenant_;
  std::atomic<int> checks_{0};
  std::atomic<int> mixed_{0};
  std::unique_ptr<Executor> executor_ = Make();
};

TEST_P(TenantStressTest, NoTaskRunsAsAnotherTenant) {
  for (int round = 0; round < 10; ++round) {
    for (int tenant = 0; tenant < kTenants; ++tenant) {
      tenant_.Run(tenant, [&] {
        executor_->Post([=, this] {
          Work(tenant, kDepth,
               static_cast<std::uint64_t>(round * kTenants + tenant));
        });
      });
    }
    executor_->Drain();
  }

  // relaxed: the executor has drained.
  EXPECT_EQ(mixed_.load(std::memory_order_relaxed), 0);
  EXPECT_GT(checks_.load(std::memory_order_relaxed), 10 * kTenants * kDepth);
}

WEFT_THREADED_EXECUTORS(TenantStressTest);

}  // namespace
}  // namespace weft
