// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/attempt_log.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "weft/examples/printable.h"

namespace distributed_pipeline {
namespace {

[[noreturn]] void ThrowErrno(const std::string& what) {
  const int error = errno;
  throw std::runtime_error(
      absl::StrCat(what, ": ", std::generic_category().message(error)));
}

int Open(const std::string& file) {
  if (file.empty()) return -1;
  constexpr mode_t kMode = 0666;
  const int fd =
      open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
  if (fd < 0) {
    ThrowErrno(absl::StrCat("cannot write to ", examples::Printable(file)));
  }
  return fd;
}

}  // namespace

std::string AttemptLine(const Tenant& tenant, const std::string& trace_id,
                        const std::string& path) {
  return absl::StrCat(tenant, " ", trace_id, " ", examples::Printable(path));
}

AttemptLog::AttemptLog(const std::string& file) : fd_(Open(file)) {}

AttemptLog::~AttemptLog() {
  if (fd_ >= 0) close(fd_);
}

void AttemptLog::Begin(const WorkContext& context,
                       const std::string& path) const {
  if (fd_ < 0) return;
  const std::string line = absl::StrCat(
      AttemptLine(context.CurrentTenant(), CurrentTraceId(), path), "\n");
  // One call, so that lines stay whole.
  if (write(fd_, line.data(), line.size()) !=
      static_cast<ssize_t>(line.size())) {
    ThrowErrno("cannot write to the log of attempts");
  }
}

}  // namespace distributed_pipeline
