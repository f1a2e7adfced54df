// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The programs of scenarios.json, each a test by its id.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "weft/tests/conformance/confluence.h"
#include "weft/tests/conformance/expect_prints.h"
#include "weft/tests/conformance/reference_model.h"
#include "weft/tests/conformance/rules.h"
#include "weft/tests/conformance/scenario.h"
#include "weft/tests/conformance/scenario_file.h"

namespace weft::conformance {

void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.pins << ": " << scenario.program;
}

namespace {

class ScenariosTest : public testing::TestWithParam<Scenario> {
 protected:
  const Program program_ = ParseProgram(GetParam().program);
};

TEST_P(ScenariosTest, ModelPrintsWhatIsExpected) {
  EXPECT_EQ(RunModel(program_).lines, GetParam().expected);
}

TEST_P(ScenariosTest, ModelOfNodePrintsWhatNodePrints) {
  EXPECT_EQ(RunModel(program_, {.rules = kNodeRules}).lines, GetParam().node);
}

TEST_P(ScenariosTest, LibraryPrintsWhatIsExpected) {
  ExpectLibraryPrints(program_, GetParam().expected);
}

TEST_P(ScenariosTest, WorkersPrintTheSameTaskByTask) {
  if (!IsConfluent(program_)) return;
  ExpectWorkersPrintTheSame(program_);
}

INSTANTIATE_TEST_SUITE_P(All, ScenariosTest, testing::ValuesIn(ReadScenarios()),
                         [](const testing::TestParamInfo<Scenario>& test) {
                           return test.param.id;
                         });

TEST(ScenarioFileTest, HasAllPrograms) {
  EXPECT_EQ(ReadScenarios().size(), 85u);
}

}  // namespace
}  // namespace weft::conformance
