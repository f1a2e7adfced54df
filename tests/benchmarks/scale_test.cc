// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The simulated machine: what it charges, that it repeats itself, that it names
// what is contended, and that each task of each workload runs once on it.

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/benchmarks/scale/machine/directory.h"
#include "weft/benchmarks/scale/machine/machine.h"
#include "weft/benchmarks/scale/prices/prices.h"
#include "weft/benchmarks/scale/report.h"

namespace weft::scale {
namespace {

// Prices that show in a sum what was charged.
Prices TestPrices() {
  Prices prices;
  prices.access = 1;
  prices.line_same_node = 1000;
  prices.line_other_node = 3000;
  prices.memory_same_node = 10'000;
  prices.memory_other_node = 30'000;
  prices.line_copy = 100;
  prices.line_hold = 200;
  prices.fence = 10;
  prices.pause = 5000;
  prices.clock = 1000;
  prices.yield = 100'000;
  prices.sleep_call = 1'000'000;
  prices.wake_call = 2'000'000;
  prices.wake_latency = 20'000'000;
  prices.heavy_fence = 500'000;
  prices.new_thread = 10'000'000;
  return prices;
}

// Edges:
//   [BS3] A store of `lines`: what its order costs is tested. Breaks if
//   weakened:
//         the test. Test: MachineTest.AccessesAreChargedAtTheirPrice.
alignas(64) std::atomic<std::int64_t> lines[16];

class DirectoryTest : public testing::Test {
 protected:
  Picoseconds Fetch(int processor, Access access, Picoseconds now) {
    Directory::Line& line = directory_.At(&lines[0]);
    EXPECT_FALSE(directory_.Has(line, processor, access));
    const Picoseconds start = directory_.Book(line, processor, access, now);
    const Picoseconds ready =
        directory_.Fetch(line, processor, access, now, start, nullptr);
    EXPECT_TRUE(directory_.Has(line, processor, access));
    return ready;
  }
  bool Has(int processor, Access access) {
    return directory_.Has(directory_.At(&lines[0]), processor, access);
  }

  // Processors 0 and 1 are on node 0, 2 and 3 on node 1.
  Directory directory_{TestPrices(), {.workers = 4, .others = 0, .nodes = 2}};
};

TEST_F(DirectoryTest, TheFirstAccessComesFromTheMemoryOfItsNode) {
  EXPECT_EQ(Fetch(3, Access::kLoad, 5), 10'005);
  // Nobody else has it, so it may be written.
  EXPECT_TRUE(Has(3, Access::kStore));
}

TEST_F(DirectoryTest, ALineComesFromTheProcessorThatWroteIt) {
  EXPECT_EQ(Fetch(0, Access::kStore, 0), 10'000);
  EXPECT_EQ(Fetch(1, Access::kStore, 20'000), 21'000);
  EXPECT_FALSE(Has(0, Access::kLoad));
  EXPECT_EQ(Fetch(2, Access::kStore, 30'000), 33'000);
  EXPECT_EQ(Fetch(2 + 1, Access::kLoad, 40'000), 41'000);
  EXPECT_TRUE(Has(2, Access::kLoad));
  EXPECT_FALSE(Has(2, Access::kStore));
}

TEST_F(DirectoryTest, ItIsReadFromTheNearestCopy) {
  Fetch(0, Access::kStore, 0);
  EXPECT_EQ(Fetch(2, Access::kLoad, 20'000), 23'000);
  EXPECT_EQ(Fetch(3, Access::kLoad, 30'000), 31'000);
  EXPECT_EQ(Fetch(1, Access::kLoad, 40'000), 41'000);
}

TEST_F(DirectoryTest, AWriteWaitsForTheFarthestCopy) {
  Fetch(0, Access::kStore, 0);
  Fetch(1, Access::kLoad, 20'000);
  EXPECT_EQ(Fetch(0, Access::kStore, 30'000), 31'000);
  EXPECT_FALSE(Has(1, Access::kLoad));
  Fetch(2, Access::kLoad, 40'000);
  EXPECT_EQ(Fetch(0, Access::kStore, 50'000), 53'000);
}

TEST_F(DirectoryTest, AsksOfTheSameMomentTakeTurns) {
  Fetch(0, Access::kStore, 0);
  EXPECT_EQ(Fetch(1, Access::kStore, 20'000), 21'000);
  EXPECT_EQ(Fetch(0, Access::kStore, 20'000), 22'200);
  EXPECT_EQ(Fetch(1, Access::kStore, 20'000), 23'400);
  const Directory::Line& line = directory_.At(&lines[0]);
  EXPECT_EQ(line.fetched, 4U);
  EXPECT_EQ(line.waited, 10'000 + 1000 + 2200 + 3400);
  EXPECT_EQ(line.queued, 1200 + 2400);
}

TEST_F(DirectoryTest, CopiesAreHandedOutFasterThanTheLineIsHandedOn) {
  Fetch(0, Access::kStore, 0);
  EXPECT_EQ(Fetch(1, Access::kLoad, 20'000), 21'000);
  // What was changed had to arrive first; then copies follow each other.
  EXPECT_EQ(Fetch(2, Access::kLoad, 20'000), 24'200);
  EXPECT_EQ(Fetch(3, Access::kLoad, 20'000), 22'300);
}

TEST(DirectoryOptionsTest, BadTopologiesAreRefused) {
  EXPECT_THROW(Directory(TestPrices(), {.workers = 0}), std::invalid_argument);
  EXPECT_THROW(Directory(TestPrices(), {.workers = 1, .others = 1600}),
               std::invalid_argument);
  EXPECT_THROW(Directory(TestPrices(), {.workers = 2, .nodes = 3}),
               std::invalid_argument);
}

std::string ErrorOf(const std::string& text) {
  try {
    ParsePrices(text, "list");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST(PricesTest, WhatIsWrongWithAListIsNamed) {
  EXPECT_EQ(ErrorOf("access\t1\naccess\t2\n"),
            "list:2: \"access\" is given twice");
  EXPECT_EQ(ErrorOf("# a comment\nacces\t1\n"),
            "list:2: \"acces\" is the name of no price");
  EXPECT_NE(ErrorOf("access\t-1\n").find("list:1: \"access\t-1\" is no price"),
            std::string::npos);
  EXPECT_NE(ErrorOf("access 1\n").find("is no price"), std::string::npos);
  EXPECT_EQ(ErrorOf("access\t1\n"), "list: the price \"call\" is missing");
}

TEST(PricesTest, TheListOfTheRepositoryIsRead) {
  const Prices prices = ReadPrices("benchmarks/scale/prices/prices.tsv");
  EXPECT_GT(prices.access, 0);
  EXPECT_LT(prices.access, prices.line_same_node);
  EXPECT_THROW(ReadPrices("no such file"), std::runtime_error);
}

// Runs `program`, which returns an error, on a machine in a process of its own.
void ExpectOnMachine(int processors,
                     const std::function<std::string()>& program) {
  EXPECT_EXIT(
      {
        std::string error = "it did not run";
        RunOnMachine({.prices = TestPrices(), .processors = processors},
                     [&] { error = program(); });
        if (!error.empty()) std::fputs(error.c_str(), stderr);
        ::_exit(error.empty() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

#define REQUIRE_EQUAL(one, other)                                         \
  do {                                                                    \
    const auto left = one;                                                \
    const auto right = other;                                             \
    if (left != right)                                                    \
      return std::string(#one " is ") + std::to_string(left) + ", not " + \
             std::to_string(right);                                       \
  } while (false)

TEST(MachineTest, AccessesAreChargedAtTheirPrice) {
  ExpectOnMachine(1, []() -> std::string {
    const auto time = [](const auto& function) {
      const Picoseconds begin = MachineTime();
      function();
      return MachineTime() - begin;
    };
    std::atomic<std::int64_t>& word = lines[8];
    // relaxed: what each order costs is tested, not what it does.
    REQUIRE_EQUAL(time([&] { word.load(std::memory_order_relaxed); }), 10'001);
    REQUIRE_EQUAL(time([&] { word.load(std::memory_order_relaxed); }), 1);
    REQUIRE_EQUAL(time([&] { word.store(1, std::memory_order_relaxed); }), 1);
    REQUIRE_EQUAL(time([&] { word.fetch_add(1, std::memory_order_relaxed); }),
                  11);
    // [BS3]
    REQUIRE_EQUAL(time([&] { word.store(1, std::memory_order_seq_cst); }), 11);
    REQUIRE_EQUAL(time([] { ComputeOnMachine(77); }), 77);
    return "";
  });
}

TEST(MachineTest, AStoreWaitsForItsLineOnlyAtAFence) {
  ExpectOnMachine(1, []() -> std::string {
    // relaxed: as above.
    lines[0].fetch_add(1, std::memory_order_relaxed);
    const Picoseconds begin = MachineTime();
    lines[8].store(1, std::memory_order_relaxed);
    REQUIRE_EQUAL(MachineTime() - begin, 1);
    lines[0].fetch_add(1, std::memory_order_relaxed);
    REQUIRE_EQUAL(MachineTime() - begin, 1 + 10'000 + 10);
    return "";
  });
}

constexpr std::int64_t kSteps = 2000;

// Adds to a counter that all add to, and to one of its own.
void* AddToBoth(void* own) {
  for (std::int64_t i = 0; i < kSteps; ++i) {
    // relaxed: numbers.
    lines[8].fetch_add(1, std::memory_order_relaxed);
    static_cast<std::atomic<std::int64_t>*>(own)->fetch_add(
        1, std::memory_order_relaxed);
  }
  return nullptr;
}

std::string AddTogether(int threads) {
  static std::atomic<std::int64_t> own[8 * 8];
  NameMemory(&lines[8], sizeof lines[8], "the planted counter");
  std::vector<pthread_t> ids(static_cast<std::size_t>(threads));
  ClearCounts();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    pthread_create(&ids[i], nullptr, &AddToBoth, &own[8 * i]);
  }
  for (const pthread_t id : ids) pthread_join(id, nullptr);
  // relaxed: the threads have ended.
  REQUIRE_EQUAL(lines[8].load(std::memory_order_relaxed), kSteps * threads);
  return "";
}

TEST(MachineTest, AContendedCounterIsNamed) {
  ExpectOnMachine(4, []() -> std::string {
    if (std::string error = AddTogether(4); !error.empty()) return error;
    const std::vector<ContendedLine> found = ContendedLines(1);
    if (found.empty()) return "no line is contended";
    if (found[0].name != "the planted counter") return found[0].name;
    // Three of four wait for the fourth.
    if (found[0].queued * 2 < found[0].waited) return "few waited in turn";
    return "";
  });
}

TEST(MachineTest, OneThreadContendsForNothing) {
  ExpectOnMachine(1, []() -> std::string {
    if (std::string error = AddTogether(1); !error.empty()) return error;
    for (const ContendedLine& line : ContendedLines(100)) {
      REQUIRE_EQUAL(line.queued, 0);
    }
    return "";
  });
}

std::string Summary(const Row& row) { return ToJsonText(row); }

Row Simulated(const std::string& workload, int processors, int nodes = 1,
              std::uint64_t seed = 1) {
  MachineOptions options;
  options.prices = ReadPrices("benchmarks/scale/prices/prices.tsv");
  options.processors = processors;
  options.nodes = nodes;
  options.seed = seed;
  constexpr double kMostSeconds = 200;
  return SimulateApart(options, {workload, processors, 100 * processors, 500},
                       kMostSeconds)
      .value();
}

// SimulateApart() throws if not every task has run once.
TEST(ScaleTest, EachTaskOfEachWorkloadRunsOnce) {
  for (const std::string& workload : WorkloadNames()) {
    for (const int processors : {1, 8}) {
      SCOPED_TRACE(workload + " on " + std::to_string(processors));
      const Row row = Simulated(workload, processors);
      EXPECT_GE(row.round.tasks, 100 * processors);
      EXPECT_GE(row.round.elapsed, 100 * 500);
    }
  }
}

TEST(ScaleTest, ASimulationThatTakesTooLongIsEnded) {
  MachineOptions options;
  options.prices = TestPrices();
  EXPECT_FALSE(
      SimulateApart(options, {"fib", 1, 1'000'000'000, 1}, 0.05).has_value());
}

TEST(ScaleTest, ARunRepeatsItselfAndASeedMakesAnother) {
  for (const std::string& workload : WorkloadNames()) {
    SCOPED_TRACE(workload);
    const Row row = Simulated(workload, 4, 2);
    EXPECT_EQ(Summary(row), Summary(Simulated(workload, 4, 2)));
    EXPECT_NE(Summary(row), Summary(Simulated(workload, 4, 2, 2)));
  }
}

TEST(ScaleTest, FieldsOfTheEngineAreNamed) {
  const Row row = Simulated("flat", 8);
  std::string names;
  for (const ContendedLine& line : row.lines) names += line.name + "; ";
  EXPECT_NE(names.find("Worker::taken_.top_"), std::string::npos) << names;
  EXPECT_NE(names.find("SleepGate::state_"), std::string::npos) << names;
  EXPECT_NE(names.find("TaskGroup::state_"), std::string::npos) << names;
  EXPECT_GT(row.counts.thefts, 0U);
  EXPECT_GT(row.counts.wakes, 0U);
  EXPECT_GT(row.counts.heavy_fences, 0U);
}

TEST(ScaleTest, TheSpeedUpIsThatOverOneProcessor) {
  const Row one = Simulated("fib", 1);
  Row four = Simulated("fib", 4);
  Compare(four, one);
  EXPECT_NEAR(four.allowed, 4, 0.01);
  EXPECT_LE(four.speed_up, four.allowed * 1.05);
  EXPECT_GT(four.speed_up, 1);
}

}  // namespace
}  // namespace weft::scale
