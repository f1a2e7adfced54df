// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_NATS_SERVER_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_NATS_SERVER_H_

#include <optional>
#include <string>

#include "weft/examples/process/child_process.h"

namespace distributed_pipeline {

// NatsServer
//
// A nats-server with JetStream, on a port of 127.0.0.1 of its own. It ends no
// later than the thread that has made it.
//
// Thread-safety: owner-only.
class NatsServer {
 public:
  // Starts one, and returns when it listens. It keeps its files in `folder`,
  // which must exist. Throws std::runtime_error, saying why, if it does not
  // start.
  explicit NatsServer(std::string folder);

  // "nats://127.0.0.1:4222".
  const std::string& url() const noexcept { return url_; }

  // Kills it as by `kill -9`. Returns whether that is what has ended it.
  bool Kill();
  // Starts it again, with the same port and files.
  void Restart();

 private:
  // `port`: -1: any that is free.
  void Start(int port);

  const std::string folder_;
  std::optional<examples::ChildProcess> process_;  // from the constructor on
  std::string url_;
  int port_ = 0;
};

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_NATS_SERVER_H_
