// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How workers go to sleep and are woken, the protocol of SleepGate [G1]: work
// never waits while a worker is idle and none is searching. The gate's lock is
// a spin lock here, threads and queues are counters, and each step of the
// protocol can be left out.

#include <gtest/gtest.h>

#include <cstdint>

#include "weft/tests/model/explorer.h"

namespace weft::model {
namespace {

namespace order {
// relaxed: ordered by the fences, [G1].
constexpr auto kRelaxed = std::memory_order_relaxed;
// [G2], and the lock's.
constexpr auto kAcquire = std::memory_order_acquire;
// The lock's, as [G2].
constexpr auto kRelease = std::memory_order_release;
// [G2]
constexpr auto kAcqRel = std::memory_order_acq_rel;
// [G1]
constexpr auto kSeqCst = std::memory_order_seq_cst;
}  // namespace order

struct Protocol {
  static constexpr bool kHeavyFence = true;
  static constexpr bool kSecondLook = true;
  static constexpr bool kAnnounceFirst = true;  // then look
  static constexpr bool kPassOn = true;         // what EndSearch() asks for
};

// Two workers, of which `kAsleep` sleep at first and the others search, and
// `kAdders` threads that add one job each. A worker runs what it finds for
// ever, so that others must take what is left, and ends when it sleeps and no
// thread is left to wake it.
template <typename Steps, int kAdders, int kAsleep>
class Gate {
 public:
  static constexpr int kWorkers = 2;
  static constexpr int kThreads = kAdders + kWorkers;

  void Run(int thread) {
    if (thread < kAdders) return Add();
    const int worker = thread - kAdders;
    if (worker < kAsleep && !SleepUntilWoken(worker)) return;
    while (Work(worker)) {
    }
  }

  void Check() {
    Require(queued_.load(order::kRelaxed) == 0 || !asleep_,
            "a job waits while workers sleep");
  }

 private:
  static constexpr std::uint32_t kOneIdle = 0x10000;

  void Add() {
    queued_.fetch_add(1, order::kRelaxed);
    LightFence();
    if (WantsWake()) WakeOne();
  }

  // Searches, and runs what it finds, or sleeps; false if it does so for ever.
  bool Work(int worker) {
    if (Take()) {
      const std::uint32_t before = state_.fetch_sub(1, order::kSeqCst);
      if ((before & 0xffff) == 1 && before >= kOneIdle && Steps::kPassOn) {
        WakeOne();
      }
      return false;
    }
    if (!Steps::kAnnounceFirst && HasWork()) return true;
    Lock();
    parked_[worker] = true;
    state_.fetch_add(kOneIdle - 1, order::kSeqCst);
    Unlock();
    if (Steps::kHeavyFence) HeavyFence();
    if (Steps::kAnnounceFirst && Steps::kSecondLook && HasWork()) {
      Lock();
      if (parked_[worker]) {
        parked_[worker] = false;
        state_.fetch_add(1 - kOneIdle, order::kAcqRel);
        Unlock();
        return true;
      }
      Unlock();  // claimed meanwhile: its permit comes
    }
    return SleepUntilWoken(worker);
  }

  bool SleepUntilWoken(int worker) {
    while (!permits_[worker].load(order::kAcquire)) {
      if (!Wait()) {
        asleep_ = true;
        return false;
      }
    }
    permits_[worker].store(false, order::kRelaxed);
    return true;
  }

  void WakeOne() {
    Lock();
    int woken = -1;
    if (WantsWake()) {
      for (int i = 0; i < kWorkers && woken < 0; ++i) {
        if (parked_[i]) woken = i;
      }
    }
    if (woken >= 0) {
      parked_[woken] = false;
      state_.fetch_add(1 - kOneIdle, order::kAcqRel);
    }
    Unlock();
    if (woken >= 0) permits_[woken].exchange(true, order::kRelease);
  }

  bool WantsWake() const {
    const std::uint32_t state = state_.load(order::kRelaxed);
    return state >= kOneIdle && (state & 0xffff) == 0;
  }

  bool HasWork() const { return queued_.load(order::kRelaxed) > 0; }
  bool Take() {
    if (!HasWork()) return false;
    if (queued_.fetch_sub(1, order::kAcqRel) > 0) return true;
    queued_.fetch_add(1, order::kRelaxed);  // another was quicker
    return false;
  }

  void Lock() {
    while (lock_.exchange(true, order::kAcquire)) Sync::Yield();
  }
  void Unlock() { lock_.store(false, order::kRelease); }

  bool asleep_ = false;  // some worker, for ever
  Sync::Atomic<int> queued_{0};
  Sync::Atomic<std::uint32_t> state_{kAsleep * kOneIdle + (kWorkers - kAsleep)};
  Sync::Atomic<bool> lock_{false};
  Sync::Atomic<bool> permits_[kWorkers] = {false, false};
  Sync::Plain<bool> parked_[kWorkers] = {kAsleep > 0, kAsleep > 1};
};

constexpr Plan kMany = Random(30'000);

template <typename Steps>
Result ExploreAll() {
  Result result;
  (result = Explore<Gate<Steps, 1, 0>>(kMany)) &&
      (result = Explore<Gate<Steps, 1, 1>>(kMany)) &&
      (result = Explore<Gate<Steps, 2, 1>>(kMany)) &&
      (result = Explore<Gate<Steps, 2, 2>>(kMany));
  return result;
}

TEST(SleepModelTest, NoJobWaitsWhileWorkersSleep) {
  const Result result = ExploreAll<Protocol>();
  EXPECT_TRUE(result) << result;
}

struct NoHeavyFence : Protocol {
  static constexpr bool kHeavyFence = false;
};
struct NoSecondLook : Protocol {
  static constexpr bool kSecondLook = false;
};
struct AnnounceAfterLook : Protocol {
  static constexpr bool kAnnounceFirst = false;
};
struct NobodyPassesOn : Protocol {
  static constexpr bool kPassOn = false;
};

TEST(SleepModelTest, EachStepIsNeeded) {
  EXPECT_FALSE(ExploreAll<NoHeavyFence>());
  EXPECT_FALSE(ExploreAll<NoSecondLook>());
  EXPECT_FALSE(ExploreAll<AnnounceAfterLook>());
  EXPECT_FALSE(ExploreAll<NobodyPassesOn>());
}

// A running worker moves jobs to a queue of its own while another one goes to
// sleep: on their way they are in no queue, so it must tell when they are back.
template <bool kNotify>
struct Transit {
  static constexpr int kThreads = 2;
  Sync::Atomic<int> shared{2};
  Sync::Atomic<int> own{0};
  Sync::Atomic<bool> idle{false};
  bool asleep = false;
  bool woken = false;

  void Run(int thread) {
    if (thread == 0) {
      shared.store(0, order::kRelaxed);
      own.store(1, order::kRelaxed);  // the other one runs
      LightFence();
      woken = kNotify && idle.load(order::kRelaxed);
    } else {
      idle.store(true, order::kRelaxed);
      HeavyFence();
      asleep =
          shared.load(order::kRelaxed) == 0 && own.load(order::kRelaxed) == 0;
    }
  }
  void Check() { Require(woken || !asleep, "a job waits while workers sleep"); }
};

TEST(SleepModelTest, WhoeverMovesJobsTells) {
  const Result result = Explore<Transit<true>>(Exhaustive(100));
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
  EXPECT_FALSE(Explore<Transit<false>>(Exhaustive(100)));
}

}  // namespace
}  // namespace weft::model
