// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A shared library with a copy of Weft of its own, for plugin_test.

#include <chrono>
#include <string>

#include "weft/context/async_local_storage.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/sleep.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/tests/support/count.h"

namespace weft {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;

AsyncLocalStorage<std::string>& Tenant() {
  static AsyncLocalStorage<std::string> storage({.name = "plugin's tenant"});
  return storage;
}

bool Is(const std::string& tenant) {
  const std::string* const store = Tenant().GetStore();
  return store != nullptr && *store == tenant;
}

Task<void> CountAfterSleep(Executor& executor, const std::string& tenant,
                           tests::Count& right) {
  co_await Sleep(executor, microseconds(1));
  if (Is(tenant)) right.Add();
}

}  // namespace
}  // namespace weft

// Does some of all that Weft does, as `tenant`. Returns how many tasks ran in
// that context; -1 if a context was there before, or is there after.
extern "C" int WeftPluginRun(const char* tenant) {
  using namespace weft;  // extern "C" is in no namespace
  if (Tenant().GetStore() != nullptr) return -1;
  const std::string name = tenant;
  tests::Count right;
  {
    Executor executor({.concurrency = 2});
    BlockingExecutor blocking;
    SerialExecutor strand(executor);
    Timer late;
    Tenant().Run(name, [&] {
      late = executor.PostAfter(hours(1), [] {});
      ParallelFor(executor, 0, 100, [&](int) {
        if (Is(name)) right.Add();
      });
      TaskGroup group(executor);
      for (Executor* const to :
           {static_cast<Executor*>(&executor), static_cast<Executor*>(&strand),
            static_cast<Executor*>(&blocking)}) {
        for (int i = 0; i < 10; ++i) {
          to->Post([&] {
            if (Is(name)) right.Add();
          });
        }
      }
      group.Run([&] {
        if (Is(name)) right.Add();
      });
      group.Wait();
      Spawn(executor, CountAfterSleep(executor, name, right)).Get();
    });
    late.Cancel();
    strand.Drain();
    blocking.Drain();
    executor.Drain();
  }
  return Tenant().GetStore() == nullptr ? static_cast<int>(right.get()) : -1;
}
