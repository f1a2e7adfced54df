// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/process/command_line.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"

namespace examples {

void CheckRange(const char* flag, std::int64_t value, std::int64_t min,
                std::int64_t max) {
  if (min <= value && value <= max) return;
  throw UsageError(absl::StrCat(
      "--", flag, "=", value, " is out of range: must be ", min, " to ", max));
}

void CheckOutput() {
  if (std::cout.flush() && fcntl(STDOUT_FILENO, F_GETFD) != -1) return;
  throw std::runtime_error("cannot write to standard output");
}

void GoToUsersFolder(const std::vector<std::string>& paths) {
  const char* const folder = std::getenv(
      paths.empty() ? "BUILD_WORKSPACE_DIRECTORY" : "BUILD_WORKING_DIRECTORY");
  if (folder != nullptr) std::filesystem::current_path(folder);
}

}  // namespace examples
