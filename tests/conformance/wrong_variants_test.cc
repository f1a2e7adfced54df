// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Can the programs of this suite tell a library with a mistake from one
// without? For each wrong variant of the rules, some must print other lines.

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>

#include "gtest/gtest.h"
#include "weft/tests/conformance/generator.h"
#include "weft/tests/conformance/reference_model.h"
#include "weft/tests/conformance/rules.h"
#include "weft/tests/conformance/run_log.h"
#include "weft/tests/conformance/scenario.h"
#include "weft/tests/conformance/scenario_file.h"
#include "weft/tests/conformance/shrinker.h"

namespace weft::conformance {

void PrintTo(const WrongVariant& variant, std::ostream* out) {
  *out << variant.name;
}

namespace {

class WrongVariantsTest : public testing::TestWithParam<WrongVariant> {
 protected:
  static bool IsCaughtBy(const Program& program) {
    return RunModel(program).lines !=
           RunModel(program, {.rules = GetParam().rules}).lines;
  }
};

TEST_P(WrongVariantsTest, IsCaughtByARandomProgram) {
  const Flaw flaw = GetParam().rules.flaw;
  const ProgramKind kind = IsOfCoroutines(flaw) ? ProgramKind::kForms
                           : IsOfWaits(flaw)    ? ProgramKind::kWaits
                                                : ProgramKind::kAny;
  for (std::uint64_t seed = 1; seed <= kTestPrograms; ++seed) {
    const Program program = GenerateProgram(seed, kind);
    if (!IsCaughtBy(program)) continue;
    RecordProperty("seed", std::to_string(seed));
    RecordProperty("program", ToText(Shrink(program, IsCaughtBy)));
    return;
  }
  FAIL() << "no program of seeds 1 to " << kTestPrograms << " shows it";
}

INSTANTIATE_TEST_SUITE_P(All, WrongVariantsTest,
                         testing::ValuesIn(WrongVariants().begin(),
                                           WrongVariants().end()),
                         [](const testing::TestParamInfo<WrongVariant>& test) {
                           return std::string(test.param.name);
                         });

// The fixed programs alone, which are few and have a purpose each.
TEST(FixedScenariosTest, CatchMostWrongVariants) {
  const auto scenarios = ReadScenarios();
  int caught = 0;
  for (const WrongVariant& variant : WrongVariants()) {
    const bool is_caught = std::any_of(
        scenarios.begin(), scenarios.end(), [&](const Scenario& scenario) {
          const Program program = ParseProgram(scenario.program);
          return RunModel(program, {.rules = variant.rules}).lines !=
                 scenario.expected;
        });
    if (is_caught) {
      ++caught;
    } else {
      GTEST_LOG_(INFO) << "only random programs catch " << variant.name;
    }
  }
  EXPECT_GE(caught, 40);
}

}  // namespace
}  // namespace weft::conformance
