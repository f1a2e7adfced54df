// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/scenario_file.h"

#include <fstream>
#include <stdexcept>

#include "nlohmann/json.hpp"

namespace weft::conformance {

std::vector<Scenario> ReadScenarios() {
  const std::string path = "tests/conformance/scenarios.json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<Scenario> scenarios;
  for (const nlohmann::json& each : nlohmann::json::parse(file)) {
    Scenario scenario{.id = each.at("id"),
                      .pins = each.at("pins"),
                      .program = each.at("program"),
                      .expected = each.at("expected"),
                      .node = each.at("expected")};
    if (each.contains("node24")) {
      scenario.node = each.at("node24").get<std::vector<std::string>>();
    }
    scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

}  // namespace weft::conformance
