// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/run_log.h"

namespace weft::conformance {

namespace {

void Append(std::string& text, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) text += line + '\n';
}

}  // namespace

std::string RunLog::Text() const {
  std::string text;
  Append(text, lines);
  return text;
}

std::string RunLog::TextByTask() const {
  std::string text;
  for (const auto& [name, task_lines] : tasks) {
    text += '[' + name + "]\n";
    Append(text, task_lines);
  }
  return text;
}

}  // namespace weft::conformance
