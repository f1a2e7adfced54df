// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A small language for programs about context, resources, tasks and hooks. One
// program can be run by the library (interpreter.h) and by a model of its rules
// (reference_model.h); both print the same lines.
//
//   program   := statement*
//   statement := '(' operation word* statement* ')'
//   word      := anything without blanks, parentheses and ';'
//   value     := word; '_' is none, an integer is a number, 'nan' is NaN
//   comment   := ';' to the end of the line
//
//   (als A [value])          a storage, with a default; again: nothing
//   (log A ...)              prints "get A=1 B=_"
//   (run A value ...)  (exit A ...)  (scope A value ...)  (enter A value)
//   (disable A)
//   (ids)                    prints "ids EXECUTION TRIGGER", by name
//   (mark X)                 prints "mark X"
//   (snap S)  (with S ...)   captures the context; runs in it
//   (bind F ...)  (call F)   captures the context with a body
//   (res R [trigger R2])  (in R ...)     a resource; runs as it
//   (spawn T ...)            a task
//   (micro M ...)            a task that runs right after the current one
//   (every T n ...)         a timer that runs n times, in the context it is set
//   in (cancel T)              prints "cancel T yes", or "no" if it came too
//   late (promise P)  (resolve P)  (then C P ...) (hook H)  (on H)  (off H)
//   (act H init|before|after|resolve ...)  in H's next callback of that kind
//   (throw E)  (try ...)     prints "caught E"

#ifndef WEFT_TESTS_CONFORMANCE_SCENARIO_H_
#define WEFT_TESTS_CONFORMANCE_SCENARIO_H_

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace weft::conformance {

// Where something starts in a program's text, both counted from 1.
struct Position {
  int line = 1;
  int column = 1;
};

// What is wrong with a program, found by parsing or by running it.
class ProgramError : public std::runtime_error {
 public:
  ProgramError(Position position, const std::string& problem);
  Position position() const noexcept { return position_; }

 private:
  Position position_;
};

enum class Operation {
  kAls,
  kLog,
  kRun,
  kExit,
  kScope,
  kEnter,
  kDisable,
  kIds,
  kMark,
  kSnap,
  kWith,
  kBind,
  kCall,
  kRes,
  kIn,
  kSpawn,
  kMicro,
  kEvery,
  kCancel,
  kPromise,
  kResolve,
  kThen,
  kHook,
  kOn,
  kOff,
  kAct,
  kThrow,
  kTry,
};

struct Statement {
  Operation operation;
  std::vector<std::string> words;  // after the operation
  std::vector<Statement> body = {};
  Position position = {};

  const std::string& name() const { return words.front(); }
};

using Program = std::vector<Statement>;

// Deeper than this nothing nests, in the text or when it runs: a program cannot
// exhaust the stack.
inline constexpr int kMaxDepth = 650;
// The same for the bodies of acts; the library allows 256.
inline constexpr int kMaxActDepth = 250;
// How often a timer runs at most.
inline constexpr int kMaxRuns = 100;
// How many statements a program executes unless told otherwise.
inline constexpr int kDefaultFuel = 600;

// Throws ProgramError, saying what was found and what is allowed there.
Program ParseProgram(std::string_view text);

// The text of a program, or of one statement, on one line.
std::string ToText(const Program& program);
std::string ToText(const Statement& statement);

std::string OperationName(Operation operation);

// How many statements there are, bodies included.
int CountStatements(const Program& program);

// The text under which a value is stored and printed; null if it is none.
std::optional<std::string> ValueOf(const std::string& word);
// How often the timer of an `every` runs.
int RunsOf(const Statement& statement);
// What is printed for a value.
std::string ShowValue(const std::optional<std::string>& value);

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_SCENARIO_H_
