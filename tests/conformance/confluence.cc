// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/confluence.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <utility>

namespace weft::conformance {

namespace {

using Names = std::set<std::string>;

// What the statements so far have made.
struct Scope {
  bool in_root = false;
  Names visible = {};    // for these
  Names awaitable = {};  // continuations, coroutines, races of this task
  Names joinable = {};   // its tasks
  Names askable = {};    // and its generators
  bool in_nursery = false;
  bool suspends = false;  // what awaits here: a coroutine, as it goes on later
  // What may have begun before the coroutine went on, and wait below it.
  Names below = {};

  // For those that run in another task, or may.
  Scope Elsewhere() const {
    return {.visible = visible, .in_nursery = in_nursery};
  }
};

class Check {
 public:
  bool IsConfluent(const Program& program) {
    Scope scope{.in_root = true};
    return IsGood(program, scope);
  }

 private:
  bool IsGood(const Program& body, Scope& scope) {
    for (std::size_t i = 0; i < body.size(); ++i) {
      if (body[i].operation == Operation::kPromise) {
        if (i + 1 == body.size() || !Resolves(body[i + 1], body[i])) {
          return false;
        }
        resolves_.insert(&body[i + 1].body.front());
      }
      if (!IsGood(body[i], scope)) return false;
    }
    return true;
  }

  // Does `task` resolve `promise` before all else?
  static bool Resolves(const Statement& task, const Statement& promise) {
    return task.operation == Operation::kSpawn && !task.body.empty() &&
           task.body.front().operation == Operation::kResolve &&
           task.body.front().name() == promise.name();
  }

  bool IsGood(const Statement& statement, Scope& scope) {
    const auto are_visible = [&](std::size_t first) {
      return std::all_of(
          statement.words.begin() + static_cast<std::ptrdiff_t>(first),
          statement.words.end(), [&](const std::string& name) {
            return scope.visible.contains(name);
          });
    };
    switch (statement.operation) {
      case Operation::kAls:
      case Operation::kHook:
      case Operation::kSnap:
      case Operation::kPromise:
        return Make(statement, scope.visible);
      case Operation::kRes:
        if (statement.words.size() == 3 && !are_visible(2)) return false;
        return Make(statement, scope.visible);
      case Operation::kBind: {
        Scope inside = scope.Elsewhere();
        inside.in_root = scope.in_root;
        ++bound_;
        const bool is_good = IsGood(statement.body, inside);
        --bound_;
        return is_good && Make(statement, scope.visible);
      }
      case Operation::kSpawn:
        NoteWaits(statement);
        return IsGoodTask(statement, scope) &&
               scope.joinable.insert(statement.name()).second;
      case Operation::kThen:
        NoteWaits(statement);
        return are_visible(1) && IsGoodTask(statement, scope) &&
               scope.awaitable.insert(statement.name()).second;
      case Operation::kMicro:
        return IsGoodTask(statement, scope);
      case Operation::kEvery: {
        // A run may still be using what the one before has made.
        const int repeats = RunsOf(statement) > 1 ? 1 : 0;
        has_tasks_ = true;
        Names unused;
        Scope inside = scope.Elsewhere();
        if (!Make(statement, unused)) return false;
        bound_ += repeats;
        const bool is_good = IsGood(statement.body, inside);
        bound_ -= repeats;
        return is_good;
      }
      case Operation::kResolve:
        return resolves_.contains(&statement);
      case Operation::kGo:
        NoteWaits(statement);
        return IsGoodCoroutine(statement, scope) &&
               scope.awaitable.insert(statement.name()).second;
      case Operation::kRace:
        NoteWaits(statement);
        return IsGoodRace(statement, scope);
      case Operation::kGenerate:
        return IsGoodCoroutine(statement, scope) &&
               scope.askable.insert(statement.name()).second;
      case Operation::kTimeout:
        if (IsSoon(statement) || !IsGoodCoroutine(statement, scope)) {
          return false;
        }
        GoOn(scope);
        return true;
      case Operation::kNursery: {
        Scope inside = scope;
        inside.in_nursery = true;
        if (!IsGoodCoroutine(statement, inside)) return false;
        GoOn(scope);
        return true;
      }
      case Operation::kNext:
        if (!scope.askable.contains(statement.name())) return false;
        GoOn(scope);
        return true;
      case Operation::kYield:
        GoOn(scope);
        return true;
      case Operation::kAwait:
        if (!scope.awaitable.contains(statement.name()) && !are_visible(0)) {
          return false;
        }
        GoOn(scope);
        return scope.suspends || !scope.below.contains(statement.name());
      case Operation::kJoin:
        return scope.joinable.contains(statement.name()) &&
               !scope.below.contains(statement.name());
      case Operation::kLog:
        return are_visible(0);
      case Operation::kRun:
      case Operation::kExit:
      case Operation::kWith:
      case Operation::kIn: {
        if (!scope.visible.contains(statement.name())) return false;
        // A function is called: who waits in it sleeps.
        const bool suspends = std::exchange(scope.suspends, false);
        const bool is_good = IsGood(statement.body, scope);
        scope.suspends = suspends;
        return is_good;
      }
      case Operation::kScope:
        return scope.visible.contains(statement.name()) &&
               IsGood(statement.body, scope);
      case Operation::kTry:
        return IsGood(statement.body, scope);
      case Operation::kCall:
        if (scope.in_nursery) return false;
        [[fallthrough]];
      case Operation::kEnter:
        return scope.visible.contains(statement.name());
      case Operation::kOn:
      case Operation::kOff:
        return scope.in_root && !has_tasks_ && bound_ == 0 &&
               scope.visible.contains(statement.name());
      case Operation::kIds:
      case Operation::kMark:
        return true;
      case Operation::kThrow:
        return !scope.in_nursery;
      case Operation::kDisable:
      case Operation::kCancel:
      case Operation::kAct:
        return false;
    }
    return false;
  }

  bool IsGoodTask(const Statement& statement, const Scope& scope) {
    has_tasks_ = true;
    Names unused;
    Scope inside = scope.Elsewhere();
    return Make(statement, unused) && IsGood(statement.body, inside);
  }

  bool IsGoodCoroutine(const Statement& statement, const Scope& scope) {
    // What it throws, or what has failed, would cancel others.
    Scope inside = scope.Elsewhere();
    inside.suspends = true;
    has_tasks_ = true;
    Names unused;
    return Make(statement, unused) && IsGood(statement.body, inside);
  }

  // Which of several inputs is the first depends on the schedule.
  bool IsGoodRace(const Statement& race, Scope& scope) {
    Scope inputs = scope;
    Names unused;
    return race.body.size() == 1 && Make(race, unused) &&
           IsGood(race.body, inputs) &&
           scope.awaitable.insert(race.name()).second;
  }

  // Can what runs there wait, itself or what it makes?
  static bool Waits(const Program& body) {
    return std::any_of(body.begin(), body.end(), [](const Statement& one) {
      return one.operation == Operation::kJoin ||
             one.operation == Operation::kAwait || Waits(one.body);
    });
  }
  void NoteWaits(const Statement& statement) {
    if (Waits(statement.body)) waits_.insert(statement.name());
  }

  // A coroutine may go on here on the stack of what waits. For that it must not
  // wait, or nothing would ever end, unless as many threads go on as wait.
  void GoOn(Scope& scope) const {
    if (!scope.suspends) return;
    for (const Names* made : {&scope.awaitable, &scope.joinable}) {
      std::set_intersection(made->begin(), made->end(), waits_.begin(),
                            waits_.end(),
                            std::inserter(scope.below, scope.below.end()));
    }
  }

  // The statement makes what it names.
  bool Make(const Statement& statement, Names& names) {
    names.insert(statement.name());
    return bound_ == 0 && made_.insert(statement.name()).second;
  }

  Names made_;
  Names waits_;                          // what may wait as it runs
  std::set<const Statement*> resolves_;  // those that have their place
  int bound_ = 0;                        // bodies of `bind` that we are in
  bool has_tasks_ = false;
};

}  // namespace

bool IsConfluent(const Program& program) {
  return Check().IsConfluent(program);
}

}  // namespace weft::conformance
