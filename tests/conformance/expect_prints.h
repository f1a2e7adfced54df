// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What tests expect of a program whose lines are known.

#ifndef WEFT_TESTS_CONFORMANCE_EXPECT_PRINTS_H_
#define WEFT_TESTS_CONFORMANCE_EXPECT_PRINTS_H_

#include <string>
#include <vector>

#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {

// The library prints these lines on a ManualExecutor, and destroys all that it
// has made.
void ExpectLibraryPrints(const Program& program,
                         const std::vector<std::string>& lines);

// With 1, 2 and 8 workers it prints, task by task, what the model does. Of
// programs that are confluent.
void ExpectWorkersPrintTheSame(const Program& program);

// The same of programs with coroutines, but for the lines between two segments
// of one.
void ExpectWorkersPrintTheSameOfCoroutines(const Program& program);

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_EXPECT_PRINTS_H_
