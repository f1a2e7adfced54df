// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a name of a program can stand for. All share one space of names.

#ifndef WEFT_TESTS_CONFORMANCE_OBJECT_KIND_H_
#define WEFT_TESTS_CONFORMANCE_OBJECT_KIND_H_

#include <optional>
#include <string>

#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {

enum class ObjectKind {
  kStorage,
  kSnapshot,
  kBound,
  kResource,
  kPromise,
  kTimer,
  kGenerator,
  kHook
};

// "storage", "snapshot", ...
std::string ObjectKindName(ObjectKind kind);

// That `statement` uses `name`, which is a `found` or nothing, as a `wanted`.
ProgramError WrongKind(const Statement& statement, const std::string& name,
                       ObjectKind wanted, std::optional<ObjectKind> found);
// That an exception called `name`, of `thrower`, has left what a hook was told
// to do.
ProgramError ThrownByHook(const Statement& thrower, const std::string& name,
                          const std::string& hook);
// That `input`, of a race, is none.
ProgramError WrongInput(const Statement& input);
// That `statement` is not in a coroutine, or a `yield` not in a generator.
ProgramError WrongPlace(const Statement& statement);
// That statements, or the bodies of acts, nest too deep when run.
ProgramError TooDeep(const Statement& statement);
ProgramError ActsTooDeep(const Statement& act);

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_OBJECT_KIND_H_
