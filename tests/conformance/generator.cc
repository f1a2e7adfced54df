// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/generator.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weft/tests/conformance/confluence.h"
#include "weft/tests/conformance/random.h"

namespace weft::conformance {

namespace {

// What has been made so far, by kind. Storages and hooks exist from the start,
// as those that are used and not there are errors.
struct Names {
  std::vector<std::string> snapshots;
  std::vector<std::string> bounds;
  std::vector<std::string> resources;
  std::vector<std::string> promises;
  std::vector<std::string> timers;
  std::vector<std::string> tasks;
  std::vector<std::string> continuations;
  std::vector<std::string> coroutines;
  std::vector<std::string> races;
  std::vector<std::string> generators;
};

// What a body may contain.
struct Place {
  int depth = 0;
  bool in_act = false;    // an exception must not leave it
  bool in_try = false;    // an exception that leaves it is caught
  bool in_bound = false;  // of a confluent program: makes nothing
  bool in_coroutine = false;
  bool in_generator = false;
  bool in_nursery = false;  // of a confluent program: throws nothing
  Names* names = nullptr;
};

class Generator {
 public:
  Generator(std::uint64_t seed, ProgramKind kind)
      : random_(seed),
        is_confluent_(kind == ProgramKind::kConfluent ||
                      kind == ProgramKind::kConfluentForms),
        has_forms_(kind == ProgramKind::kForms ||
                   kind == ProgramKind::kConfluentForms),
        has_timers_(kind == ProgramKind::kTimers ||
                    kind == ProgramKind::kWaits || kind == ProgramKind::kForms),
        has_waits_(kind == ProgramKind::kWaits || kind == ProgramKind::kForms ||
                   is_confluent_) {}

  Program Generate() {
    ChooseLikings();
    Program program;
    Declare(program);
    Names names;
    Program body = Body({.names = &names}, 4 + random_.Below(12));
    for (Statement& statement : body) program.push_back(std::move(statement));
    return program;
  }

 private:
  static constexpr int kMaxNesting = 5;
  static constexpr int kMaxStatements = 70;

  void ChooseLikings() {
    constexpr std::array kOperations = {
        Operation::kLog,     Operation::kRun,     Operation::kExit,
        Operation::kScope,   Operation::kEnter,   Operation::kDisable,
        Operation::kIds,     Operation::kMark,    Operation::kSnap,
        Operation::kWith,    Operation::kBind,    Operation::kCall,
        Operation::kRes,     Operation::kIn,      Operation::kSpawn,
        Operation::kMicro,   Operation::kPromise, Operation::kResolve,
        Operation::kThen,    Operation::kOn,      Operation::kOff,
        Operation::kAct,     Operation::kThrow,   Operation::kTry,
        Operation::kEvery,   Operation::kCancel,  Operation::kAwait,
        Operation::kJoin,    Operation::kGo,      Operation::kRace,
        Operation::kTimeout, Operation::kNursery, Operation::kGenerate,
        Operation::kNext,    Operation::kYield};
    for (const Operation operation : kOperations) {
      if (!has_timers_ && IsOfTimers(operation)) continue;
      if (!has_waits_ && IsOfWaits(operation)) continue;
      if (!has_forms_ && IsOfForms(operation)) continue;
      if (is_confluent_ && IsOrdered(operation)) continue;
      constexpr std::array<std::size_t, 4> kLikings = {0, 1, 2, 5};
      std::size_t liking = kLikings[random_.Below(kLikings.size())];
      // A program that prints little shows little.
      if (operation == Operation::kLog) liking += 3;
      if (operation == Operation::kThrow) liking = (liking + 1) / 2;
      if (operation == Operation::kGo) liking += 2;
      if (operation == Operation::kAct)
        liking = std::max<std::size_t>(liking, 1);
      likings_.emplace_back(operation, liking);
    }
  }

  static bool IsOfTimers(Operation operation) {
    return operation == Operation::kEvery || operation == Operation::kCancel;
  }

  static bool IsOfForms(Operation operation) {
    return MakesCoroutine(operation) || IsOfCoroutines(operation) ||
           operation == Operation::kRace;
  }

  static bool IsOfWaits(Operation operation) {
    return operation == Operation::kAwait || operation == Operation::kJoin;
  }

  // Does its effect elsewhere depend on when it happens?
  static bool IsOrdered(Operation operation) {
    switch (operation) {
      case Operation::kDisable:
      case Operation::kResolve:
      case Operation::kOn:
      case Operation::kOff:
      case Operation::kAct:
        return true;
      default:
        return false;
    }
  }

  void Declare(Program& program) {
    for (const char* const name : {"a", "b", "c"}) {
      Statement storage{.operation = Operation::kAls, .words = {name}};
      if (random_.Chance(30)) storage.words.push_back(Value());
      program.push_back(std::move(storage));
      storages_.emplace_back(name);
    }
    for (const char* const name : {"h", "k"}) {
      program.push_back({.operation = Operation::kHook, .words = {name}});
      hooks_.emplace_back(name);
      if (random_.Chance(75)) {
        program.push_back({.operation = Operation::kOn, .words = {name}});
      }
    }
  }

  Program Body(Place place, std::size_t size) {
    Program body;
    for (std::size_t i = 0; i < size && count_ < kMaxStatements; ++i) {
      if (auto statement = NewStatement(ChooseOperation(place), place)) {
        ++count_;
        body.push_back(*std::move(statement));
        // What a caught exception has left behind.
        if (body.back().operation == Operation::kTry && random_.Chance(40)) {
          body.push_back({.operation = Operation::kLog, .words = storages_});
        }
        if (body.back().operation == Operation::kGenerate &&
            place.in_coroutine && random_.Chance(75)) {
          ++count_;
          body.push_back(
              {.operation = Operation::kNext, .words = {body.back().name()}});
        }
        if (is_confluent_ && body.back().operation == Operation::kPromise) {
          ++count_;
          body.push_back(Resolver(body.back().name(), place));
        }
      }
    }
    if (place.in_try && random_.Chance(20)) {
      if (auto thrower = NewStatement(Operation::kThrow, place)) {
        body.push_back(*std::move(thrower));
      }
    }
    return body;
  }

  // A body inside of `place`, which no coroutine executes.
  Program InnerBody(Place place) {
    place.in_coroutine = false;
    place.in_generator = false;
    return SameBody(place);
  }

  // The same, but who executes `place` executes it.
  Program SameBody(Place place) {
    ++place.depth;
    return Body(place, random_.Below(5));
  }

  // The body of a coroutine.
  Program CoroutineBody(Place place, bool is_generator = false) {
    Names names = *place.names;
    ForgetTasks(names);
    place.names = &names;
    place.in_act = false;
    place.in_try = false;
    place.in_coroutine = true;
    place.in_generator = is_generator;
    return SameBody(place);
  }

  // What a body of another makes, its creator cannot know.
  void ForgetTasks(Names& names) const {
    if (!is_confluent_) return;
    names.tasks.clear();
    names.continuations.clear();
    names.coroutines.clear();
    names.races.clear();
    names.generators.clear();
  }

  // The body of a task: what it makes, its creator cannot know.
  Program TaskBody(Place place) {
    Names names = *place.names;
    ForgetTasks(names);
    place.names = &names;
    place.in_act = false;
    place.in_try = false;
    return InnerBody(place);
  }

  // A task that resolves a promise first of all.
  Statement Resolver(const std::string& promise, const Place& place) {
    Statement task =
        NewTask({.operation = Operation::kSpawn, .words = {}}, place);
    task.body.insert(task.body.begin(),
                     {.operation = Operation::kResolve, .words = {promise}});
    return task;
  }

  Statement NewTask(Statement made, const Place& place) {
    const std::string name = TaskName("t");
    made.words = {name};
    made.body = TaskBody(place);
    if (made.operation == Operation::kSpawn) place.names->tasks.push_back(name);
    return made;
  }

  Operation ChooseOperation(const Place& place) {
    if (place.in_act && random_.Chance(40)) {
      // What shows where and when a hook is called.
      constexpr std::array kTelling = {Operation::kEnter, Operation::kEnter,
                                       Operation::kLog,   Operation::kIds,
                                       Operation::kOn,    Operation::kOff,
                                       Operation::kSpawn};
      return kTelling[random_.Below(kTelling.size())];
    }
    std::size_t total = 0;
    for (const auto& [operation, liking] : likings_) total += liking;
    std::size_t choice = random_.Below(total);
    for (const auto& [operation, liking] : likings_) {
      if (choice < liking) return operation;
      choice -= liking;
    }
    return Operation::kIds;
  }

  // Nothing if what was chosen has no place here.
  std::optional<Statement> NewStatement(Operation operation,
                                        const Place& place) {
    Statement made{.operation = operation, .words = {}};
    if (HasBody(made.operation) && place.depth >= kMaxNesting) return {};
    std::vector<std::string>& words = made.words;
    switch (made.operation) {
      case Operation::kLog:
        words = {Pick(storages_)};
        if (random_.Chance(40)) words = storages_;
        return made;
      case Operation::kRun:
      case Operation::kScope:
        words = {Pick(storages_), Value()};
        made.body = made.operation == Operation::kScope ? SameBody(place)
                                                        : InnerBody(place);
        return made;
      case Operation::kExit:
        words = {Pick(storages_)};
        made.body = InnerBody(place);
        return made;
      case Operation::kEnter:
        words = {Pick(storages_), Value()};
        return made;
      case Operation::kDisable:
        words = {Pick(storages_)};
        return made;
      case Operation::kIds:
        return made;
      case Operation::kMark:
        words = {"m" + std::to_string(++marks_)};
        return made;
      case Operation::kThrow:
        if (place.in_act && !place.in_try) return {};
        if (place.in_nursery) return {};
        // Otherwise what follows would seldom run.
        if (!place.in_try && random_.Chance(60)) return {};
        words = {"e" + std::to_string(random_.Below(3))};
        return made;
      case Operation::kTry: {
        Place inside = place;
        inside.in_try = true;
        made.body = SameBody(inside);
        return made;
      }
      case Operation::kSnap:
        return Make(std::move(made), place, &Names::snapshots, "s");
      case Operation::kBind: {
        Place inside = place;
        inside.in_bound = is_confluent_;
        inside.in_act = false;
        inside.in_try = false;
        made.body = InnerBody(inside);
        return Make(std::move(made), place, &Names::bounds, "f");
      }
      case Operation::kRes:
        if (!place.names->resources.empty() && random_.Chance(30)) {
          words = {"trigger", Pick(place.names->resources)};
        }
        return Make(std::move(made), place, &Names::resources, "r");
      case Operation::kPromise:
        return Make(std::move(made), place, &Names::promises, "p");
      case Operation::kCall:
        // What is bound may throw.
        if (place.in_nursery || (place.in_act && !place.in_try)) return {};
        return Use(std::move(made), place, &Names::bounds, "f");
      case Operation::kResolve:
        return Use(std::move(made), place, &Names::promises, "p");
      case Operation::kWith:
        return Use(std::move(made), place, &Names::snapshots, "s");
      case Operation::kIn:
        return Use(std::move(made), place, &Names::resources, "r");
      case Operation::kThen: {
        if (place.in_bound) return {};
        const auto promise = NameToUse(place.names->promises, "p");
        if (!promise) return NewStatement(Operation::kPromise, place);
        words = {TaskName("c"), *promise};
        made.body = TaskBody(place);
        place.names->continuations.push_back(words[0]);
        return made;
      }
      case Operation::kSpawn:
      case Operation::kMicro:
        if (place.in_bound) return {};
        return NewTask(std::move(made), place);
      case Operation::kAwait:
        // It may throw.
        if (place.in_act && !place.in_try) return {};
        if (has_forms_ && !place.in_bound && random_.Chance(60)) {
          return random_.Chance(70)
                     ? Use(std::move(made), place, &Names::coroutines, "g")
                     : Use(std::move(made), place, &Names::races, "w");
        }
        return random_.Chance(50) || place.in_bound
                   ? Use(std::move(made), place, &Names::promises, "p")
                   : Use(std::move(made), place, &Names::continuations, "c");
      case Operation::kJoin:
        if (place.in_bound || (place.in_act && !place.in_try)) return {};
        return Use(std::move(made), place, &Names::tasks, "t");
      case Operation::kOn:
      case Operation::kOff:
        words = {Pick(hooks_)};
        return made;
      case Operation::kAct: {
        Place inside = place;
        inside.in_act = true;
        inside.in_try = false;
        words = {Pick(hooks_),
                 Pick({"init", "init", "before", "after", "resolve"})};
        made.body = InnerBody(inside);
        return made;
      }
      case Operation::kEvery:
        words = {std::to_string(1 + random_.Below(3))};
        made.body = TaskBody(place);
        return Make(std::move(made), place, &Names::timers, "i");
      case Operation::kCancel:
        if (has_forms_ && random_.Chance(70)) {
          return random_.Chance(70)
                     ? Use(std::move(made), place, &Names::coroutines, "g")
                     : Use(std::move(made), place, &Names::generators, "n");
        }
        return has_waits_ && random_.Chance(50)
                   ? Use(std::move(made), place, &Names::tasks, "t")
                   : Use(std::move(made), place, &Names::timers, "i");
      case Operation::kGo:
        if (place.in_bound) return {};
        words = {TaskName("g")};
        made.body = CoroutineBody(place);
        place.names->coroutines.push_back(words[0]);
        return made;
      case Operation::kRace:
        return NewRace(std::move(made), place);
      case Operation::kTimeout:
        if (!place.in_coroutine || place.in_bound) return {};
        words = {TaskName("x"),
                 is_confluent_ || random_.Chance(30) ? "never" : "soon"};
        made.body = CoroutineBody(place);
        return made;
      case Operation::kNursery: {
        if (!place.in_coroutine || place.in_bound) return {};
        words = {TaskName("y")};
        Place inside = place;
        inside.in_nursery = is_confluent_;
        made.body = CoroutineBody(inside);
        if (!is_confluent_ && random_.Chance(30)) AddTwoFailures(made, place);
        return made;
      }
      case Operation::kGenerate: {
        if (place.in_bound) return {};
        const std::string name = TaskName("n");
        words = {name};
        made.body = CoroutineBody(place, true);
        made.body.push_back(
            {.operation = Operation::kYield, .words = {Value()}});
        place.names->generators.push_back(name);
        return made;
      }
      case Operation::kNext: {
        if (!place.in_coroutine || place.in_bound) return {};
        const auto name = NameToUse(place.names->generators, "n");
        if (!name) return NewStatement(Operation::kGenerate, place);
        words = {*name};
        return made;
      }
      case Operation::kYield:
        if (!place.in_generator) return {};
        words = {Value()};
        return made;
      case Operation::kAls:
      case Operation::kHook:
        return {};
    }
    return {};
  }

  // Adds a coroutine that fails when it is cancelled, and one that fails.
  void AddTwoFailures(Statement& nursery, const Place& place) {
    if (place.names->promises.empty()) return;
    count_ += 6;
    Statement wait{.operation = Operation::kTry, .words = {}};
    wait.body.push_back({.operation = Operation::kAwait,
                         .words = {Pick(place.names->promises)}});
    Statement second{.operation = Operation::kGo, .words = {TaskName("g")}};
    second.body.push_back(std::move(wait));
    second.body.push_back({.operation = Operation::kThrow, .words = {"e1"}});
    Statement first{.operation = Operation::kGo, .words = {TaskName("g")}};
    first.body.push_back({.operation = Operation::kThrow, .words = {"e2"}});
    nursery.body.push_back(std::move(second));
    nursery.body.push_back(std::move(first));
  }

  // Of one input, if the program is to be confluent.
  std::optional<Statement> NewRace(Statement made, const Place& place) {
    if (place.in_bound) return {};
    Names names = *place.names;  // who waits for an input is the race alone
    Place inside = place;
    inside.names = &names;
    const std::size_t inputs = is_confluent_ ? 1 : 1 + random_.Below(3);
    for (std::size_t i = 0; i < inputs; ++i) {
      auto input = NewStatement(
          random_.Chance(50) ? Operation::kThen : Operation::kGo, inside);
      if (!input) continue;
      const bool is_input = input->operation == Operation::kThen ||
                            input->operation == Operation::kGo;
      if (is_input) made.body.push_back(*std::move(input));
    }
    if (made.body.empty()) return {};
    made.words = {TaskName("w")};
    place.names->races.push_back(made.words[0]);
    return made;
  }

  static bool HasBody(Operation operation) {
    switch (operation) {
      case Operation::kRun:
      case Operation::kExit:
      case Operation::kScope:
      case Operation::kWith:
      case Operation::kBind:
      case Operation::kIn:
      case Operation::kSpawn:
      case Operation::kMicro:
      case Operation::kEvery:
      case Operation::kThen:
      case Operation::kAct:
      case Operation::kTry:
      case Operation::kGo:
      case Operation::kRace:
      case Operation::kTimeout:
      case Operation::kNursery:
      case Operation::kGenerate:
        return true;
      default:
        return false;
    }
  }

  // The statement makes something: of any name, or, if the program is to be
  // confluent, of a new one.
  std::optional<Statement> Make(Statement made, const Place& place,
                                std::vector<std::string> Names::* names,
                                const std::string& prefix) {
    if (place.in_bound) return {};
    const std::string name =
        prefix + std::to_string(is_confluent_ ? ++unique_ : random_.Below(3));
    (place.names->*names).push_back(name);
    made.words.insert(made.words.begin(), name);
    return made;
  }

  // The statement uses something. If there is nothing yet, one that makes it
  // comes in its place.
  std::optional<Statement> Use(Statement made, const Place& place,
                               std::vector<std::string> Names::* names,
                               const std::string& prefix) {
    const auto name = NameToUse(place.names->*names, prefix);
    if (name) {
      made.words = {*name};
      if (HasBody(made.operation)) made.body = InnerBody(place);
      return made;
    }
    switch (made.operation) {
      case Operation::kCall:
        return NewStatement(Operation::kBind, place);
      case Operation::kResolve:
        return NewStatement(Operation::kPromise, place);
      case Operation::kAwait:
        return NewStatement(prefix == "g"   ? Operation::kGo
                            : prefix == "w" ? Operation::kRace
                                            : Operation::kThen,
                            place);
      case Operation::kJoin:
        return NewStatement(Operation::kSpawn, place);
      case Operation::kCancel:
        return NewStatement(prefix == "g"   ? Operation::kGo
                            : prefix == "n" ? Operation::kGenerate
                                            : Operation::kEvery,
                            place);
      case Operation::kWith:
        return NewStatement(Operation::kSnap, place);
      default:
        return NewStatement(Operation::kRes, place);
    }
  }

  // The name of something to use, likely one that is there.
  std::optional<std::string> NameToUse(const std::vector<std::string>& names,
                                       const std::string& prefix) {
    if (!is_confluent_ && random_.Chance(10)) return prefix + "0";
    if (names.empty()) return {};
    return Pick(names);
  }

  std::string TaskName(const std::string& prefix) {
    return prefix +
           std::to_string(is_confluent_ ? ++unique_ : random_.Below(8));
  }

  std::string Value() { return Pick({"1", "2", "x", "nan", "_", "_"}); }

  std::string Pick(const std::vector<std::string>& names) {
    return names[random_.Below(names.size())];
  }

  Random random_;
  const bool is_confluent_;
  const bool has_forms_;
  const bool has_timers_;
  const bool has_waits_;
  std::vector<std::pair<Operation, std::size_t>> likings_;
  std::vector<std::string> storages_;
  std::vector<std::string> hooks_;
  int count_ = 0;
  int marks_ = 0;
  std::size_t unique_ = 0;
};

}  // namespace

Program GenerateProgram(std::uint64_t seed, ProgramKind kind) {
  const bool is_confluent =
      kind == ProgramKind::kConfluent || kind == ProgramKind::kConfluentForms;
  for (;;) {
    Program program = Generator(seed, kind).Generate();
    // Few are not, for a rare wait.
    if (!is_confluent || IsConfluent(program)) return program;
    seed += std::uint64_t{1} << 32;
  }
}

}  // namespace weft::conformance
