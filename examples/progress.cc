// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/progress.h"

#include <unistd.h>

#include <iomanip>
#include <iostream>
#include <utility>

namespace examples {

Progress::Progress(std::int64_t total, std::string things)
    : total_(total),
      things_(std::move(things)),
      is_terminal_(isatty(STDOUT_FILENO) != 0),
      step_percent_(is_terminal_ ? 1 : 25) {}

void Progress::Show(std::int64_t done) {
  const int percent = static_cast<int>(100.0 * static_cast<double>(done) /
                                       static_cast<double>(total_));
  if (percent < shown_percent_ + step_percent_) return;
  shown_percent_ = percent;
  std::cout << (is_terminal_ ? "\r" : "") << std::setw(3) << percent << "% of "
            << total_ << ' ' << things_
            << (is_terminal_ && done < total_ ? "" : "\n") << std::flush;
}

}  // namespace examples
