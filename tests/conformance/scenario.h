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
//   (every T n ...)          a timer that runs n times, in the context it is
//                            set in
//   (cancel T)               of a timer; prints "cancel T yes", or "no" if it
//                            came too late. Else of a task, which does not run
//                            unless it has begun; prints nothing. Else of the
//                            flow of a coroutine or a generator; prints nothing
//   (promise P)  (resolve P)  (then C P ...)
//   (await F)                waits for a continuation, or else a coroutine, or
//                            else a race, and then prints "won C" of its first
//                            input C; or else a promise
//   (join T)                 waits for a task
//   (hook H)  (on H)  (off H)
//   (act H init|before|after|resolve ...)  in H's next callback of that kind
//   (throw E)  (try ...)     prints "caught E"
//   (go T ...)               a coroutine, which is spawned
//   (race R input...)        waits for the first of its inputs, each of them a
//                            `then` or a `go`, which only the race waits for
//   (generate G ...)         a generator, a coroutine that runs when it is
//   asked
//
// In a coroutine there are besides
//
//   (timeout X soon|never ...)  another one, which is awaited, in a flow with a
//                            deadline. Soon is when nothing else is left to do
//   (nursery N ...)          another one, which is awaited, and with it all
//   that
//                            it spawns
//   (next G)                 asks a generator; prints "next G V", or "next G
//                            end", or "busy G" if somebody is asking it
//   (yield V)                in a generator: answers
//
// Tasks, and continuations, have names of their own: a storage may be called as
// a task is. The latest of a name is meant. Where a name stands for nothing,
// "missing X" is printed.
//
// An exception that leaves a task T prints "uncaught T E", whoever waits.
//
// `await` is Future::Get(), of the continuation's future or the promise's;
// `join` is TaskGroup::Wait(), of a group with that task alone. They print
// nothing themselves, and may stand wherever a statement may.
//
// * What is done already is not waited for: nothing else runs. Otherwise jobs
//   run, one after the other, until it is done, each with its own context, ids
//   and events, on top of who waits. On a ManualExecutor the next is what the
//   innermost running task has deferred (micros, continuations), then what
//   those further out have, then what the main program has, then the oldest
//   task, and what that one defers with it. Time stands still: no timer runs.
// * A task or continuation is done after its `after` event, a promise after its
//   `resolve` event. A cancelled one is done when its turn comes, as if it ran.
// * Afterwards context and ids are what they were, also if the wait throws.
// * A continuation that failed throws what left its body, at every `await`; a
//   task at the first `join` that ends, which takes the exception.
// * In a hook's callback what runs meanwhile is part of that: hooks which it
//   switches are switched when the outermost callback's event is over.
// * A wait that cannot end throws "deadlock": at once if what is waited for is
//   running on this very stack, else when nothing is left to run.
//
// In a coroutine means in its body, or in a `try` or `scope` there, or in one
// of these. There `await` is `co_await`: what is done already is not waited
// for; otherwise the coroutine is suspended, and goes on right after what it
// waits for is done, as a continuation does. In the body of a `run`, for
// instance, a coroutine waits as all others do.
//
// * A segment of a coroutine is from `before` to `after`. It has one context,
//   which goes from segment to segment; nothing of it reaches anybody else.
//   `timeout`, `nursery` and `next` end a segment in each case.
// * A coroutine, and what it awaits, is a resource each. So `(timeout X ...)`
// is
//   WithTimeout(), called X, and the body that this calls. What the library
//   makes is called after its trigger and its type, here "X/COROUTINE".
// * A coroutine that was spawned is done after its last `after`, one that was
//   cancelled before it began when its turn comes.
// * `go` in the body of a nursery, or of a coroutine spawned into one, spawns
//   into that nursery. The first that fails cancels all in it; its exception is
//   thrown by `nursery`. One that ends as cancelled, when the nursery cancels,
//   has not failed. `nursery` waits for all of them, also if it is cancelled.
// * A race is done by the first input that is; it throws what that one threw.
//   Then a `then` that still waits for its promise is not called any more. A
//   coroutine goes on.
// * A flow is cancelled, or late, where its coroutine was made in one that is,
//   too. What is made in it, tasks, continuations, coroutines, does not run
//   when its turn comes later; a wait for it throws "cancelled" or "late", but
//   a `join` of a cancelled task, which throws nothing. Only timers have no
//   limits.
// * A coroutine that waits in a flow that is cancelled goes on after the tasks
//   that are queued then, and its wait throws. If several wait, the first is
//   the one that was the last to be made, or to begin its wait, in the flow
//   that is cancelled.
// * When there is nothing left to do, and no timer, the earliest deadline
//   passes. It does the same to one that waits, and then to the next.

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
  kAwait,
  kJoin,
  kHook,
  kOn,
  kOff,
  kAct,
  kThrow,
  kGo,
  kRace,
  kTimeout,
  kGenerate,
  kYield,
  kNext,
  kNursery,
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
// Does the deadline of a `timeout` pass?
bool IsSoon(const Statement& timeout);
// May it stand in a coroutine only?
bool IsOfCoroutines(Operation operation);
// Has it a coroutine's body?
bool MakesCoroutine(Operation operation);
// What is printed for a value.
std::string ShowValue(const std::optional<std::string>& value);

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_SCENARIO_H_
