// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Prints random programs with the lines that Node prints for them, as the model
// has it, for node_check.js.
//
//   node_programs --first_seed=1 --programs=1000

#include <cstdint>
#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "nlohmann/json.hpp"
#include "weft/tests/conformance/generator.h"
#include "weft/tests/conformance/reference_model.h"
#include "weft/tests/conformance/rules.h"
#include "weft/tests/conformance/scenario.h"

ABSL_FLAG(std::uint64_t, first_seed, 1, "the seed of the first program");
ABSL_FLAG(std::uint64_t, programs, 2000, "how many programs to print");

int main(int argc, char** argv) {
  using namespace weft::conformance;
  absl::ParseCommandLine(argc, argv);
  const std::uint64_t first = absl::GetFlag(FLAGS_first_seed);
  nlohmann::json programs = nlohmann::json::array();
  for (std::uint64_t i = 0; i < absl::GetFlag(FLAGS_programs); ++i) {
    const Program program = GenerateProgram(first + i, ProgramKind::kAny);
    programs.push_back(
        {{"program", ToText(program)},
         {"expected", RunModel(program, {.rules = kNodeRules}).lines}});
  }
  std::cout << programs << std::endl;
}
