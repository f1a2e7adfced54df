// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Programs that Weft's users write, as far as how they scale is concerned: the
// same sources for the simulated machine and for the real one. A task computes
// for a given time, its grain, and notes that it has run.

#ifndef WEFT_BENCHMARKS_SCALE_WORKLOADS_H_
#define WEFT_BENCHMARKS_SCALE_WORKLOADS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "weft/executor/executor.h"
#include "weft/executor/task_group.h"

namespace weft::scale {

// What is run.
struct Job {
  std::string workload;    // one of WorkloadNames()
  int workers = 1;         // 1 to 1,024
  std::int64_t tasks = 1;  // about so many, 1 or more, that compute
  std::int64_t grain = 0;  // nanoseconds for which each computes
};

// How it went, in nanoseconds.
struct Round {
  std::int64_t tasks = 0;     // that ran
  std::int64_t expected = 0;  // that should have run
  double elapsed = 0;         // from the first submission to the last end
  double submitting = 0;      // in the one thread that submits all tasks
  // The longest chain of what can only be done one after the other: tasks, and
  // submissions or forks.
  double chain_tasks = 1;
  double chain_steps = 0;
};

const std::vector<std::string>& WorkloadNames();

// Returns an error, or an empty string if the job can be run.
std::string CheckJob(const Job& job);

// Runs the job: first a smaller one, so that all workers have a thread, whose
// caches are warm; then, when all of them sleep, the measured one.
Round RunJob(const Job& job);

// The machine, simulated or real.

// Computes for so many nanoseconds.
void Compute(std::int64_t nanoseconds);
// The time in nanoseconds. Costs little or nothing.
double Now();
// Lets the main thread wait for that long.
void Pass(std::int64_t nanoseconds);
// Called before the measured round, when all workers have a thread.
void RoundBegins(const Executor& executor);
// Called when all its tasks have run.
void RoundEnds();
// Called for the group of a workload that has one for all its tasks.
void GroupMade(const TaskGroup& group);
// Starts a thread that submits, which is no worker's; and waits for all of
// them.
class Producers {
 public:
  void Start(void* (*function)(void*), void* argument);
  void Join();

 private:
  std::vector<unsigned long> threads_;
};

}  // namespace weft::scale

#endif  // WEFT_BENCHMARKS_SCALE_WORKLOADS_H_
