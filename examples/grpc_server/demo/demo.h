// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Thousands of calls over three server processes, by clients in C++ and in
// Python, each with a trace, a tenant and a deadline of its own.

#ifndef WEFT_EXAMPLES_GRPC_SERVER_DEMO_DEMO_H_
#define WEFT_EXAMPLES_GRPC_SERVER_DEMO_DEMO_H_

namespace hop_server {

struct DemoOptions {
  int calls;    // of each of the two clients
  int threads;  // of each process
};

// Prints what it finds; the last line begins with "demo:". Returns the exit
// status: whether no call was mixed up, late or left behind. Throws
// std::runtime_error if a process cannot be had.
int RunDemo(const DemoOptions& options);

}  // namespace hop_server

#endif  // WEFT_EXAMPLES_GRPC_SERVER_DEMO_DEMO_H_
