// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/expect_prints.h"

#include "gtest/gtest.h"
#include "weft/tests/conformance/interpreter.h"
#include "weft/tests/conformance/reference_model.h"
#include "weft/tests/conformance/run_log.h"

namespace weft::conformance {

namespace {

void ExpectAllDestroyed(const RunLog& log) {
  EXPECT_EQ(log.destroyed, log.made);
  EXPECT_EQ(log.destroy_problems, std::vector<std::string>{});
}

}  // namespace

void ExpectLibraryPrints(const Program& program,
                         const std::vector<std::string>& lines) {
  const RunLog log = Interpret(program);
  EXPECT_EQ(log.lines, lines);
  ExpectAllDestroyed(log);
}

namespace {

void ExpectWorkersPrint(const Program& program,
                        std::string (RunLog::*text_by_task)() const) {
  const std::string expected = (RunModel(program).*text_by_task)();
  for (const int workers : {1, 2, 8}) {
    const RunLog log = Interpret(program, {.workers = workers});
    EXPECT_EQ((log.*text_by_task)(), expected) << workers << " workers";
    ExpectAllDestroyed(log);
  }
}

}  // namespace

void ExpectWorkersPrintTheSame(const Program& program) {
  ExpectWorkersPrint(program, &RunLog::TextByTask);
}

void ExpectWorkersPrintTheSameOfCoroutines(const Program& program) {
  ExpectWorkersPrint(program, &RunLog::TextOfCoroutinesByTask);
}

}  // namespace weft::conformance
