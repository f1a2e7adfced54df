// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Makes a program that shows a fault as small as it gets.

#ifndef WEFT_TESTS_CONFORMANCE_SHRINKER_H_
#define WEFT_TESTS_CONFORMANCE_SHRINKER_H_

#include <functional>

#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {

// Returns a program for which `fails` is still true, but no longer if one more
// statement is removed, replaced by its body or by one of its words less.
// `fails(program)` must be true. What has no meaning may be given to `fails`:
// if that throws ProgramError, it counts as false.
Program Shrink(Program program,
               const std::function<bool(const Program&)>& fails);

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_SHRINKER_H_
