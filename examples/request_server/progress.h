// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How far the demo is: one line that is written over on a terminal, a few lines
// elsewhere.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_PROGRESS_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_PROGRESS_H_

#include <cstdint>

namespace request_server {

// Writes to standard output. Thread-compatible.
class Progress {
 public:
  explicit Progress(std::int64_t total);

  // So many are done by now, at most the total.
  void Show(std::int64_t done);

 private:
  const std::int64_t total_;
  const bool is_terminal_;
  const int step_percent_;  // between two updates
  int shown_percent_ = 0;
};

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_PROGRESS_H_
