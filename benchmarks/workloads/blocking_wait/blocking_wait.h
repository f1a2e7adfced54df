// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Requests that each wait a millisecond for something that blocks, in a pool
// whose threads are all kept busy by tasks that compute for a tenth of a
// second: from a request's start to its end.

#ifndef WEFT_BENCHMARKS_WORKLOADS_BLOCKING_WAIT_BLOCKING_WAIT_H_
#define WEFT_BENCHMARKS_WORKLOADS_BLOCKING_WAIT_BLOCKING_WAIT_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <latch>
#include <thread>
#include <vector>

namespace weft::benchmarks::blocking_wait {

constexpr std::size_t kRequests = 60;

using Clock = std::chrono::steady_clock;

// What blocks.
inline void Block() {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// What computes. Processor time: where threads share one, each does its work.
inline void Compute() {
  const auto until = Clock::now() + std::chrono::milliseconds(100);
  while (Clock::now() < until) {
  }
}

// Returns a percentile of kRequests. `post(fn)` has the pool call fn();
// `request(end)` is called there, waits for Block(), which is called elsewhere,
// and calls end() when it has gone on.
template <typename Post, typename Request>
double Measure(int percentile, const Post& post, const Request& request) {
  std::vector<double> samples(kRequests);
  std::latch all(2 * kRequests);
  for (double& sample : samples) {
    post([&all] {
      Compute();
      all.count_down();
    });
    post([&all, &sample, &request] {
      const Clock::time_point start = Clock::now();
      request([&all, &sample, start] {
        sample = std::chrono::duration<double, std::nano>(Clock::now() - start)
                     .count();
        all.count_down();
      });
    });
  }
  all.wait();
  std::sort(samples.begin(), samples.end());
  return samples[kRequests * static_cast<std::size_t>(percentile) / 100];
}

// All: nanoseconds; instantiated for 50 and 99.

// RunBlocking() inside the task.
template <int percentile>
double Weft(int threads);
// tbb::task::suspend(), resumed when it is done.
template <int percentile>
double Tbb(int threads);
// A handler that is posted when it is done.
template <int percentile>
double Asio(int threads);
// A thread of its own for each request, which waits: what the kernel needs to
// let a thread that wakes up go on beside threads that compute.
template <int percentile>
double Threads(int threads);

}  // namespace weft::benchmarks::blocking_wait

#endif  // WEFT_BENCHMARKS_WORKLOADS_BLOCKING_WAIT_BLOCKING_WAIT_H_
