// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Random programs. One seed makes one program, on every platform.

#ifndef WEFT_TESTS_CONFORMANCE_GENERATOR_H_
#define WEFT_TESTS_CONFORMANCE_GENERATOR_H_

#include <cstdint>

#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {

enum class ProgramKind {
  kAny,        // no timers and no waits; names that clash and that are missing
  kTimers,     // timers too, otherwise as kAny
  kWaits,      // timers and waits too, otherwise as kAny
  kForms,      // all operations, otherwise as kAny
  kConfluent,  // see confluence.h; no coroutines
  kConfluentForms,  // the same with coroutines
};

// How many programs of each kind the tests run, from seed 1 on, and how many of
// them with workers.
inline constexpr int kTestPrograms = 5000;
inline constexpr int kTestProgramsWithWorkers = 1000;

// Each program has operations that it likes and others that it has not, so that
// what is rare on the whole is frequent somewhere. Nothing in it has no
// meaning: it runs without ProgramError.
Program GenerateProgram(std::uint64_t seed, ProgramKind kind);

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_GENERATOR_H_
