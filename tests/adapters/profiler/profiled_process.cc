// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A process for profiler_reader_test to look into: profiled_process WORKERS.
// Writes a line once it is ready, and works until its input ends: requests that
// go through tasks, waits, coroutines and timers. For each byte of its input it
// shows a label with a name that is new. While a thread does work of
// request N, its variable `profiled_expectation` is N.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "weft/adapters/profiler/profiler_records.h"
#include "weft/adapters/profiler/profiler_scope.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/label.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/sleep.h"
#include "weft/executor/task_group.h"
#include "weft/propagation/trace_context.h"

extern "C" {
[[gnu::visibility("default"),
  gnu::used]] constinit thread_local std::atomic<std::uint64_t>
    profiled_expectation{0};
}

namespace weft {
namespace {

using std::chrono::microseconds;

const AsyncLocalStorage<std::uint64_t> request(
    {.name = "request", .label = Visibility::kProfiler});
const AsyncLocalStorage<std::string> password({.name = "password"});

// Works for some microseconds in the calling flow.
void Work() {
  const std::uint64_t number = request.Store();
  // relaxed: a reader stops the thread. The calls between the two stores might
  // read the variable, for all the compiler knows.
  profiled_expectation.store(number, std::memory_order_relaxed);
  const auto end = std::chrono::steady_clock::now() + microseconds(100);
  while (std::chrono::steady_clock::now() < end) {
    if (request.Store() != number) std::abort();
  }
  profiled_expectation.store(0,
                             std::memory_order_relaxed);  // relaxed: as above
}

TraceContext TraceOf(std::uint64_t number) {
  char text[56];
  std::snprintf(text, sizeof(text), "00-%032llx-%016llx-03",
                static_cast<unsigned long long>(number),
                static_cast<unsigned long long>(number));
  return TraceContext::Parse(text).value();
}

Task<> Steps(Executor& executor) {
  for (int i = 0; i < 3; ++i) {
    Work();
    co_await Sleep(executor, microseconds(50));
  }
  const auto scope = password.WithScope("hunter2");
  Work();
}

void Serve(Executor& executor, std::uint64_t number) {
  // Tasks of others may run on this thread while it waits.
  Future<void> part = executor.Submit([] { Work(); });
  Work();
  TaskGroup group(executor);
  for (int i = 0; i < 2; ++i) group.Run([] { Work(); });
  group.Wait();
  part.Get();
  // Another request, in the midst of this one.
  request.Run(number + 1, [&] {
    TraceContext::Storage().Run(TraceOf(number + 1), [] {
      const ProfilerScope scope;
      Work();
    });
  });
  request.Exit([] {});
  Spawn(executor, Steps(executor)).Get();
  Work();
}

int Main(int workers) {
  const ProfilerRecords records({.resource = {{"service.name", "profiled"}}});
  Executor executor({.concurrency = workers});
  std::atomic<bool> ends{false};
  std::atomic<std::size_t> names{0};
  std::puts("ready");
  std::fflush(stdout);
  std::thread input([&] {
    while (std::getchar() != EOF) {
      names.fetch_add(1, std::memory_order_relaxed);  // relaxed: a number
    }
    ends.store(true, std::memory_order_relaxed);  // relaxed: a hint
  });
  std::uint64_t number = 2;
  // Storages with names that the reader has not heard of.
  std::deque<AsyncLocalStorage<int>> later;
  while (!ends.load(std::memory_order_relaxed)) {  // relaxed: as above
    std::vector<Future<void>> served;
    for (int i = 0; i < 2 * workers; ++i, number += 2) {
      const auto labelled = request.WithScope(number);
      const auto traced = TraceContext::Storage().WithScope(TraceOf(number));
      served.push_back(
          executor.Submit([&executor, number] { Serve(executor, number); }));
    }
    for (Future<void>& one : served) one.Get();
    // relaxed: as above.
    if (later.size() < names.load(std::memory_order_relaxed)) {
      AsyncLocalStorage<int>::Options options;
      options.name = "later " + std::to_string(later.size());
      options.label = Visibility::kProfiler;
      later.emplace_back(std::move(options)).Run(1, [] {
        const ProfilerScope scope;
      });
    }
  }
  input.join();
  return 0;
}

}  // namespace
}  // namespace weft

int main(int argc, char** argv) {
  return argc == 2 ? weft::Main(std::atoi(argv[1])) : 2;
}
