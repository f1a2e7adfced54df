// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_BENCHMARKS_WORKLOADS_PROCESS_TIME_H_
#define WEFT_BENCHMARKS_WORKLOADS_PROCESS_TIME_H_

#include <time.h>

#include <chrono>

namespace weft::benchmarks {

// The time that all threads of the process together have had a processor.
inline std::chrono::nanoseconds ProcessTime() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_PROCESS_TIME_H_
