// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/generator.h"

#include <cstdint>
#include <map>
#include <string>

#include "gtest/gtest.h"
#include "weft/tests/conformance/confluence.h"
#include "weft/tests/conformance/reference_model.h"
#include "weft/tests/conformance/run_log.h"
#include "weft/tests/conformance/scenario.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::conformance {
namespace {

constexpr std::uint64_t kPrograms = tests::StressRounds(1000);
constexpr std::uint64_t kForms = tests::StressRounds(300);

void CountOperations(const Program& program, std::map<Operation, int>& counts) {
  for (const Statement& statement : program) {
    ++counts[statement.operation];
    CountOperations(statement.body, counts);
  }
}

TEST(GeneratorTest, OneSeedMakesOneProgram) {
  EXPECT_EQ(ToText(GenerateProgram(7, ProgramKind::kAny)),
            ToText(GenerateProgram(7, ProgramKind::kAny)));
  EXPECT_NE(ToText(GenerateProgram(7, ProgramKind::kAny)),
            ToText(GenerateProgram(8, ProgramKind::kAny)));
}

TEST(GeneratorTest, ProgramsCanBeParsed) {
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    for (const ProgramKind kind : {ProgramKind::kAny, ProgramKind::kForms}) {
      const std::string text = ToText(GenerateProgram(seed, kind));
      EXPECT_EQ(ToText(ParseProgram(text)), text);
    }
  }
}

TEST(GeneratorTest, ProgramsUseEveryOperation) {
  std::map<Operation, int> counts;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CountOperations(GenerateProgram(seed, ProgramKind::kForms), counts);
    CountOperations(GenerateProgram(seed, ProgramKind::kWaits), counts);
  }
  for (int i = 0; i <= static_cast<int>(Operation::kTry); ++i) {
    const auto operation = static_cast<Operation>(i);
    EXPECT_GE(counts[operation], 20) << OperationName(operation);
  }
}

TEST(GeneratorTest, ProgramsHaveAMeaning) {
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    for (const ProgramKind kind : {ProgramKind::kAny, ProgramKind::kTimers,
                                   ProgramKind::kWaits, ProgramKind::kForms}) {
      EXPECT_NO_THROW(RunModel(GenerateProgram(seed, kind))) << seed;
    }
  }
}

// Counts what the programs of a kind do that are confluent, which they must be.
std::map<Operation, int> ExpectConfluent(ProgramKind kind,
                                         std::uint64_t programs,
                                         std::string (RunLog::*text_by_task)()
                                             const) {
  int with_several_tasks = 0;
  std::map<Operation, int> counts;
  for (std::uint64_t seed = 1; seed <= programs; ++seed) {
    const Program program = GenerateProgram(seed, kind);
    const std::string text = std::to_string(seed) + ": " + ToText(program);
    EXPECT_TRUE(IsConfluent(program)) << text;
    CountOperations(program, counts);
    const RunLog in_order = RunModel(program);
    EXPECT_FALSE(in_order.out_of_fuel) << text;
    if (in_order.tasks.size() > 3) ++with_several_tasks;
    for (std::uint64_t schedule = 1; schedule <= 3; ++schedule) {
      const RunLog log = RunModel(program, {.schedule_seed = schedule});
      EXPECT_EQ((log.*text_by_task)(), (in_order.*text_by_task)()) << text;
    }
  }
  EXPECT_GE(with_several_tasks, static_cast<int>(programs / 4));
  return counts;
}

TEST(GeneratorTest, ConfluentProgramsAreConfluent) {
  auto counts =
      ExpectConfluent(ProgramKind::kConfluent, kPrograms, &RunLog::TextByTask);
  EXPECT_GE(counts[Operation::kAwait], static_cast<int>(kPrograms / 4));
  EXPECT_GE(counts[Operation::kJoin], static_cast<int>(kPrograms / 4));
}

TEST(GeneratorTest, ConfluentProgramsWithCoroutinesAreConfluent) {
  auto counts = ExpectConfluent(ProgramKind::kConfluentForms, kForms,
                                &RunLog::TextOfCoroutinesByTask);
  for (const Operation operation :
       {Operation::kGo, Operation::kRace, Operation::kTimeout,
        Operation::kNursery, Operation::kNext, Operation::kYield}) {
    EXPECT_GE(counts[operation], static_cast<int>(kForms / 10))
        << OperationName(operation);
  }
}

}  // namespace
}  // namespace weft::conformance
