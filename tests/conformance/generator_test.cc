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
    const std::string text = ToText(GenerateProgram(seed, ProgramKind::kAny));
    EXPECT_EQ(ToText(ParseProgram(text)), text);
  }
}

TEST(GeneratorTest, ProgramsUseEveryOperation) {
  std::map<Operation, int> counts;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CountOperations(GenerateProgram(seed, ProgramKind::kWaits), counts);
  }
  for (int i = 0; i <= static_cast<int>(Operation::kTry); ++i) {
    const auto operation = static_cast<Operation>(i);
    EXPECT_GE(counts[operation], 20) << OperationName(operation);
  }
}

TEST(GeneratorTest, ProgramsHaveAMeaning) {
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    for (const ProgramKind kind :
         {ProgramKind::kAny, ProgramKind::kTimers, ProgramKind::kWaits}) {
      EXPECT_NO_THROW(RunModel(GenerateProgram(seed, kind))) << seed;
    }
  }
}

TEST(GeneratorTest, ConfluentProgramsAreConfluent) {
  int with_several_tasks = 0;
  std::map<Operation, int> counts;
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    const Program program = GenerateProgram(seed, ProgramKind::kConfluent);
    ASSERT_TRUE(IsConfluent(program)) << seed << ": " << ToText(program);
    CountOperations(program, counts);
    const RunLog in_order = RunModel(program);
    ASSERT_FALSE(in_order.out_of_fuel) << seed << ": " << ToText(program);
    if (in_order.tasks.size() > 3) ++with_several_tasks;
    for (std::uint64_t schedule = 1; schedule <= 3; ++schedule) {
      EXPECT_EQ(RunModel(program, {.schedule_seed = schedule}).TextByTask(),
                in_order.TextByTask())
          << seed << ": " << ToText(program);
    }
  }
  EXPECT_GE(with_several_tasks, static_cast<int>(kPrograms / 4));
  EXPECT_GE(counts[Operation::kAwait], static_cast<int>(kPrograms / 4));
  EXPECT_GE(counts[Operation::kJoin], static_cast<int>(kPrograms / 4));
}

}  // namespace
}  // namespace weft::conformance
