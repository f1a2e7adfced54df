// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/scale/prices/measure.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <random>
#include <stdexcept>
#include <thread>

#include "weft/base/sync/pause.h"

namespace weft::scale {
namespace {

using Clock = std::chrono::steady_clock;

double Now() {
  return std::chrono::duration<double, std::nano>(
             Clock::now().time_since_epoch())
      .count();
}

// What is measured is disturbed by what else runs, and never sped up.
double Least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}
// For what differs from time to time by itself.
double Quartile(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 4];
}

// Nanoseconds of one of `count` calls of `function`, in the best of some
// rounds.
template <typename Function>
double Time(int count, const Function& function) {
  std::vector<double> rounds;
  for (int round = 0; round < 15; ++round) {
    const double begin = Now();
    for (int i = 0; i < count; ++i) function();
    rounds.push_back((Now() - begin) / count);
  }
  return Least(rounds);
}

// The processors that this process may use; two of them.
std::pair<int, int> TwoProcessors() {
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> processors;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) processors.push_back(i);
  }
  if (processors.size() < 2) {
    throw std::runtime_error("prices are measured on two processors");
  }
  return {processors[0], processors[1]};
}

// Keeps the calling thread on one processor.
class Pinned {
 public:
  explicit Pinned(int processor) {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

// Edges:
//   [BS2] A store of a line or a futex's word <-> the load that waits for it:
//         what is measured is how long that takes; nothing else is handed over.
//         Breaks if weakened: nothing.
struct alignas(128) Word {
  std::atomic<std::int64_t> value{0};
};

// Two threads hand a line to and fro: one way takes two fetches, that of the
// reader and, to change it, that of the writer.
double MeasureLine(int one, int other) {
  constexpr int kTrips = 20'000;
  std::vector<double> rounds;
  for (int round = 0; round < 15; ++round) {
    Word word;
    std::thread echo([&] {
      const Pinned pinned(other);
      for (std::int64_t i = 0; i < kTrips; ++i) {
        // [BS2]
        while (word.value.load(std::memory_order_acquire) != 2 * i + 1)
          continue;
        word.value.store(2 * i + 2, std::memory_order_release);
      }
    });
    const Pinned pinned(one);
    double begin = 0;
    for (std::int64_t i = 0; i < kTrips; ++i) {
      if (i == kTrips / 10) begin = Now();
      // [BS2]
      word.value.store(2 * i + 1, std::memory_order_release);
      // [BS2]
      while (word.value.load(std::memory_order_acquire) != 2 * i + 2) continue;
    }
    rounds.push_back((Now() - begin) / (kTrips * 0.9 * 4));
    echo.join();
  }
  return Least(rounds);
}

// A walk over lines in an order that cannot be guessed.
double MeasureMemory() {
  struct alignas(64) Line {
    std::size_t next;
  };
  constexpr std::size_t kLines = std::size_t{1} << 21;  // 128 MB
  std::vector<Line> lines(kLines);
  std::vector<std::size_t> order(kLines);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  for (std::size_t i = 0; i < kLines; ++i) {
    lines[order[i]].next = order[(i + 1) % kLines];
  }
  std::size_t at = 0;
  const double time = Time(100'000, [&] { at = lines[at].next; });
  std::atomic<std::size_t> sink;
  // relaxed: keeps the walk from being left out.
  sink.store(at, std::memory_order_relaxed);
  return time;
}

int* FutexOf(std::atomic<int>& word) { return reinterpret_cast<int*>(&word); }

struct WakeTimes {
  double call;
  double latency;
};
WakeTimes MeasureWake(int one, int other) {
  constexpr int kRounds = 200;
  std::vector<double> calls;
  std::vector<double> latencies;
  std::atomic<int> word{0};
  std::atomic<double> woke{0};
  std::thread sleeper([&] {
    const Pinned pinned(other);
    for (int i = 0; i < kRounds; ++i) {
      // [BS2]
      while (word.load(std::memory_order_acquire) <= i) {
        syscall(SYS_futex, FutexOf(word), FUTEX_WAIT_PRIVATE, i, nullptr,
                nullptr, 0);
      }
      // [BS2]
      woke.store(Now(), std::memory_order_release);
    }
  });
  const Pinned pinned(one);
  for (int i = 0; i < kRounds; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    // [BS2]
    woke.store(0, std::memory_order_release);
    word.store(i + 1, std::memory_order_release);
    const double begin = Now();
    syscall(SYS_futex, FutexOf(word), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr,
            0);
    const double called = Now();
    double end = 0;
    // [BS2]
    while ((end = woke.load(std::memory_order_acquire)) == 0) base::Pause();
    calls.push_back(called - begin);
    latencies.push_back(std::max(end - called, 0.0));
  }
  sleeper.join();
  return {Quartile(calls), Quartile(latencies)};
}

void Membarrier() {
  syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

struct FenceTimes {
  double alone;
  double with_another;
  double interrupt;
};
FenceTimes MeasureHeavyFence(int one, int other) {
  syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
  const Pinned pinned(one);
  FenceTimes times{};
  times.alone = Time(200, &Membarrier);
  std::atomic<bool> ends{false};
  Word steps;
  std::thread busy([&] {
    const Pinned pinned_busy(other);
    // relaxed: only this thread counts, and nothing else is handed over.
    for (std::int64_t i = 0; !ends.load(std::memory_order_relaxed); ++i) {
      steps.value.store(i, std::memory_order_relaxed);
    }
  });
  // How many steps the other one makes in a nanosecond. relaxed: a count.
  const auto pace = [&](const auto& function) {
    const std::int64_t before = steps.value.load(std::memory_order_relaxed);
    const double begin = Now();
    function();
    const double time = Now() - begin;
    const std::int64_t after = steps.value.load(std::memory_order_relaxed);
    return static_cast<double>(after - before) / time;
  };
  const auto rest = [] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  };
  pace(rest);
  const double undisturbed = pace(rest);
  const double disturbed =
      pace([&] { times.with_another = Time(1000, &Membarrier); });
  times.interrupt =
      std::max(0.0, (1 - disturbed / undisturbed) * times.with_another);
  // relaxed: see above.
  ends.store(true, std::memory_order_relaxed);
  busy.join();
  return times;
}

}  // namespace

std::vector<std::pair<std::string, double>> MeasurePrices() {
  const auto [one, other] = TwoProcessors();
  std::vector<std::pair<std::string, double>> prices;
  prices.emplace_back("line_same_node", MeasureLine(one, other));
  prices.emplace_back("memory_same_node", MeasureMemory());
  Word word;
  // relaxed: the price of a locked instruction is the same for each order.
  prices.emplace_back("fence", Time(100'000, [&] {
                        word.value.fetch_add(1, std::memory_order_relaxed);
                      }));
  prices.emplace_back("pause", Time(100'000, [] { base::Pause(); }));
  prices.emplace_back("clock", Time(100'000, [] { Now(); }));
  std::atomic<void*> block{nullptr};
  prices.emplace_back("allocation",
                      Time(100'000, [&] {
                        // relaxed: keeps it from being left out.
                        block.store(std::malloc(64), std::memory_order_relaxed);
                        std::free(block.load(std::memory_order_relaxed));
                      }) / 2);
  prices.emplace_back("yield", Time(1000, [] { sched_yield(); }));
  std::atomic<int> number{0};
  prices.emplace_back("sleep_call", Time(1000, [&] {
                        syscall(SYS_futex, FutexOf(number), FUTEX_WAIT_PRIVATE,
                                1, nullptr, nullptr, 0);
                      }));
  const WakeTimes wake = MeasureWake(one, other);
  prices.emplace_back("wake_call", wake.call);
  prices.emplace_back("wake_latency", wake.latency);
  const FenceTimes fence = MeasureHeavyFence(one, other);
  prices.emplace_back("heavy_fence", fence.alone);
  prices.emplace_back("heavy_fence_each", fence.with_another - fence.alone);
  prices.emplace_back("interrupt", fence.interrupt);
  prices.emplace_back("new_thread",
                      Time(50, [] { std::thread([] {}).join(); }));
  return prices;
}

}  // namespace weft::scale
