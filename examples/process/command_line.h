// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What programs say of their flags and of their output, and the paths that they
// are given.

#ifndef WEFT_EXAMPLES_PROCESS_COMMAND_LINE_H_
#define WEFT_EXAMPLES_PROCESS_COMMAND_LINE_H_

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace examples {

// A flag that cannot be.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The exit status after a UsageError.
inline constexpr int kBadUsage = 2;

// Throws UsageError, naming flag, value and range.
void CheckRange(const char* flag, std::int64_t value, std::int64_t min,
                std::int64_t max);

// Throws std::runtime_error if what was written to standard output did not get
// there, or cannot any more.
void CheckOutput();

// Goes to the folder from which the user's paths are meant, which under `bazel
// run` is not the current one; to this repository if there are no paths.
void GoToUsersFolder(const std::vector<std::string>& paths);

}  // namespace examples

#endif  // WEFT_EXAMPLES_PROCESS_COMMAND_LINE_H_
