// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Programs that wait: model and library print what is expected, and workers the
// same task by task.

#include <algorithm>
#include <iterator>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "weft/tests/conformance/confluence.h"
#include "weft/tests/conformance/expect_prints.h"
#include "weft/tests/conformance/interpreter.h"
#include "weft/tests/conformance/reference_model.h"
#include "weft/tests/conformance/rules.h"
#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {
namespace {

struct WaitScenario {
  std::string id;
  std::string program;
  std::vector<std::string> expected;
};

void PrintTo(const WaitScenario& scenario, std::ostream* out) {
  *out << scenario.program;
}

const WaitScenario kAwaits[] = {
    {"AwaitOfWhatIsDone",
     "(als a)(promise P)(resolve P)(spawn S (mark s))(spawn T (run a 1 (await "
     "P)(log a)(ids)))",
     {"init P <- root", "resolve P", "init S <- root", "init T <- root",
      "before S", "mark s", "after S", "before T", "get a=1", "ids T root",
      "after T"}},
    {"AwaitOfWhatIsPending",
     "(als a)(promise P)(spawn T (run a 1 (await P)(log a)(ids)))(spawn S "
     "(enter a 2)(resolve P)(mark s))",
     {"init P <- root", "init T <- root", "init S <- root", "before T",
      "before S", "resolve P", "mark s", "after S", "get a=1", "ids T root",
      "after T"}},
    {"AwaitLeavesTheOrderOfWhatIsDeferred",
     "(promise P)(spawn T (micro A (resolve P))(micro B (micro D))(await "
     "P)(mark t)(micro C))(spawn S (mark s))",
     {"init P <- root", "init T <- root", "init S <- root", "before T",
      "init A <- T",    "init B <- T",    "before A",       "resolve P",
      "after A",        "mark t",         "init C <- T",    "after T",
      "before B",       "init D <- B",    "after B",        "before C",
      "after C",        "before D",       "after D",        "before S",
      "mark s",         "after S"}},
    {"AwaitOfADoneContinuation",
     "(promise P)(then C P (mark c))(resolve P)(spawn T (await C)(mark t))",
     {"init P <- root", "init C <- P", "resolve P", "init T <- root",
      "before C", "mark c", "resolve C", "after C", "before T", "mark t",
      "after T"}},
    {"AwaitOfAPendingContinuation",
     "(als a)(promise P)(then C P (log a)(enter a 3))(spawn T (enter a "
     "1)(await C)(log a)(ids))(spawn S (enter a 2)(resolve P)(mark s))",
     {"init P <- root", "init C <- P", "init T <- root", "init S <- root",
      "before T", "before S", "resolve P", "mark s", "after S", "before C",
      "get a=_", "resolve C", "after C", "get a=1", "ids T root", "after T"}},
    {"AwaitOfWhatFails",
     "(als a)(promise P)(then C P (throw e))(spawn T (enter a 1)(try (run a 2 "
     "(await C)))(log a)(ids)(await C)(mark no))(spawn S (resolve P))",
     {"init P <- root", "init C <- P", "init T <- root", "init S <- root",
      "before T", "before S", "resolve P", "after S", "before C",
      "uncaught C e", "resolve C", "after C", "caught e", "get a=1",
      "ids T root", "uncaught T e", "after T"}},
    {"AwaitOfWhatHasFailed",
     "(promise P)(resolve P)(then C P (throw e))(spawn T (try (await C))(await "
     "C))",
     {"init P <- root", "resolve P", "init C <- P", "init T <- root",
      "before C", "uncaught C e", "resolve C", "after C", "before T",
      "caught e", "uncaught T e", "after T"}},
    {"AwaitInAnAwait",
     "(als a)(promise P)(promise Q)(spawn S (enter a 1)(await P)(log "
     "a)(ids))(spawn T (enter a 2)(await Q)(log a)(ids)(resolve P))(spawn U "
     "(enter a 3)(resolve Q))",
     {"init P <- root", "init Q <- root", "init S <- root", "init T <- root",
      "init U <- root", "before S", "before T", "before U", "resolve Q",
      "after U", "get a=2", "ids T root", "resolve P", "after T", "get a=1",
      "ids S root", "after S"}},
    {"AwaitRunsTasksInTheirOwnContext",
     "(als a)(als b)(promise P)(run b 5 (spawn S (log a b)(enter b 6)(resolve "
     "P)))(spawn T)(run a 7 (await P)(log a b)(enter b 8))(await P)(log a b)",
     {"init P <- root", "init S <- root", "init T <- root", "before S",
      "get a=_ b=5", "resolve P", "after S", "get a=7 b=_", "get a=_ b=8",
      "before T", "after T"}},
    {"AwaitWithScopesAround",
     "(als a)(als b)(promise P)(res R)(spawn T (scope a 1 (enter b 1)(in R "
     "(scope a 2 (await P)(log a b)(ids))(log a b))(enter b 3)(log a b))(log a "
     "b))(spawn S (enter a 9)(enter b 9)(resolve P))",
     {"init P <- root", "init R <- root", "init T <- root", "init S <- root",
      "before T", "before R", "before S", "resolve P", "after S", "get a=2 b=_",
      "ids R root", "get a=_ b=_", "after R", "get a=1 b=3", "get a=_ b=3",
      "after T"}},
    {"AwaitRunsWhatIsDeferredFirst",
     "(promise P)(spawn S (mark s))(spawn T (micro M (mark m)(micro N (resolve "
     "P)))(await P)(micro O (mark o)))",
     {"init P <- root", "init S <- root", "init T <- root", "before S",
      "mark s",         "after S",        "before T",       "init M <- T",
      "before M",       "mark m",         "init N <- M",    "after M",
      "before N",       "resolve P",      "after N",        "init O <- T",
      "after T",        "before O",       "mark o",         "after O"}},
    {"AwaitOfAContinuationOfItsOwn",
     "(promise P)(spawn T (then C P (ids)(mark c))(resolve P)(await C)(ids))",
     {"init P <- root", "init T <- root", "before T", "init C <- P",
      "resolve P", "before C", "ids C P", "mark c", "resolve C", "after C",
      "ids T root", "after T"}},
    {"HooksSeeWhatRunsInAnAwait",
     "(hook h)(on h)(promise P)(spawn T (await P)(ids))(spawn S (resolve P))",
     {"init P <- root", "h:init P", "init T <- root", "h:init T",
      "init S <- root", "h:init S", "before T", "h:before T", "before S",
      "h:before S", "resolve P", "h:resolve P", "after S", "h:after S",
      "ids T root", "after T", "h:after T"}},
    {"AwaitInAHook",
     "(hook h)(on h)(promise P)(act h before (try (await P))(mark "
     "a)(ids))(spawn T (ids))(spawn S (resolve P)(ids))",
     {"init P <- root", "h:init P",   "init T <- root", "h:init T",
      "init S <- root", "h:init S",   "before T",       "h:before T",
      "before S",       "h:before S", "resolve P",      "h:resolve P",
      "ids S root",     "after S",    "h:after S",      "mark a",
      "ids T root",     "ids T root", "after T",        "h:after T"}},
    {"AwaitOfWhatNobodyResolves",
     "(als a)(promise P)(spawn T (enter a 1)(try (await P))(log a)(ids)(await "
     "P))(spawn S (enter a 2)(mark s))",
     {"init P <- root", "init T <- root", "init S <- root", "before T",
      "before S", "mark s", "after S", "caught deadlock", "get a=1",
      "ids T root", "uncaught T deadlock", "after T"}},
    {"AwaitOfWhatACancelledTaskWouldResolve",
     "(promise P)(spawn S (resolve P))(cancel S)(spawn T (try (await P)))",
     {"init P <- root", "init S <- root", "init T <- root", "before T",
      "caught deadlock", "after T"}},
    {"AwaitOfWhatATimerWouldResolve",
     "(promise P)(every I 1 (resolve P))(spawn T (try (await P)))",
     {"init P <- root", "init I <- root", "init T <- root", "before T",
      "caught deadlock", "after T", "before I", "resolve P", "after I"}},
    {"AwaitOfItself",
     "(promise P)(then C P (try (await C))(micro M (await C)(mark m)))(resolve "
     "P)(spawn S (mark s))",
     {"init P <- root", "init C <- P", "resolve P", "init S <- root",
      "before C", "caught deadlock", "init M <- C", "resolve C", "after C",
      "before M", "mark m", "after M", "before S", "mark s", "after S"}},
    {"AwaitOfWhoWaits",
     "(promise P)(promise Q)(then C P (await Q)(mark c))(spawn S (resolve "
     "P))(spawn T (try (await C))(resolve Q))",
     {"init P <- root", "init Q <- root", "init C <- P", "init S <- root",
      "init T <- root", "before S", "resolve P", "after S", "before C",
      "before T", "caught deadlock", "resolve Q", "after T", "mark c",
      "resolve C", "after C"}},
    {"AwaitInTheMainProgram",
     "(promise P)(spawn S (mark s))(micro M (resolve P))(await P)(mark "
     "main)(ids)",
     {"init P <- root", "init S <- root", "init M <- root", "before M",
      "resolve P", "after M", "mark main", "ids root none", "before S",
      "mark s", "after S"}},
    {"AwaitOfWhatIsNotThere",
     "(await P)(spawn T (await T))",
     {"missing P", "init T <- root", "before T", "missing T", "after T"}},
    {"AwaitOfWhatAChildResolves",
     "(als a)(spawn T (enter a 1)(promise P)(spawn S (resolve P)(enter a "
     "2)(log a))(await P)(log a)(ids))",
     {"init T <- root", "before T", "init P <- T", "init S <- T", "before S",
      "resolve P", "get a=2", "after S", "get a=1", "ids T root", "after T"}},
    {"AwaitOfAContinuationThatFails",
     "(als a)(spawn T (enter a 1)(promise P)(spawn S (resolve P))(run a 2 "
     "(then C P (log a)(ids)(throw e)))(try (await C))(log a)(ids)(await "
     "C)(mark no))",
     {"init T <- root", "before T", "init P <- T", "init S <- T", "init C <- P",
      "before S", "resolve P", "after S", "before C", "get a=2", "ids C P",
      "uncaught C e", "resolve C", "after C", "caught e", "get a=1",
      "ids T root", "uncaught T e", "after T"}},
    {"ManyAwaitOnePromise",
     "(promise P)(spawn S (resolve P)(mark s))(spawn T (await P)(mark "
     "t))(spawn U (await P)(spawn V (await P)(mark v))(join V)(mark u))(await "
     "P)(ids)",
     {"init P <- root", "init S <- root", "init T <- root", "init U <- root",
      "before S", "resolve P", "mark s", "after S", "ids root none", "before T",
      "mark t", "after T", "before U", "init V <- U", "before V", "mark v",
      "after V", "mark u", "after U"}},
    {"AwaitsInAwaits",
     "(als a)(spawn T (promise P)(spawn S (resolve P)(enter a 1)(promise "
     "Q)(spawn U (resolve Q)(enter a 2))(await Q)(log a)(ids))(enter a "
     "3)(await P)(log a)(ids))",
     {"init T <- root", "before T", "init P <- T", "init S <- T", "before S",
      "resolve P", "init Q <- S", "init U <- S", "before U", "resolve Q",
      "after U", "get a=1", "ids S T", "after S", "get a=3", "ids T root",
      "after T"}},
    {"AwaitOfAChildWithScopesAround",
     "(als a)(als b)(res R)(snap N)(spawn T (enter b 1)(promise P)(spawn S "
     "(resolve P)(enter a 9)(enter b 9))(in R (scope a 2 (await P)(log a "
     "b)(ids))(log a b))(with N (enter b 4)(await P)(log a b))(log a b))",
     {"init R <- root", "init T <- root", "before T", "init P <- T",
      "init S <- T", "before R", "before S", "resolve P", "after S",
      "get a=2 b=_", "ids R root", "get a=_ b=_", "after R", "get a=_ b=4",
      "get a=_ b=1", "after T"}},
    {"HooksSeeAnAwaitOfAChild",
     "(hook h)(on h)(spawn T (promise P)(spawn S (resolve P))(then C P)(await "
     "C)(ids))",
     {"init T <- root", "h:init T",    "before T",    "h:before T",
      "init P <- T",    "h:init P",    "init S <- T", "h:init S",
      "init C <- P",    "h:init C",    "before S",    "h:before S",
      "resolve P",      "h:resolve P", "after S",     "h:after S",
      "before C",       "h:before C",  "resolve C",   "h:resolve C",
      "after C",        "h:after C",   "ids T root",  "after T",
      "h:after T"}},
};

const WaitScenario kJoins[] = {
    {"JoinOfWhatIsDone",
     "(als a)(spawn S (mark s))(spawn U (mark u))(spawn T (run a 1 (join "
     "S)(log a)(ids)))",
     {"init S <- root", "init U <- root", "init T <- root", "before S",
      "mark s", "after S", "before U", "mark u", "after U", "before T",
      "get a=1", "ids T root", "after T"}},
    {"JoinOfWhatIsPending",
     "(als a)(run a 1 (spawn T (spawn S (log a)(ids)(enter a 2))(join S)(log "
     "a)(ids)))(spawn U (enter a 3)(mark u))",
     {"init T <- root", "init U <- root", "before T", "init S <- T", "before U",
      "mark u", "after U", "before S", "get a=1", "ids S T", "after S",
      "get a=1", "ids T root", "after T"}},
    {"JoinOfWhatFails",
     "(als a)(spawn T (enter a 1)(spawn S (enter a 2)(throw e))(try (run a 3 "
     "(join S)))(log a)(ids)(join S)(mark t))",
     {"init T <- root", "before T", "init S <- T", "before S", "uncaught S e",
      "after S", "caught e", "get a=1", "ids T root", "mark t", "after T"}},
    {"JoinOfWhatHasFailed",
     "(spawn S (throw e))(spawn T (try (join S))(join S)(mark t))(spawn U "
     "(spawn V (throw f))(join V)(mark no))",
     {"init S <- root", "init T <- root", "init U <- root", "before S",
      "uncaught S e", "after S", "before T", "caught e", "mark t", "after T",
      "before U", "init V <- U", "before V", "uncaught V f", "after V",
      "uncaught U f", "after U"}},
    {"JoinsInJoins",
     "(als a)(spawn T (enter a 1)(spawn U (enter a 2)(spawn V (enter a 3)(log "
     "a))(join V)(log a)(ids)(throw e))(join U)(mark no))",
     {"init T <- root", "before T", "init U <- T", "before U", "init V <- U",
      "before V", "get a=3", "after V", "get a=2", "ids U T", "uncaught U e",
      "after U", "uncaught T e", "after T"}},
    {"JoinWithScopesAround",
     "(als a)(als b)(res R)(spawn T (scope a 1 (enter b 1)(spawn S (enter a "
     "9)(enter b 9))(in R (scope a 2 (join S)(log a b)(ids))(log a b))(enter b "
     "3)(log a b))(log a b))",
     {"init R <- root", "init T <- root", "before T", "init S <- T", "before R",
      "before S", "after S", "get a=2 b=_", "ids R root", "get a=_ b=_",
      "after R", "get a=1 b=3", "get a=_ b=3", "after T"}},
    {"JoinRunsOlderTasksFirst",
     "(spawn T (spawn U (mark u))(join U)(mark t))(spawn S (mark s)(micro M "
     "(mark m)))",
     {"init T <- root", "init S <- root", "before T", "init U <- T", "before S",
      "mark s", "init M <- S", "after S", "before M", "mark m", "after M",
      "before U", "mark u", "after U", "mark t", "after T"}},
    {"WhatRunsInAJoinBringsItsMicros",
     "(spawn T (spawn U (micro M (mark m)))(join U)(mark t))",
     {"init T <- root", "before T", "init U <- T", "before U", "init M <- U",
      "after U", "before M", "mark m", "after M", "mark t", "after T"}},
    {"HooksSeeWhatRunsInAJoin",
     "(hook h)(on h)(spawn T (spawn S (ids))(join S)(ids))",
     {"init T <- root", "h:init T", "before T", "h:before T", "init S <- T",
      "h:init S", "before S", "h:before S", "ids S T", "after S", "h:after S",
      "ids T root", "after T", "h:after T"}},
    {"HooksSwitchedByWhatRunsInAJoin",
     "(hook h)(spawn T (spawn S (on h))(join S)(res R))",
     {"init T <- root", "before T", "init S <- T", "before S", "after S",
      "h:after S", "init R <- T", "h:init R", "after T", "h:after T"}},
    {"JoinInAHook",
     "(hook h)(hook k)(on h)(on k)(spawn S (off k)(res Q))(act h before (join "
     "S)(ids))(res R)(in R (ids))",
     {"init S <- root", "h:init S",   "k:init S",   "init R <- root",
      "h:init R",       "k:init R",   "before R",   "h:before R",
      "before S",       "h:before S", "k:before S", "init Q <- S",
      "h:init Q",       "k:init Q",   "after S",    "h:after S",
      "k:after S",      "ids R root", "k:before R", "ids R root",
      "after R",        "h:after R"}},
    {"JoinOfACancelledTask",
     "(spawn T (spawn U (mark no))(cancel U)(join U)(mark t))(spawn S (mark "
     "s))",
     {"init T <- root", "init S <- root", "before T", "init U <- T", "before S",
      "mark s", "after S", "mark t", "after T"}},
    {"CancelComesTooLate",
     "(spawn S (mark s)(cancel S)(mark on))(spawn T (join S)(cancel S)(join "
     "S)(mark t))",
     {"init S <- root", "init T <- root", "before S", "mark s", "mark on",
      "after S", "before T", "mark t", "after T"}},
    {"CancelReachesOneTask",
     "(spawn S (mark a))(cancel S)(spawn S (mark b))(join S)",
     {"init S <- root", "init S#2 <- root", "before S#2", "mark b",
      "after S#2"}},
    {"JoinOfItself",
     "(spawn S (mark s))(spawn T (try (join T))(micro M (join T)(mark m)))",
     {"init S <- root", "init T <- root", "before S", "mark s", "after S",
      "before T", "caught deadlock", "init M <- T", "after T", "before M",
      "mark m", "after M"}},
    {"JoinOfWhoWaits",
     "(spawn T (spawn U (try (join T))(mark u))(join U)(mark t))",
     {"init T <- root", "before T", "init U <- T", "before U",
      "caught deadlock", "mark u", "after U", "mark t", "after T"}},
    {"JoinBehindAWait",
     "(spawn S (spawn U (mark u))(join U)(mark s))(spawn T (try (join S))(mark "
     "t))",
     {"init S <- root", "init T <- root", "before S", "init U <- S", "before T",
      "caught deadlock", "mark t", "after T", "before U", "mark u", "after U",
      "mark s", "after S"}},
    {"JoinInTheMainProgram",
     "(als a)(spawn S (enter a 1)(ids))(enter a 2)(join S)(log a)(ids)(spawn T "
     "(log a))",
     {"init S <- root", "before S", "ids S root", "after S", "get a=2",
      "ids root none", "init T <- root", "before T", "get a=2", "after T"}},
    {"JoinOfWhatIsNotThere",
     "(join S)(micro S)(join S)(promise S)(join S)",
     {"missing S", "init S <- root", "missing S", "init S#2 <- root",
      "missing S", "before S", "after S"}},
    {"JoinInATimer",
     "(als a)(run a 1 (every I 2 (enter a 2)(spawn S (log a)(enter a 3))(join "
     "S)(log a)(ids)))",
     {"init I <- root", "before I", "init S <- I", "before S", "get a=2",
      "after S", "get a=2", "ids I root", "after I", "before I",
      "init S#2 <- I", "before S#2", "get a=2", "after S#2", "get a=2",
      "ids I root", "after I"}},
    {"AFailureThatNobodyJoins",
     "(spawn S (throw e))(cancel Q)(spawn T (cancel S))",
     {"init S <- root", "missing Q", "init T <- root", "before S",
      "uncaught S e", "after S", "before T", "after T"}},
    {"ATaskMayBeCalledAsAStorageIs",
     "(als S 1)(spawn S (log S))(join S)(log S)",
     {"init S <- root", "before S", "get S=1", "after S", "get S=1"}},
};

class WaitScenariosTest : public testing::TestWithParam<WaitScenario> {
 protected:
  const Program program_ = ParseProgram(GetParam().program);
};

TEST_P(WaitScenariosTest, ModelPrintsWhatIsExpected) {
  EXPECT_EQ(RunModel(program_).lines, GetParam().expected);
}

TEST_P(WaitScenariosTest, LibraryPrintsWhatIsExpected) {
  ExpectLibraryPrints(program_, GetParam().expected);
}

TEST_P(WaitScenariosTest, WorkersPrintTheSameTaskByTask) {
  if (!IsConfluent(program_)) GTEST_SKIP() << "depends on the schedule";
  ExpectWorkersPrintTheSame(program_);
}

std::string IdOf(const testing::TestParamInfo<WaitScenario>& test) {
  return test.param.id;
}

INSTANTIATE_TEST_SUITE_P(Await, WaitScenariosTest, testing::ValuesIn(kAwaits),
                         IdOf);
INSTANTIATE_TEST_SUITE_P(Join, WaitScenariosTest, testing::ValuesIn(kJoins),
                         IdOf);

// With other rules some scenario prints other lines.
bool IsCaught(const Rules& rules) {
  const auto differs = [&](const WaitScenario& scenario) {
    return RunModel(ParseProgram(scenario.program), {.rules = rules}).lines !=
           scenario.expected;
  };
  return std::any_of(std::begin(kAwaits), std::end(kAwaits), differs) ||
         std::any_of(std::begin(kJoins), std::end(kJoins), differs);
}

TEST(WaitRulesTest, CatchWrongWaits) {
  int waits = 0;
  for (const WrongVariant& variant : WrongVariants()) {
    if (!IsOfWaits(variant.rules.flaw)) continue;
    ++waits;
    EXPECT_TRUE(IsCaught(variant.rules)) << variant.name;
  }
  EXPECT_EQ(waits, 8);
}

// What is said of a program that has no meaning, or "".
std::string ErrorOf(const std::string& program, int workers) {
  try {
    Interpret(ParseProgram(program), {.workers = workers});
  } catch (const ProgramError& error) {
    return error.what();
  }
  return "";
}

TEST(WaitErrorsTest, WithWorkersWhatMayNotEndIsRefused) {
  EXPECT_EQ(ErrorOf("(promise P)(try (await P))", 0), "");
  EXPECT_EQ(ErrorOf("(promise P)(try (await P))", 2),
            "line 1, column 17: await: the program is not confluent, so with "
            "workers this might not end; allowed: a ManualExecutor");
  EXPECT_EQ(ErrorOf("(spawn T (join T))", 2).substr(0, 47),
            "line 1, column 10: join: the program is not con");
}

TEST(WaitErrorsTest, OtherThingsCannotBeAwaited) {
  EXPECT_EQ(ErrorOf("(als a)(await a)", 0),
            "line 1, column 8: await: 'a' is a storage; allowed: a promise");
}

TEST(WaitErrorsTest, DeadlockMayNotLeaveAHook) {
  EXPECT_EQ(
      ErrorOf("(hook h)(on h)(promise P)(act h init (await P))(res R)", 0),
      "line 1, column 38: exception 'deadlock' leaves the body of hook "
      "'h'; allowed: to throw inside 'try'");
}

// What would be resolved if the program had not ended before is not waited for.
TEST(WaitErrorsTest, WaitsEndWithTheProgram) {
  const Program program =
      ParseProgram("(promise P)(spawn S (resolve P))(await P)(mark x)");
  for (const int workers : {1, 2, 8}) {
    for (int fuel = 0; fuel < 5; ++fuel) {
      EXPECT_TRUE(
          Interpret(program, {.workers = workers, .fuel = fuel}).out_of_fuel);
    }
    EXPECT_EQ(ErrorOf("(res R)(spawn U (run R 1))(promise P)"
                      "(spawn S (resolve P))(await P)",
                      workers),
              "line 1, column 17: run: 'R' is a resource; allowed: a storage");
  }
}

TEST(WaitTextTest, StatementsParseToThemselves) {
  EXPECT_EQ(ToText(ParseProgram("(await P)(join T)")), "(await P)(join T)");
  for (const char* text : {"(await)", "(await P Q)", "(await P (ids))",
                           "(join)", "(join T U)", "(join T (ids))"}) {
    EXPECT_THROW(ParseProgram(text), ProgramError) << text;
  }
}

}  // namespace
}  // namespace weft::conformance
