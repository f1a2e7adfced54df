// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/object_kind.h"

#include "absl/strings/str_cat.h"

namespace weft::conformance {

std::string ObjectKindName(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kStorage:
      return "storage";
    case ObjectKind::kSnapshot:
      return "snapshot";
    case ObjectKind::kBound:
      return "bound body";
    case ObjectKind::kResource:
      return "resource";
    case ObjectKind::kPromise:
      return "promise";
    case ObjectKind::kTimer:
      return "timer";
    case ObjectKind::kGenerator:
      return "generator";
    case ObjectKind::kHook:
      return "hook";
  }
  return "?";
}

ProgramError WrongKind(const Statement& statement, const std::string& name,
                       ObjectKind wanted, std::optional<ObjectKind> found) {
  return {statement.position,
          absl::StrCat(
              OperationName(statement.operation), ": '", name, "' is ",
              found ? absl::StrCat("a ", ObjectKindName(*found)) : "undefined",
              "; allowed: a ", ObjectKindName(wanted))};
}

ProgramError ThrownByHook(const Statement& thrower, const std::string& name,
                          const std::string& hook) {
  return {thrower.position,
          absl::StrCat("exception '", name, "' leaves the body of hook '", hook,
                       "'; allowed: to throw inside 'try'")};
}

ProgramError WrongInput(const Statement& input) {
  return {input.position,
          absl::StrCat("race: an input is '", OperationName(input.operation),
                       "'; allowed: then or go")};
}

ProgramError WrongPlace(const Statement& statement) {
  const bool is_yield = statement.operation == Operation::kYield;
  return {
      statement.position,
      absl::StrCat(OperationName(statement.operation),
                   ": it is in no coroutine's body; allowed: in the body of ",
                   is_yield ? "generate" : "go, timeout, nursery or generate",
                   ", and of a try or scope there")};
}

ProgramError TooDeep(const Statement& statement) {
  return {statement.position,
          absl::StrCat("statements run nested more than ", kMaxDepth, " deep")};
}

ProgramError ActsTooDeep(const Statement& act) {
  return {act.position,
          absl::StrCat("acts run nested more than ", kMaxActDepth, " deep")};
}

}  // namespace weft::conformance
