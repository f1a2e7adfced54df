// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a program must print, worked out from the rules alone: plain values and
// one thread, nothing of the library.

#ifndef WEFT_TESTS_CONFORMANCE_REFERENCE_MODEL_H_
#define WEFT_TESTS_CONFORMANCE_REFERENCE_MODEL_H_

#include <cstdint>
#include <optional>

#include "weft/tests/conformance/rules.h"
#include "weft/tests/conformance/run_log.h"
#include "weft/tests/conformance/scenario.h"

namespace weft::conformance {

struct ModelOptions {
  Rules rules = kWeftRules;
  int fuel = kDefaultFuel;
  // Empty: tasks run oldest first. Otherwise in an order drawn from this seed.
  std::optional<std::uint64_t> schedule_seed = {};
};

// Throws ProgramError where a program does what has no meaning.
RunLog RunModel(const Program& program, const ModelOptions& options = {});

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_REFERENCE_MODEL_H_
