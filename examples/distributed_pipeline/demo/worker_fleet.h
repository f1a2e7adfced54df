// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The worker processes of the demo.

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_WORKER_FLEET_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_WORKER_FLEET_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "weft/examples/process/child_process.h"

namespace distributed_pipeline {

// WorkerFleet
//
// This program, run several times more with other flags. They end no later than
// the thread that has made it.
//
// Thread-safety: owner-only.
class WorkerFleet {
 public:
  // Starts `size` workers. What they say goes to the file `log`. Throws
  // std::runtime_error if it cannot.
  WorkerFleet(int size, std::vector<std::string> flags, const std::string& log);
  WorkerFleet(const WorkerFleet&) = delete;
  WorkerFleet& operator=(const WorkerFleet&) = delete;
  ~WorkerFleet();

  // Kills a worker as by `kill -9`, and starts another in its place. Returns
  // whether that is what has ended it.
  bool Replace(std::size_t worker);

  // Has all of them end as by Ctrl-C, and waits for that. Returns how many have
  // found something wrong.
  int Stop();

 private:
  std::unique_ptr<examples::ChildProcess> Start() const;

  const std::vector<std::string> flags_;
  const int log_;  // a descriptor
  std::vector<std::unique_ptr<examples::ChildProcess>> workers_;
};

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_WORKER_FLEET_H_
