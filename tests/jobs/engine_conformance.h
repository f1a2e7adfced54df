// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What every engine of jobs promises, as tests of an engine that is given.
//
// Usage: INSTANTIATE_TEST_SUITE_P(..., EngineConformance, ...), and link
// engine_conformance.cc.

#ifndef WEFT_TESTS_JOBS_ENGINE_CONFORMANCE_H_
#define WEFT_TESTS_JOBS_ENGINE_CONFORMANCE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/jobs/job_fixture.h"
#include "weft/executor/executor.h"
#include "weft/jobs/engine.h"

namespace weft::jobs {

struct EngineCase {
  std::string name;
  int workers;  // of the executor
  // Makes one with nothing in it.
  std::function<std::unique_ptr<Engine>(Executor&)> make;
};

inline void PrintTo(const EngineCase& given, std::ostream* out) {
  *out << given.name;
}

// Returns a case for executors of 1, 2 and 8 workers each.
std::vector<EngineCase> CasesOf(
    const std::string& name,
    const std::function<std::unique_ptr<Engine>(Executor&)>& make);

class EngineConformance : public JobFixture,
                          public testing::WithParamInterface<EngineCase> {
 protected:
  EngineConformance()
      : JobFixture(GetParam().workers), engine(GetParam().make(executor)) {}

  // Returns so many dead letters when they have come.
  std::vector<DeadLetter> TakeDeadLetters(std::size_t count);

  std::unique_ptr<Engine> engine;
};

}  // namespace weft::jobs

#endif  // WEFT_TESTS_JOBS_ENGINE_CONFORMANCE_H_
