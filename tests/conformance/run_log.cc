// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/run_log.h"

#include <cstddef>

namespace weft::conformance {

namespace {

void Append(std::string& text, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) text += line + '\n';
}

// Is it the event of that resource, told by whatever hook?
bool IsEvent(const std::string& line, const std::string& event,
             const std::string& resource) {
  const std::size_t colon = line.find(':');
  const std::string told =
      colon == std::string::npos ? line : line.substr(colon + 1);
  return told == event + ' ' + resource;
}

std::vector<std::string> WithoutSegments(
    const std::string& task, const std::vector<std::string>& lines) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < lines.size();) {
    std::size_t next = i;
    while (next < lines.size() && IsEvent(lines[next], "after", task)) ++next;
    const std::size_t befores = next;
    while (next < lines.size() && IsEvent(lines[next], "before", task)) ++next;
    if (i < befores && befores < next) {
      i = next;
    } else {
      kept.push_back(lines[i++]);
    }
  }
  return kept;
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

std::string RunLog::TextOfCoroutinesByTask() const {
  std::string text;
  for (const auto& [name, task_lines] : tasks) {
    text += '[' + name + "]\n";
    Append(text, WithoutSegments(name, task_lines));
  }
  return text;
}

}  // namespace weft::conformance
