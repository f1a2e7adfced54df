// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A second server, in a process of its own, for the demo.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_DEMO_SERVER_PROCESS_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_DEMO_SERVER_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weft/examples/process/child_process.h"

namespace request_server {

// ServerProcess
//
// This program, run once more with other flags.
//
// Thread-safety: owner-only.
class ServerProcess {
 public:
  // Starts it, and returns when it listens. `flags` must not have it print
  // anything before its address. Throws std::runtime_error if it does not
  // start. To be called where no other thread runs.
  explicit ServerProcess(const std::vector<std::string>& flags);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  // As `Stop()`.
  ~ServerProcess();

  std::uint16_t port() const noexcept { return port_; }
  pid_t pid() const noexcept { return process_->pid(); }

  // Has it end as by Ctrl-C, and waits for that. Returns whether it has found
  // nothing wrong. May be called again.
  bool Stop();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  std::string ReadLine() const;

  std::optional<examples::ChildProcess> process_;  // from the constructor on
  File output_;
  std::uint16_t port_ = 0;
};

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_DEMO_SERVER_PROCESS_H_
