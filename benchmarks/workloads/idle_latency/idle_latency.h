// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// From the submission, by a thread outside, to the start of the task, where the
// pool has been idle for a millisecond.

#ifndef WEFT_BENCHMARKS_WORKLOADS_IDLE_LATENCY_IDLE_LATENCY_H_
#define WEFT_BENCHMARKS_WORKLOADS_IDLE_LATENCY_IDLE_LATENCY_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <vector>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::idle_latency {

constexpr std::size_t kSamples = 100;

// Returns a percentile of kSamples. `post(fn)` has fn() run.
template <typename Post>
double Measure(int percentile, const Post& post) {
  using std::chrono::steady_clock;
  // When the task started: it tells the thread outside, which spins, for its
  // own wake-up would keep a processor from the pool's. relaxed, all: a number
  // alone.
  static std::atomic<steady_clock::rep> started;
  std::vector<double> samples;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const auto idle_until = steady_clock::now() + std::chrono::milliseconds(1);
    while (steady_clock::now() < idle_until) {
    }
    // relaxed: a number alone.
    started.store(0, std::memory_order_relaxed);
    const auto submitted = steady_clock::now();
    post([] {
      // relaxed: a number alone.
      started.store(steady_clock::now().time_since_epoch().count(),
                    std::memory_order_relaxed);
    });
    steady_clock::rep start = 0;
    // relaxed: a number alone.
    while ((start = started.load(std::memory_order_relaxed)) == 0) {
    }
    const std::chrono::duration<double, std::nano> latency =
        steady_clock::duration(start) - submitted.time_since_epoch();
    samples.push_back(latency.count());
  }
  std::sort(samples.begin(), samples.end());
  return samples[kSamples * static_cast<std::size_t>(percentile) / 100];
}

// All: nanoseconds; instantiated for 50, 90 and 99.
template <int percentile>
double Weft(int threads);
template <int percentile>
double Asio(int threads);
template <int percentile>
double TbbEnqueue(int threads);
template <int percentile>
double Async(int threads);

}  // namespace weft::benchmarks::idle_latency

#endif  // WEFT_BENCHMARKS_WORKLOADS_IDLE_LATENCY_IDLE_LATENCY_H_
