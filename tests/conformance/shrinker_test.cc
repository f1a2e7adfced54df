// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/shrinker.h"

#include <string>

#include "gtest/gtest.h"
#include "weft/tests/conformance/reference_model.h"
#include "weft/tests/conformance/rules.h"
#include "weft/tests/conformance/run_log.h"
#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {
namespace {

std::string ShrinkText(const std::string& text,
                       const std::function<bool(const Program&)>& fails) {
  return ToText(Shrink(ParseProgram(text), fails));
}

TEST(ShrinkerTest, KeepsOnlyWhatTheFailureNeeds) {
  EXPECT_EQ(ShrinkText("(mark x)(try (mark y)(try (mark z)(ids)))(mark x)",
                       [](const Program& program) {
                         return ToText(program).find("mark z") !=
                                std::string::npos;
                       }),
            "(mark z)");
}

TEST(ShrinkerTest, KeepsOnlyTheWordsThatTheFailureNeeds) {
  EXPECT_EQ(ShrinkText("(als a)(als b)(als c)(log a b c)",
                       [](const Program& program) {
                         return RunModel(program).Text().find("b=") !=
                                std::string::npos;
                       }),
            "(als b)(log b)");
}

TEST(ShrinkerTest, FindsTheSmallestProgramOfAWrongRule) {
  const Rules wrong = {.flaw = Flaw::kRunRestoresWholeFrame};
  EXPECT_EQ(ShrinkText("(als a)(als b 1)(hook h)(on h)(enter a 3)"
                       "(spawn t (run a 1 (enter b 2)(log a)(ids))(log a b))",
                       [&](const Program& program) {
                         return RunModel(program).Text() !=
                                RunModel(program, {.rules = wrong}).Text();
                       }),
            "(als a)(als b 1)(run a 1 (enter b 2))(log b)");
}

}  // namespace
}  // namespace weft::conformance
