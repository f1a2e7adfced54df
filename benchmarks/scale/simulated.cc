// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/scale/simulated.h"

#include <pthread.h>

#include "weft/benchmarks/scale/engine.h"

namespace weft::scale {
namespace {

SimulatedRound* current = nullptr;
bool is_measured = false;
Picoseconds began = 0;

}  // namespace

void Compute(std::int64_t nanoseconds) {
  ComputeOnMachine(nanoseconds * kNanosecond);
}

double Now() {
  return static_cast<double>(MachineTime()) / static_cast<double>(kNanosecond);
}

void Pass(std::int64_t nanoseconds) { Compute(nanoseconds); }

void RoundBegins(const Executor& executor) {
  NameFields(executor);
  ClearCounts();
  is_measured = true;
  began = MachineTime();
}

void RoundEnds() {
  is_measured = false;
  current->counts = Counts();
  current->lines = ContendedLines(SimulatedRound::kLines);
}

void GroupMade(const TaskGroup& group) {
  if (is_measured) NameFields(group);
}

void Producers::Start(void* (*function)(void*), void* argument) {
  const OutsideWorkers outside;
  pthread_t thread{};
  pthread_create(&thread, nullptr, function, argument);
  threads_.push_back(thread);
}

void Producers::Join() {
  for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
}

SimulatedRound Simulate(const MachineOptions& options, const Job& job) {
  SimulatedRound round;
  current = &round;
  RunOnMachine(options, [&] { round.round = RunJob(job); });
  return round;
}

}  // namespace weft::scale
