// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs over a nats-server of the benchmark's own: each is stored, taken, done,
// its result stored, and that told to who submitted it. One process does both
// sides. No more than `kUnfinished` jobs are under way, and no more than
// `kInFlight` are taken and not done. Both store a job, and a result, only if
// there is none, and acknowledge a job when its result is stored.

#ifndef WEFT_BENCHMARKS_WORKLOADS_NATS_JOBS_NATS_JOBS_H_
#define WEFT_BENCHMARKS_WORKLOADS_NATS_JOBS_NATS_JOBS_H_

#include <cstddef>
#include <string>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::nats_jobs {

constexpr int kJobs = 10'000;
constexpr std::size_t kUnfinished = 1'000;
constexpr std::size_t kInFlight = 256;
constexpr std::size_t kPayloadBytes = 200;

// Why it cannot be measured; empty if it can.
std::string WhyAbsent();

// Where the server listens. Starts it, if need be, in a folder that goes with
// the process.
const std::string& ServerUrl();

// The payload of a job, and its result: as long, and another.
std::string PayloadOf(int number);
std::string ResultOf(const std::string& payload);

// Both: nanoseconds a job. `threads` is the number of threads that do jobs.
double Weft(int threads);
// libnats's own calls, in a loop of one thread that fetches and one that
// publishes.
double Libnats(int threads);

}  // namespace weft::benchmarks::nats_jobs

#endif  // WEFT_BENCHMARKS_WORKLOADS_NATS_JOBS_NATS_JOBS_H_
