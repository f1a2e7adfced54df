// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/demo/worker_fleet.h"

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "weft/examples/process/interruption.h"

namespace distributed_pipeline {
namespace {

int OpenLog(const std::string& log) {
  constexpr mode_t kMode = 0666;
  const int fd =
      open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
  if (fd < 0) throw std::runtime_error(absl::StrCat("cannot write ", log));
  return fd;
}

}  // namespace

WorkerFleet::WorkerFleet(int size, std::vector<std::string> flags,
                         const std::string& log)
    : flags_(std::move(flags)), log_(OpenLog(log)) {
  for (int i = 0; i < size; ++i) workers_.push_back(Start());
}

WorkerFleet::~WorkerFleet() { close(log_); }

bool WorkerFleet::Replace(std::size_t worker) {
  examples::ChildProcess& old = *workers_.at(worker);
  old.Signal(SIGKILL);
  const bool is_killed = old.Wait() == examples::kSignalBase + SIGKILL;
  workers_[worker] = Start();
  return is_killed;
}

int WorkerFleet::Stop() {
  int bad = 0;
  for (const auto& worker : workers_) worker->Signal(SIGTERM);
  for (const auto& worker : workers_)
    bad += worker->Wait() == EXIT_SUCCESS ? 0 : 1;
  return bad;
}

std::unique_ptr<examples::ChildProcess> WorkerFleet::Start() const {
  return std::make_unique<examples::ChildProcess>(examples::kThisProgram,
                                                  flags_, log_, log_);
}

}  // namespace distributed_pipeline
