// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Runs a program with the library, through its public API alone. A hook of the
// interpreter's own, enabled before all others, gives resources their names and
// prints the events.

#ifndef WEFT_TESTS_CONFORMANCE_INTERPRETER_H_
#define WEFT_TESTS_CONFORMANCE_INTERPRETER_H_

#include <cstdint>
#include <optional>

#include "weft/tests/conformance/run_log.h"
#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {

struct InterpreterOptions {
  // 0: a ManualExecutor, on the calling thread, after the main program.
  // Otherwise an Executor with as many tasks at once.
  int workers = 0;
  // The seed of the schedule of a SimulatedExecutor, with as many workers,
  // which then takes the Executor's place.
  std::optional<std::uint64_t> schedule = {};
  // How many statements are executed at most.
  int fuel = kDefaultFuel;
};

// One at a time in a process: hooks are the process's. Throws ProgramError
// where a program does what has no meaning, and, with workers, if it waits and
// is not confluent (confluence.h), for then it might do so for ever.
RunLog Interpret(const Program& program,
                 const InterpreterOptions& options = {});

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_INTERPRETER_H_
