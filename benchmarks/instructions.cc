// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Does one thing a number of times, on one worker, for instructions.sh, which
// counts instructions: `instructions fork 1000`.

#include <cstdlib>
#include <iostream>
#include <map>
#include <string_view>

#include "absl/strings/numbers.h"
#include "benchmark/benchmark.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/join.h"
#include "weft/executor/task_group.h"

namespace weft::benchmarks {
namespace {

// Forks that nobody steals.
void Fork(int times) {
  InTask(1, [times] {
    for (int i = 0; i < times; ++i) {
      Join([] { benchmark::ClobberMemory(); },
           [] { benchmark::ClobberMemory(); });
    }
    return 0;
  });
}

// Tasks of a group, by one of its executor's tasks, which then waits.
void Group(int times) {
  InTask(1, [times] {
    TaskGroup group(WeftExecutor(1));
    for (int i = 0; i < times; ++i) {
      group.Run([i] { benchmark::DoNotOptimize(i); });
    }
    group.Wait();
    return 0;
  });
}

// From outside, detached, until all have run.
void Submit(int times) {
  Executor& executor = WeftExecutor(1);
  InContext([&] {
    for (int i = 0; i < times; ++i) executor.Post([] {});
    executor.Drain();
  });
}

void GetStore(int times) {
  const AsyncLocalStorage<int>& storage = WeftContext();
  InContext([&storage, times] {
    for (int i = 0; i < times; ++i) {
      benchmark::DoNotOptimize(storage.GetStore());
      benchmark::ClobberMemory();
    }
  });
}

void Run(int times) {
  InContext([times] {
    static const auto& storage = *new AsyncLocalStorage<int>;
    for (int i = 0; i < times; ++i) {
      storage.Run(i, [] { benchmark::ClobberMemory(); });
    }
  });
}

int Main(int argc, char** argv) {
  const std::map<std::string_view, void (*)(int)> all = {
      {"fork", &Fork},
      {"group", &Group},
      {"submit", &Submit},
      {"get_store", &GetStore},
      {"run", &Run}};
  int times = 0;
  const auto found = argc == 3 ? all.find(argv[1]) : all.end();
  if (found == all.end() || !absl::SimpleAtoi(argv[2], &times)) {
    std::cerr << "usage: instructions fork|group|submit|get_store|run TIMES\n";
    return EXIT_FAILURE;
  }
  found->second(times);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace weft::benchmarks

int main(int argc, char** argv) { return weft::benchmarks::Main(argc, argv); }
