// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_EXAMPLES_PROCESS_NATS_SERVER_H_
#define WEFT_EXAMPLES_PROCESS_NATS_SERVER_H_

#include <optional>
#include <string>
#include <vector>

#include "weft/examples/process/child_process.h"

namespace examples {

// NatsServer
//
// A nats-server with JetStream, on a port of 127.0.0.1 of its own. It ends no
// later than the thread that has made it.
//
// Thread-safety: owner-only.
class NatsServer {
 public:
  // Why none can be started; empty: it is installed.
  static std::string WhyAbsent();

  // Starts one with these arguments besides, and returns when it listens. It
  // keeps its files in `folder`, which must exist. Throws std::runtime_error,
  // saying why, if it does not start.
  explicit NatsServer(std::string folder,
                      std::vector<std::string> arguments = {});

  // "nats://127.0.0.1:4222".
  const std::string& url() const noexcept { return url_; }
  const std::string& folder() const noexcept { return folder_; }

  // Sends the process a signal.
  void Signal(int signal) { process_->Signal(signal); }
  // Kills it as by `kill -9`. Returns whether that is what has ended it.
  bool Kill();
  // Starts it again, with the same port and files.
  void Restart();

 private:
  void Start(int port);

  const std::string folder_;
  const std::vector<std::string> arguments_;
  std::optional<ChildProcess> process_;  // from the constructor on
  std::string url_;
  int port_ = 0;
};

}  // namespace examples

#endif  // WEFT_EXAMPLES_PROCESS_NATS_SERVER_H_
