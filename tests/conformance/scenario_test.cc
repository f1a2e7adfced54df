// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/scenario.h"

#include <string>

#include "gtest/gtest.h"

namespace weft::conformance {
namespace {

// What is said of a program that cannot be parsed.
std::string ErrorOf(const std::string& text) {
  try {
    ParseProgram(text);
  } catch (const ProgramError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ScenarioTest, EmptyProgramHasNoStatements) {
  EXPECT_TRUE(ParseProgram("").empty());
  EXPECT_TRUE(ParseProgram(" \t\n; nothing here").empty());
}

TEST(ScenarioTest, WordsAndBodyAreKeptApart) {
  const Program program = ParseProgram("(run a 1 (log a b)(ids))");

  ASSERT_EQ(program.size(), 1u);
  EXPECT_EQ(program[0].operation, Operation::kRun);
  EXPECT_EQ(program[0].words, (std::vector<std::string>{"a", "1"}));
  ASSERT_EQ(program[0].body.size(), 2u);
  EXPECT_EQ(program[0].body[0].words, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(program[0].body[1].operation, Operation::kIds);
}

TEST(ScenarioTest, TextOfAProgramParsesToItself) {
  const std::string text =
      "(als a 9)(hook h)(act h init (res q trigger r))(try (throw e))(in r)";
  EXPECT_EQ(ToText(ParseProgram(text)), text);
}

TEST(ScenarioTest, CommentsEndWithTheLine) {
  EXPECT_EQ(ToText(ParseProgram("(mark x);)\n;(ids)\n(mark y;z\n)")),
            "(mark x)(mark y)");
}

TEST(ScenarioTest, StatementsKnowWhereTheyStart) {
  const Program program = ParseProgram("(ids)\n  (try\n(mark x))");

  EXPECT_EQ(program[1].position.line, 2);
  EXPECT_EQ(program[1].position.column, 3);
  EXPECT_EQ(program[1].body[0].position.line, 3);
  EXPECT_EQ(program[1].body[0].position.column, 1);
}

TEST(ScenarioTest, BodiesAreCounted) {
  EXPECT_EQ(CountStatements(ParseProgram("(try (try (ids)))(ids)")), 4);
}

TEST(ScenarioTest, UnknownOperationIsAnError) {
  EXPECT_EQ(ErrorOf("(ids)\n (foo a)").substr(0, 63),
            "line 2, column 3: found 'foo'; allowed: an operation: als, log,");
}

TEST(ScenarioTest, MissingOperationIsAnError) {
  EXPECT_EQ(ErrorOf("()").substr(0, 43),
            "line 1, column 2: found ')'; allowed: an op");
  EXPECT_EQ(ErrorOf("((ids))").substr(0, 43),
            "line 1, column 2: found '('; allowed: an op");
}

TEST(ScenarioTest, TooFewWordsAreAnError) {
  EXPECT_EQ(ErrorOf("(run a (ids))"),
            "line 1, column 8: found '('; allowed: a word, as in "
            "(run A value statement...)");
  EXPECT_EQ(ErrorOf("(log)"),
            "line 1, column 5: found ')'; allowed: a word, as in (log A ...)");
  EXPECT_EQ(ErrorOf("(res r trigger)"),
            "line 1, column 15: found ')'; allowed: a word, as in "
            "(res R [trigger R2])");
}

TEST(ScenarioTest, TooManyWordsAreAnError) {
  EXPECT_EQ(ErrorOf("(mark x y)"),
            "line 1, column 9: found 'y'; allowed: ')', as in (mark X)");
  EXPECT_EQ(ErrorOf("(try x)"),
            "line 1, column 6: found 'x'; allowed: '(' or ')', as in "
            "(try statement...)");
}

TEST(ScenarioTest, BodyWhereNoneBelongsIsAnError) {
  EXPECT_EQ(ErrorOf("(mark x (ids))"),
            "line 1, column 9: found '('; allowed: ')', as in (mark X)");
}

TEST(ScenarioTest, WordBetweenStatementsIsAnError) {
  EXPECT_EQ(ErrorOf("(ids) x"),
            "line 1, column 7: found 'x'; allowed: '(' or the end of the "
            "program");
  EXPECT_EQ(ErrorOf("(try (ids) x)"),
            "line 1, column 12: found 'x'; allowed: '(' or ')', as in "
            "(try statement...)");
}

TEST(ScenarioTest, UnbalancedParenthesesAreErrors) {
  EXPECT_EQ(ErrorOf("(try (ids)"),
            "line 1, column 11: found the end of the program; allowed: '(' or "
            "')', as in (try statement...)");
  EXPECT_EQ(ErrorOf("(ids))"),
            "line 1, column 6: found ')'; allowed: '(' or the end of the "
            "program");
}

TEST(ScenarioTest, EventThatNoHookHasIsAnError) {
  EXPECT_EQ(ErrorOf("(act h destroy)"),
            "line 1, column 8: found 'destroy'; allowed: init, before, after "
            "or resolve, as in (act H init|before|after|resolve "
            "statement...)");
}

TEST(ScenarioTest, WordInThePlaceOfTriggerIsAnError) {
  EXPECT_EQ(ErrorOf("(res r by q)"),
            "line 1, column 8: found 'by'; allowed: 'trigger' or ')', as in "
            "(res R [trigger R2])");
}

TEST(ScenarioTest, IntegerThatIsTooLargeIsAnError) {
  EXPECT_EQ(ErrorOf("(enter a 9007199254740991)"), "no error");
  EXPECT_EQ(ErrorOf("(enter a -9007199254740992)"),
            "line 1, column 10: found '-9007199254740992'; allowed: an integer "
            "from -9007199254740991 to 9007199254740991");
  EXPECT_EQ(ErrorOf("(enter a 99999999999999999999)").substr(0, 51),
            "line 1, column 10: found '99999999999999999999'; al");
}

TEST(ScenarioTest, ATimeoutIsSoonOrNever) {
  EXPECT_EQ(ErrorOf("(timeout x soon)(timeout x never (ids))"), "no error");
  EXPECT_EQ(ErrorOf("(timeout x later)"),
            "line 1, column 12: found 'later'; allowed: soon or never, as in "
            "(timeout X soon|never statement...)");
}

TEST(ScenarioTest, ARaceHasInputsThatAreFutures) {
  EXPECT_EQ(ErrorOf("(race r (then c p (ids))(go t))"), "no error");
  EXPECT_EQ(ErrorOf("(race r)"),
            "line 1, column 8: found ')'; allowed: an input, as in (race R "
            "(then C P ...) (go T ...) ...)");
  EXPECT_EQ(ErrorOf("(race r (go t)\n(spawn u))"),
            "line 2, column 1: found an input 'spawn'; allowed: then or go, as "
            "in (race R (then C P ...) (go T ...) ...)");
}

TEST(ScenarioTest, NestingIsBounded) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "(try ";
    return text + std::string(static_cast<std::size_t>(depth), ')');
  };
  EXPECT_EQ(ErrorOf(nested(kMaxDepth)), "no error");
  EXPECT_EQ(ErrorOf(nested(kMaxDepth + 1)),
            "line 1, column 3251: statements are nested more than 650 deep");
}

TEST(ScenarioTest, ValuesAreShownAsTheyAreWritten) {
  EXPECT_EQ(ValueOf("_"), std::nullopt);
  EXPECT_EQ(ValueOf("x"), "x");
  EXPECT_EQ(ValueOf("nan"), "nan");
  EXPECT_EQ(ValueOf("-7"), "-7");
  EXPECT_EQ(ValueOf("1-2"), "1-2");
  EXPECT_EQ(ShowValue(std::nullopt), "_");
  EXPECT_EQ(ShowValue("x"), "x");
}

TEST(ScenarioTest, IntegersAreNumbers) {
  EXPECT_EQ(ValueOf("007"), "7");
  EXPECT_EQ(ValueOf("-0"), "0");
}

}  // namespace
}  // namespace weft::conformance
