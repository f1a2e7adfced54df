// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The workloads on the machine at hand, for `scale --check`.
//
// Usage: real workload workers tasks grain
//
// Prints the nanoseconds that the measured round took, those that it spent
// submitting, and how many tasks ran and should have run.

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "weft/benchmarks/scale/workloads.h"

namespace weft::scale {
namespace {

using Clock = std::chrono::steady_clock;

// Steps that the processor cannot overlap.
void Spin(std::int64_t steps) {
  for (std::int64_t i = 0; i < steps; ++i) {
    std::uint64_t value = static_cast<std::uint64_t>(i);
    __asm__ volatile("imul %0, %0" : "+r"(value));
  }
}

double StepsPerNanosecond() {
  constexpr std::int64_t kSteps = 2'000'000;
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const double begin = Now();
    Spin(kSteps);
    best = std::max(best, static_cast<double>(kSteps) / (Now() - begin));
  }
  return best;
}

}  // namespace

void Compute(std::int64_t nanoseconds) {
  static const double steps = StepsPerNanosecond();
  Spin(static_cast<std::int64_t>(static_cast<double>(nanoseconds) * steps));
}

double Now() {
  return std::chrono::duration<double, std::nano>(
             Clock::now().time_since_epoch())
      .count();
}

void Pass(std::int64_t nanoseconds) {
  std::this_thread::sleep_for(std::chrono::nanoseconds(nanoseconds));
}

void RoundBegins(const Executor&) {}
void RoundEnds() {}
void GroupMade(const TaskGroup&) {}

void Producers::Start(void* (*function)(void*), void* argument) {
  pthread_t thread{};
  if (pthread_create(&thread, nullptr, function, argument) != 0) std::abort();
  threads_.push_back(thread);
}

void Producers::Join() {
  for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
}

}  // namespace weft::scale

int main(int count, char** arguments) {
  if (count != 5) {
    static_cast<void>(
        std::fprintf(stderr, "usage: real workload workers tasks grain\n"));
    return 2;
  }
  const weft::scale::Job job{arguments[1], std::atoi(arguments[2]),
                             std::atoll(arguments[3]),
                             std::atoll(arguments[4])};
  if (const std::string error = weft::scale::CheckJob(job); !error.empty()) {
    static_cast<void>(std::fprintf(stderr, "real: %s\n", error.c_str()));
    return 2;
  }
  weft::scale::Compute(1);
  const weft::scale::Round round = weft::scale::RunJob(job);
  std::printf("%.0f %.0f %lld %lld\n", round.elapsed, round.submitting,
              static_cast<long long>(round.tasks),
              static_cast<long long>(round.expected));
  static_cast<void>(std::fflush(stdout));
  std::_Exit(0);
}
