// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How far a program is: one line that is written over on a terminal, a few
// lines elsewhere.

#ifndef WEFT_EXAMPLES_PROGRESS_H_
#define WEFT_EXAMPLES_PROGRESS_H_

#include <cstdint>
#include <string>

namespace examples {

// Writes to standard output. Thread-compatible.
class Progress {
 public:
  // `total` is positive; `things` that are counted: "requests".
  Progress(std::int64_t total, std::string things);

  // So many are done by now, at most the total.
  void Show(std::int64_t done);

 private:
  const std::int64_t total_;
  const std::string things_;
  const bool is_terminal_;
  const int step_percent_;  // between two updates
  int shown_percent_ = 0;
};

}  // namespace examples

#endif  // WEFT_EXAMPLES_PROGRESS_H_
