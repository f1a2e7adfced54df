// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Unary calls of gRPC's callback API to a server in the same process, over the
// loopback, `kUnfinished` at a time. Where a context is carried, the server
// checks that the trace of each is that of its call.

#ifndef WEFT_BENCHMARKS_WORKLOADS_GRPC_CALLS_GRPC_CALLS_H_
#define WEFT_BENCHMARKS_WORKLOADS_GRPC_CALLS_GRPC_CALLS_H_

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::grpc_calls {

constexpr int kCalls = 10'000;
constexpr int kUnfinished = 64;

// All: nanoseconds a call. `threads` is the size of Weft's executor; gRPC has
// as many threads as it likes.

// gRPC alone.
double Bare(int threads);
// The same, in a context that the adapter's interceptors carry.
double Carried(int threads);
// The adapter's client, and handlers that are coroutines on an executor.
double Coroutines(int threads);

}  // namespace weft::benchmarks::grpc_calls

#endif  // WEFT_BENCHMARKS_WORKLOADS_GRPC_CALLS_GRPC_CALLS_H_
