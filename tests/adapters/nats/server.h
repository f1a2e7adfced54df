// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A nats-server of a test's own, on loopback, with its streams in a folder
// that goes with it.

#ifndef WEFT_TESTS_ADAPTERS_NATS_SERVER_H_
#define WEFT_TESTS_ADAPTERS_NATS_SERVER_H_

#include <string>
#include <vector>

#include "weft/examples/process/nats_server.h"

namespace weft::tests {

class NatsServer {
 public:
  // Starts one, with these arguments besides. Throws std::runtime_error.
  explicit NatsServer(std::vector<std::string> arguments = {});
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;
  ~NatsServer();

  // Ends it as kill -9 does.
  void Kill();
  // Starts it again, on the same port and folder.
  void Start();
  // Stops the process with SIGSTOP, and continues it.
  void Freeze();
  void Thaw();

  const std::string& url() const noexcept { return server_.url(); }
  const std::string& folder() const noexcept { return server_.folder(); }

 private:
  examples::NatsServer server_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_ADAPTERS_NATS_SERVER_H_
