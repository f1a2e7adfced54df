// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a program printed, in the order of time and task by task.

#ifndef WEFT_TESTS_CONFORMANCE_RUN_LOG_H_
#define WEFT_TESTS_CONFORMANCE_RUN_LOG_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::conformance {

// What the main program's lines are kept under.
inline constexpr std::string_view kRootTask = "root";

struct RunLog {
  std::vector<std::string> lines;
  // By the task's name. The main program is "root".
  std::map<std::string, std::vector<std::string>> tasks;
  // Did it end because it had executed as many statements as it may?
  bool out_of_fuel = false;
  // Destroy events are not among the lines, for their time is free.
  int made = 0;
  int destroyed = 0;
  std::vector<std::string> destroy_problems;  // too early, or twice

  void Add(const std::string& task, const std::string& line) {
    lines.push_back(line);
    tasks[task].push_back(line);
  }

  // Each line with its end; of the tasks, each after a line "[NAME]".
  std::string Text() const;
  std::string TextByTask() const;
  // The same without the lines between two segments of a coroutine, or of a
  // timer: the `after` events of one, and the `before` events of the next.
  std::string TextOfCoroutinesByTask() const;
};

}  // namespace weft::conformance

#endif  // WEFT_TESTS_CONFORMANCE_RUN_LOG_H_
