// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The programs of scenarios.json, with the lines that each must print.

#ifndef WEFT_TESTS_CONFORMANCE_SCENARIO_FILE_H_
#define WEFT_TESTS_CONFORMANCE_SCENARIO_FILE_H_

#include <string>
#include <vector>

namespace weft::conformance {

struct Scenario {
  std::string id;
  std::string pins;  // the rule that it is about
  std::string program;
  std::vector<std::string> expected;
  std::vector<std::string> node;  // the lines that Node 24 prints
};

// Reads them from a test's runfiles.
std::vector<Scenario> ReadScenarios();

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_SCENARIO_FILE_H_
