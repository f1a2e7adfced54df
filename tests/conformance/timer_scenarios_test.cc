// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Programs with timers: model and library print what is expected, and workers
// the same task by task.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "weft/tests/conformance/confluence.h"
#include "weft/tests/conformance/expect_prints.h"
#include "weft/tests/conformance/reference_model.h"
#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {
namespace {

struct TimerScenario {
  std::string id;
  std::string program;
  std::vector<std::string> expected;
};

class TimerScenariosTest : public testing::TestWithParam<TimerScenario> {
 protected:
  const Program program_ = ParseProgram(GetParam().program);
};

TEST_P(TimerScenariosTest, ModelPrintsWhatIsExpected) {
  EXPECT_EQ(RunModel(program_).lines, GetParam().expected);
}

TEST_P(TimerScenariosTest, LibraryPrintsWhatIsExpected) {
  ExpectLibraryPrints(program_, GetParam().expected);
}

TEST_P(TimerScenariosTest, WorkersPrintTheSameTaskByTask) {
  if (!IsConfluent(program_)) GTEST_SKIP() << "depends on the schedule";
  ExpectWorkersPrintTheSame(program_);
}

INSTANTIATE_TEST_SUITE_P(
    All, TimerScenariosTest,
    testing::Values(
        TimerScenario{"EachRunStartsFromTheSameContext",
                      "(als a)(run a 1 (every T 3 (log a)(enter a 2)(log a)))"
                      "(log a)",
                      {"init T <- root", "get a=_", "before T", "get a=1",
                       "get a=2", "after T", "before T", "get a=1", "get a=2",
                       "after T", "before T", "get a=1", "get a=2", "after T"}},
        TimerScenario{
            "IsOneResourceThatItsRunsAre",
            "(every T 2 (ids)(mark x))",
            {"init T <- root", "before T", "ids T root", "mark x", "after T",
             "before T", "ids T root", "mark x", "after T"}},
        TimerScenario{
            "CancelledBeforeItsFirstRun",
            "(every T 5 (mark x))(cancel T)(cancel T)(cancel U)",
            {"init T <- root", "cancel T yes", "cancel T no", "missing U"}},
        TimerScenario{"CancelsItself",
                      "(every T 5 (cancel T)(cancel T)(mark x))",
                      {"init T <- root", "before T", "cancel T yes",
                       "cancel T no", "mark x", "after T"}},
        TimerScenario{
            "CancelsItselfInItsLastRun",
            "(every T 1 (cancel T)(micro M (cancel T)))",
            {"init T <- root", "before T", "cancel T yes", "init M <- T",
             "after T", "before M", "cancel T no", "after M"}},
        TimerScenario{"TasksComeBeforeTimePasses",
                      "(every T 1 (mark t))(spawn S (mark s)(spawn U (mark "
                      "u)))",
                      {"init T <- root", "init S <- root", "before S", "mark s",
                       "init U <- S", "after S", "before U", "mark u",
                       "after U", "before T", "mark t", "after T"}},
        TimerScenario{"TwoTakeTurns",
                      "(every S 2 (mark s))(every T 2 (mark t))",
                      {"init S <- root", "init T <- root", "before S", "mark s",
                       "after S", "before T", "mark t", "after T", "before S",
                       "mark s", "after S", "before T", "mark t", "after T"}},
        TimerScenario{"OneCancelsTheOther",
                      "(every S 1 (cancel T))(every T 2 (mark t))",
                      {"init S <- root", "init T <- root", "before S",
                       "cancel T yes", "after S"}},
        TimerScenario{
            "GoesOnAfterAnException",
            "(every T 2 (mark x)(throw e))",
            {"init T <- root", "before T", "mark x", "uncaught T e", "after T",
             "before T", "mark x", "uncaught T e", "after T"}},
        TimerScenario{
            "WhatItsRunsMakeIsTriggeredByIt",
            "(als a)(every T 2 (run a 7 (spawn S (ids)(log a))))",
            {"init T <- root", "before T", "init S <- T", "after T", "before S",
             "ids S T", "get a=7", "after S", "before T", "init S#2 <- T",
             "after T", "before S#2", "ids S#2 T", "get a=7", "after S#2"}},
        TimerScenario{"OneInTheOther",
                      "(als a)(run a 1 (every S 1 (enter a 2)(every T 1 (log "
                      "a)(ids))(log a)))",
                      {"init S <- root", "before S", "init T <- S", "get a=2",
                       "after S", "before T", "get a=2", "ids T S", "after T"}},
        TimerScenario{"DisableReachesOneThatIsPending",
                      "(als a)(run a 1 (every T 2 (log a)))(disable a)",
                      {"init T <- root", "before T", "get a=_", "after T",
                       "before T", "get a=_", "after T"}},
        TimerScenario{
            "ResolvesAPromiseInARun",
            "(promise P)(then C P (ids))(every T 2 (resolve P))",
            {"init P <- root", "init C <- P", "init T <- root", "before T",
             "resolve P", "after T", "before C", "ids C P", "resolve C",
             "after C", "before T", "after T"}}),
    [](const testing::TestParamInfo<TimerScenario>& test) {
      return test.param.id;
    });

TEST(TimerScenarioTextTest, RunsAreANumberInRange) {
  for (const char* text :
       {"(every T 0)", "(every T 101)", "(every T x)", "(every T (mark x))"}) {
    EXPECT_THROW(ParseProgram(text), ProgramError) << text;
  }
  EXPECT_EQ(ToText(ParseProgram("(every T 3 (mark x))(cancel T)")),
            "(every T 3 (mark x))(cancel T)");
}

}  // namespace
}  // namespace weft::conformance
