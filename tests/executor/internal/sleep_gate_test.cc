// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/workers/sleep_gate.h"

#include <atomic>
#include <set>
#include <thread>

#include "gtest/gtest.h"
#include "tests/support/stress_rounds.h"
#include "weft/base/sync/asymmetric_fence.h"
#include "weft/base/sync/parker.h"
#include "weft/base/sync/waiter.h"
#include "weft/executor/internal/engine/blocked_wait.h"
#include "weft/executor/internal/engine/wait_host.h"
#include "weft/executor/internal/task/completion.h"

namespace weft::executor_internal {
namespace {

using Kind = SleepGate::Claim::Kind;

TEST(SleepGateTest, WakesOneAtATimeParkedOnesFirst) {
  SleepGate gate(2);
  EXPECT_TRUE(gate.all_vacant());
  EXPECT_TRUE(gate.WantsWake());
  const SleepGate::Claim first = gate.ClaimIdle();
  EXPECT_EQ(first.kind, Kind::kVacant);
  EXPECT_EQ(first.worker, 0);
  // It searches: nobody else is woken.
  EXPECT_FALSE(gate.WantsWake());
  EXPECT_EQ(gate.ClaimIdle().kind, Kind::kNobody);
  // It finds something, and the other one is idle.
  EXPECT_TRUE(gate.EndSearch());
  gate.BeginSearch();
  base::Parker parker;
  base::Waiter waiter(parker);
  gate.Park(waiter);
  const SleepGate::Claim second = gate.ClaimIdle();
  EXPECT_EQ(second.kind, Kind::kParked);
  EXPECT_EQ(second.parker, &parker);
  EXPECT_FALSE(gate.CancelPark(waiter)) << "it was claimed";
}

TEST(SleepGateTest, WakesAnotherWhileFewerSearchThanRun) {
  SleepGate gate(5);
  EXPECT_EQ(gate.ClaimAnother().kind, Kind::kNobody) << "none runs";
  ASSERT_EQ(gate.ClaimIdle().kind, Kind::kVacant);
  EXPECT_EQ(gate.ClaimAnother().kind, Kind::kNobody) << "none runs";
  EXPECT_TRUE(gate.EndSearch());
  ASSERT_EQ(gate.ClaimIdle().kind, Kind::kVacant);
  EXPECT_EQ(gate.ClaimAnother().kind, Kind::kNobody) << "as many search";
  EXPECT_TRUE(gate.EndSearch());
  ASSERT_EQ(gate.ClaimIdle().kind, Kind::kVacant);
  EXPECT_EQ(gate.ClaimAnother().kind, Kind::kVacant);
  EXPECT_EQ(gate.ClaimAnother().kind, Kind::kNobody) << "as many search";
  EXPECT_FALSE(gate.EndSearch()) << "the other one still searches";
  EXPECT_EQ(gate.ClaimAnother().kind, Kind::kVacant);
  EXPECT_EQ(gate.ClaimAnother().kind, Kind::kNobody) << "none is idle";
}

// None of the waits may fail.
TEST(SleepGateTest, AClaimThatMayNotRefuseLeavesTheReserveAlone) {
  SleepGate gate(1, 0, 1);
  EXPECT_EQ(gate.ClaimIdle(SleepGate::MayRefuse::kNo).kind, Kind::kVacant);
  EXPECT_FALSE(gate.EndSearch()) << "no permit is free";
  BlockedWait wait(base::Parker::OfThisThread(),
                   {nullptr, nullptr, WaitFor::MayFail::kNo, false});
  gate.Block(wait);
  EXPECT_EQ(gate.ClaimIdle(SleepGate::MayRefuse::kNo).kind, Kind::kStuck);
  // relaxed: there is one thread.
  wait.looks().store(true, std::memory_order_relaxed);
  EXPECT_EQ(gate.ClaimIdle().kind, Kind::kNobody) << "it is about to look";
  // relaxed: as above.
  wait.looks().store(false, std::memory_order_relaxed);
  EXPECT_EQ(gate.ClaimIdle().kind, Kind::kVacant) << "the one in reserve";
  EXPECT_FALSE(gate.Unblock(wait));
}

TEST(SleepGateTest, TheLastThreadStaysWhileATaskIsAccepted) {
  SleepGate gate(2);
  Completion accepted(1);
  ASSERT_EQ(gate.ClaimFirst().kind, Kind::kVacant);
  EXPECT_EQ(gate.ClaimFirst().kind, Kind::kNobody) << "there is one";
  base::Waiter waiter(base::Parker::OfThisThread());
  gate.Park(waiter);
  EXPECT_FALSE(gate.Leave(waiter, 0, accepted));
  accepted.Finish();
  EXPECT_TRUE(gate.Leave(waiter, 0, accepted));
  EXPECT_TRUE(gate.all_vacant());
  EXPECT_EQ(gate.ClaimFirst().worker, 0);
}

TEST(SleepGateTest, AWorkerForWhichThereIsNoThreadIsVacantAgain) {
  SleepGate gate(1);
  const SleepGate::Claim claim = gate.ClaimFirst();
  ASSERT_EQ(claim.kind, Kind::kVacant);
  gate.GiveBack(claim.worker);
  EXPECT_TRUE(gate.all_vacant());
  EXPECT_TRUE(gate.WantsWake());
  EXPECT_EQ(gate.ClaimIdle().kind, Kind::kVacant);
}

// Guards [G1]: one item at a time, and the worker sleeps between items, so one
// lost wake-up hangs the test.
//   [T2] The worker's change of `items` <-> the other's look at it: it has seen
//        the item, and the next may come.
TEST(SleepGateTest, NoLostWakeup) {
  const int rounds = tests::StressRounds(20'000);
  SleepGate gate(1);
  ASSERT_EQ(gate.ClaimIdle().kind, Kind::kVacant);
  std::atomic<int> items{0};  // what is queued
  int data = 0;               // plain on purpose
  std::thread worker([&] {
    for (int done = 0; done < rounds;) {
      // [T1] The item is whole.
      while (items.load(std::memory_order_acquire) == done) {
        base::Waiter waiter(base::Parker::OfThisThread());
        gate.Park(waiter);
        base::HeavyFence();
        // [T1]
        if (items.load(std::memory_order_acquire) == done) {
          base::Parker::OfThisThread().Park();
        }
        static_cast<void>(gate.CancelPark(waiter));
      }
      ASSERT_EQ(data, ++done);
      static_cast<void>(gate.EndSearch());
      gate.BeginSearch();
      // [T2]
      items.fetch_add(1'000'000, std::memory_order_acq_rel);
      // [T2]
      while (items.load(std::memory_order_acquire) >= 1'000'000) {
        std::this_thread::yield();
      }
    }
  });
  for (int i = 1; i <= rounds; ++i) {
    data = i;
    // [T1]
    items.store(i, std::memory_order_release);
    base::LightFence();
    if (gate.WantsWake()) {
      const SleepGate::Claim claim = gate.ClaimIdle();
      if (claim.kind == Kind::kParked) claim.parker->Unpark();
    }
    // [T2]
    while (items.load(std::memory_order_acquire) < 1'000'000) {
      std::this_thread::yield();
    }
    // [T2]
    items.store(i, std::memory_order_release);
  }
  worker.join();
}

TEST(ParkerTest, WhatWasDoneBeforeUnparkIsSeen) {
  base::Parker parker;
  int data = 0;  // plain on purpose: guards [P1]
  std::thread other([&] {
    data = 5;
    parker.Unpark();
  });
  parker.Park();
  EXPECT_EQ(data, 5);
  other.join();
}

// Waits when its thread ends, after what was made later has been destroyed.
class WaitsAtTheEnd {
 public:
  void Arm(std::set<const base::Parker*>& used) { used_ = &used; }
  ~WaitsAtTheEnd() {
    if (used_ != nullptr) used_->insert(&base::Parker::OfThisThread());
  }

 private:
  std::set<const base::Parker*>* used_ = nullptr;
};

TEST(ParkerTest, IsGivenBackByThreadsThatWaitAtTheirEnd) {
  std::set<const base::Parker*> used;
  for (int i = 0; i < 40; ++i) {
    std::thread([&used] {
      static thread_local WaitsAtTheEnd late;
      late.Arm(used);
      used.insert(&base::Parker::OfThisThread());
    }).join();
  }
  EXPECT_LE(used.size(), 2u);
}

TEST(ParkerTest, APermitIsOneHoweverOftenItIsLeft) {
  base::Parker parker;
  parker.Unpark();
  parker.Unpark();
  EXPECT_TRUE(parker.ParkUntil(base::Parker::Clock::now()));
  EXPECT_FALSE(parker.ParkUntil(base::Parker::Clock::now()));
}

}  // namespace
}  // namespace weft::executor_internal
