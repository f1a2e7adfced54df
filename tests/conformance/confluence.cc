// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/confluence.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>

namespace weft::conformance {

namespace {

using Names = std::set<std::string>;

class Check {
 public:
  bool IsConfluent(const Program& program) {
    Names visible;
    return IsGood(program, visible, /*in_root=*/true);
  }

 private:
  // `visible`: what the statements so far have made for these.
  bool IsGood(const Program& body, Names& visible, bool in_root) {
    return std::all_of(body.begin(), body.end(), [&](const Statement& s) {
      return IsGood(s, visible, in_root);
    });
  }

  bool IsGood(const Statement& statement, Names& visible, bool in_root) {
    const auto are_visible = [&](std::size_t first) {
      return std::all_of(
          statement.words.begin() + static_cast<std::ptrdiff_t>(first),
          statement.words.end(),
          [&](const std::string& name) { return visible.contains(name); });
    };
    switch (statement.operation) {
      case Operation::kAls:
      case Operation::kHook:
      case Operation::kSnap:
        return Make(statement, visible);
      case Operation::kRes:
        if (statement.words.size() == 3 && !are_visible(2)) return false;
        return Make(statement, visible);
      case Operation::kBind: {
        Names inside = visible;
        ++bound_;
        const bool is_good = IsGood(statement.body, inside, in_root);
        --bound_;
        return is_good && Make(statement, visible);
      }
      case Operation::kSpawn:
      case Operation::kMicro: {
        has_tasks_ = true;
        Names unused;
        Names inside = visible;
        return Make(statement, unused) &&
               IsGood(statement.body, inside, /*in_root=*/false);
      }
      case Operation::kEvery: {
        // A run may still be using what the one before has made.
        const bool repeats = RunsOf(statement) > 1;
        has_tasks_ = true;
        Names unused;
        Names inside = visible;
        if (!Make(statement, unused)) return false;
        bound_ += repeats ? 1 : 0;
        const bool is_good = IsGood(statement.body, inside, /*in_root=*/false);
        bound_ -= repeats ? 1 : 0;
        return is_good;
      }
      case Operation::kLog:
        return are_visible(0);
      case Operation::kRun:
      case Operation::kExit:
      case Operation::kScope:
      case Operation::kWith:
      case Operation::kIn:
        return visible.contains(statement.name()) &&
               IsGood(statement.body, visible, in_root);
      case Operation::kTry:
        return IsGood(statement.body, visible, in_root);
      case Operation::kEnter:
      case Operation::kCall:
        return visible.contains(statement.name());
      case Operation::kOn:
      case Operation::kOff:
        return in_root && !has_tasks_ && bound_ == 0 &&
               visible.contains(statement.name());
      case Operation::kIds:
      case Operation::kMark:
      case Operation::kThrow:
        return true;
      case Operation::kDisable:
      case Operation::kCancel:
      case Operation::kPromise:
      case Operation::kResolve:
      case Operation::kThen:
      case Operation::kAct:
        return false;
    }
    return false;
  }

  // The statement makes what it names.
  bool Make(const Statement& statement, Names& visible) {
    visible.insert(statement.name());
    return bound_ == 0 && made_.insert(statement.name()).second;
  }

  Names made_;
  int bound_ = 0;  // bodies of `bind` that we are in
  bool has_tasks_ = false;
};

}  // namespace

bool IsConfluent(const Program& program) {
  return Check().IsConfluent(program);
}

}  // namespace weft::conformance
