// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Random graphs of submission, waiting and forking, some of whose tasks throw:
// every task checks that it runs as the tenant that submitted it and with its
// submitter as trigger, and that each task submitted runs once. How many tasks
// is a flag:
//
//   ./bazelw run -c opt //tests/stress:tenant_stress_test -- --tasks=200000000
//       --gtest_filter=*Workers2*   (one line)
//
// ThreadSanitizer keeps each stack on which it has met a mutex, and here nearly
// all differ: 16 KB a task. So under it, many runs of half a million, each with
// its --seed, and
//
//   TSAN_OPTIONS=detect_deadlocks=0   (else 50 KB)

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <tuple>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "gtest/gtest.h"
#include "weft/base/describe_exception.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/stress_rounds.h"

ABSL_FLAG(std::int64_t, tasks, weft::tests::kSanitized ? 6'000 : 20'000,
          "how many tasks each case runs");
ABSL_FLAG(std::uint64_t, seed, 1, "what the graphs are made of");

namespace weft {
namespace {

using tests::Count;

// G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number
// Generators", OOPSLA 2014.
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t Next() noexcept {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  SplitMix Split() noexcept { return SplitMix(Next()); }
  std::uint64_t Below(std::uint64_t n) noexcept { return Next() % n; }

 private:
  std::uint64_t state_;
};

struct Thrown {};

// Workers, and how many of a thousand tasks throw.
class TenantStressTest
    : public testing::TestWithParam<std::tuple<int, unsigned>> {
 protected:
  static constexpr int kTenants = 64;
  static constexpr int kDepth = 6;

  TenantStressTest() {
    ExecutorOptions options;
    options.concurrency = std::get<0>(GetParam());
    options.on_unhandled_exception = [this](std::exception_ptr exception) {
      EXPECT_TRUE(IsThrown(exception)) << base::DescribeException(exception);
      unhandled_.Add();
    };
    executor_ = std::make_unique<Executor>(options);
  }

  bool IsThrown(const std::exception_ptr& exception) const {
    try {
      std::rethrow_exception(exception);
    } catch (const Thrown&) {
      return true;
    } catch (const UnseenFailureError&) {
      return limited_.get() > 0;
    } catch (...) {
      return false;
    }
  }

  // Who a task must be, besides itself.
  struct Expected {
    int tenant;
    AsyncId trigger;
  };
  static Expected Child(int tenant) { return {tenant, ExecutionAsyncId()}; }

  // The body of a task: one of the `submitted_`.
  void Work(Expected self, int depth, SplitMix random) {
    begun_.Add();
    Check(self.tenant);
    if (TriggerAsyncId() != self.trigger) mixed_.Add();
    if (depth > 0) Branch(self.tenant, depth - 1, random);
    Check(self.tenant);
    if (random.Below(1000) < std::get<1>(GetParam())) throw Thrown();
  }

  void Branch(int tenant, int depth, SplitMix& random) {
    const auto child = [this, depth, self = Child(tenant),
                        next = random.Split()] { Work(self, depth, next); };
    // Returns false if so many wait that one more may not.
    const auto ended = [this](const auto& wait) {
      try {
        wait();
      } catch (const Thrown&) {
        caught_.Add();
      } catch (const WaitLimitError&) {
        return false;
      }
      return true;
    };
    switch (random.Below(10)) {
      case 0:
        submitted_.Add();
        executor_->Post(child);
        break;
      case 1:
        submitted_.Add();
        executor_->Defer(child);
        break;
      case 2:
        submitted_.Add();
        ended([&] { executor_->Submit(child).Get(); });
        break;
      case 3:
        submitted_.Add();
        ended([&] {
          executor_->Submit(child)
              .Then([this, tenant] { Check(tenant); })
              .Get();
        });
        break;
      case 4:
      case 5: {
        TaskGroup group(*executor_);
        for (int i = 0; i < 4; ++i) {
          submitted_.Add();
          group.Run(child);
        }
        const bool cancels = random.Below(4) == 0;
        if (cancels) group.Cancel();
        if (!ended([&] { group.Wait(); })) {
          // Its end waits; who does not ask is not told what has failed.
          limited_.Add();
          if (cancels) unknown_.Add(4);
          break;
        }
        if (!cancels && group.cancelled() != 0) mixed_.Add();
        cancelled_.Add(static_cast<std::int64_t>(group.cancelled()));
        break;
      }
      case 6:
      case 7:
        submitted_.Add(2);
        ended([&] { Join([this, tenant] { Check(tenant); }, child, child); });
        break;
      case 8:
        ended([&] {
          ParallelFor(0, 16, [this, tenant](int i) {
            Check(tenant);
            if (i == 15) EnterOther();  // ends with the part
          });
        });
        break;
      case 9: {
        const int other = kTenants + static_cast<int>(random.Below(kTenants));
        tenant_.Run(other, [&] {
          shared_.Run(Shared(other), [&] { Branch(other, depth, random); });
        });
        break;
      }
    }
    if (random.Below(8) == 0) {
      // What a task enters ends with it.
      submitted_.Add();
      ended([&] {
        executor_
            ->Submit([this, self = Child(tenant)] {
              begun_.Add();
              Check(self.tenant);
              EnterOther();
              throw Thrown();
            })
            .Get();
      });
    }
  }

  void EnterOther() {
    tenant_.EnterWith(-1);
    shared_.EnterWith(nullptr);
  }

  void Check(int tenant) {
    checks_.Add();
    const int* const small = tenant_.GetStore();
    const auto* const shared = shared_.GetStore();
    if (small == nullptr || *small != tenant || shared == nullptr ||
        *shared == nullptr || **shared != tenant) {
      mixed_.Add();
    }
  }

  const std::shared_ptr<const int>& Shared(int tenant) const {
    return values_[static_cast<std::size_t>(tenant)];
  }

  void RunRoots(SplitMix& random) {
    for (int tenant = 0; tenant < kTenants; ++tenant) {
      tenant_.Run(tenant, [&] {
        shared_.Run(Shared(tenant), [&] {
          submitted_.Add();
          executor_->Post([this, self = Child(tenant), next = random.Split()] {
            Work(self, kDepth, next);
          });
        });
      });
    }
    executor_->Drain();
  }

  std::array<std::shared_ptr<const int>, 2 * kTenants> values_ = [] {
    std::array<std::shared_ptr<const int>, 2 * kTenants> values;
    int tenant = 0;
    for (auto& value : values) value = std::make_shared<const int>(tenant++);
    return values;
  }();
  const AsyncLocalStorage<int> tenant_;  // stands on the stack
  const AsyncLocalStorage<std::shared_ptr<const int>> shared_;  // on the heap
  Count submitted_;
  Count begun_;
  Count cancelled_;
  Count limited_;
  Count unknown_;  // whether so many were cancelled
  Count checks_;
  Count mixed_;
  Count caught_;
  Count unhandled_;
  std::unique_ptr<Executor> executor_;
};

TEST_P(TenantStressTest, EveryTaskRunsOnceAsItsOwnTenant) {
  const std::int64_t tasks = absl::GetFlag(FLAGS_tasks);
  SplitMix random(absl::GetFlag(FLAGS_seed));
  while (begun_.get() < tasks) RunRoots(random);

  EXPECT_EQ(mixed_.get(), 0);
  EXPECT_LE(begun_.get() + cancelled_.get(), submitted_.get());
  EXPECT_GE(begun_.get() + cancelled_.get() + unknown_.get(), submitted_.get());
  EXPECT_GT(checks_.get(), tasks);
  EXPECT_GT(cancelled_.get(), 0);
  EXPECT_GT(caught_.get(), 0);
  if (std::get<1>(GetParam()) == 1000) {
    EXPECT_GT(unhandled_.get(), 0);
  }
  // All that a task captured has been released.
  executor_.reset();
  for (const auto& value : values_) EXPECT_EQ(value.use_count(), 1);
  RecordProperty("tasks", std::to_string(begun_.get()));
}

INSTANTIATE_TEST_SUITE_P(Graphs, TenantStressTest,
                         testing::Combine(testing::Values(1, 2, 8, 64),
                                          testing::Values(1u, 10u, 1000u)),
                         [](const auto& test_info) {
                           return "Workers" +
                                  std::to_string(std::get<0>(test_info.param)) +
                                  "Throwing" +
                                  std::to_string(std::get<1>(test_info.param));
                         });

}  // namespace
}  // namespace weft

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
