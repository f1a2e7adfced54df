// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/sync/asymmetric_fence.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::context_internal {
namespace {

using tests::RunOnThreads;
using tests::StressRounds;

// Two threads that meet before each round.
class Rounds {
 public:
  void Meet(int round) {
    // relaxed: only brings the two close together; must order nothing else.
    arrived_.fetch_add(1, std::memory_order_relaxed);
    // relaxed: as above.
    for (int spins = 0;
         arrived_.load(std::memory_order_relaxed) < 2 * round + 2; ++spins) {
      if (spins > 1000) std::this_thread::yield();
    }
  }

  // So that now the one is ahead, now the other.
  void Delay(int steps) {
    // relaxed: passes time.
    for (int i = 0; i < steps; ++i) delay_.load(std::memory_order_relaxed);
  }

 private:
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<int> delay_{0};
};

struct alignas(64) Cell {
  std::atomic<int> round{-1};
};

// Returns how often each of two threads stored and then did not see the
// other's store.
int RoundsInWhichBothMiss(int rounds) {
  // Not on the stack, which GCC's AddressSanitizer aligns less than it should.
  const auto together = std::make_unique<Rounds>();
  const auto cells = std::make_unique<Cell[]>(2);
  Cell& x = cells[0];
  Cell& y = cells[1];
  std::vector<int> seen_by_first(static_cast<std::size_t>(rounds));
  std::vector<int> seen_by_second(static_cast<std::size_t>(rounds));
  RunOnThreads(2, [&](int index) {
    for (int i = 0; i < rounds; ++i) {
      const auto at = static_cast<std::size_t>(i);
      together->Meet(i);
      if (index == 0) {
        together->Delay(i % 97);
        // relaxed: the fences are what is tested.
        x.round.store(i, std::memory_order_relaxed);
        base::LightFence();
        // relaxed: as above.
        seen_by_first[at] = y.round.load(std::memory_order_relaxed);
      } else {
        together->Delay(i % 89);
        // relaxed: as above.
        y.round.store(i, std::memory_order_relaxed);
        base::HeavyFence();
        // relaxed: as above.
        seen_by_second[at] = x.round.load(std::memory_order_relaxed);
      }
    }
  });
  int misses = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto at = static_cast<std::size_t>(i);
    misses += seen_by_first[at] < i && seen_by_second[at] < i ? 1 : 0;
  }
  return misses;
}

// Guards [F1], also while membarrier is being registered.
TEST(AsymmetricFenceTest, OneOfTheTwoSeesTheOther) {
  EXPECT_EQ(RoundsInWhichBothMiss(StressRounds(50'000)), 0);
}

TEST(AsymmetricFenceTest, TwoHeavyOnesSeeEachOther) {
  const int rounds = StressRounds(20'000);
  const auto together = std::make_unique<Rounds>();
  std::array<Cell, 2> cells;
  std::array<std::vector<int>, 2> seen;
  RunOnThreads(2, [&](int thread) {
    const auto index = static_cast<std::size_t>(thread);
    for (int i = 0; i < rounds; ++i) {
      together->Meet(i);
      // relaxed: the fences are what is tested.
      cells[index].round.store(i, std::memory_order_relaxed);
      base::HeavyFence();
      // relaxed: as above.
      seen[index].push_back(
          cells[1 - index].round.load(std::memory_order_relaxed));
    }
  });
  for (int i = 0; i < rounds; ++i) {
    const auto at = static_cast<std::size_t>(i);
    EXPECT_TRUE(seen[0][at] >= i || seen[1][at] >= i) << i;
  }
}

// From here on membarrier fails in this process as if the kernel had none.
bool RefuseMembarrier() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{std::size(code), code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

using AsymmetricFenceDeathTest = testing::Test;

// In a process of its own, which has made no fence yet.
TEST(AsymmetricFenceDeathTest, HoldsWhereTheKernelRefuses) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        if (!RefuseMembarrier()) std::exit(0);
        const int misses = RoundsInWhichBothMiss(StressRounds(100'000));
        // relaxed: one thread only.
        const bool is_free =
            base::light_fence_is_free.load(std::memory_order_relaxed);
        std::exit(misses == 0 && !is_free ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(AsymmetricFenceDeathTest, AbortsWhereItIsRefusedLater) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  base::HeavyFence();
  // relaxed: one thread only.
  if (!base::light_fence_is_free.load(std::memory_order_relaxed)) {
    GTEST_SKIP() << "never granted here";
  }
  EXPECT_DEATH(
      {
        base::HeavyFence();
        if (RefuseMembarrier()) base::HeavyFence();
        std::abort();
      },
      "membarrier is refused after it was granted");
}

}  // namespace
}  // namespace weft::context_internal
