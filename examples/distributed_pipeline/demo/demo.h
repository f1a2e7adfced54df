// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Shows that no job is lost, done twice or mixed up with another, whoever is
// killed.

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_DEMO_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_DEMO_H_

#include <chrono>
#include <cstdint>

namespace distributed_pipeline {

struct DemoOptions {
  std::int64_t files;
  int workers;  // processes
  // How often the server is killed; less than 0: once in some thousand files.
  std::int64_t server_kills;
  // After how long the server is killed, again and again, besides those; 0:
  // never. If it is more, no such kills are planned that nobody has asked for.
  std::chrono::milliseconds server_kill_period;
  // What the files and the kills follow from; when they come in the course of
  // a job does not.
  std::uint64_t seed;
};

// Makes files in a temporary folder, has them worked on in this process, and
// once more by worker processes over a nats-server of its own, some of which it
// kills and starts again. Prints what came of it. Returns the exit status: 0
// only if all results are there, once, with the context of their jobs, and the
// same as in this process. The folder stays if they are not.
int RunDemo(const DemoOptions& options);

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_DEMO_DEMO_H_
