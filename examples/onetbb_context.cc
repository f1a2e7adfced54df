// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Two tenants use oneTBB's own algorithms, on oneTBB's threads, at the same
// time. What runs for a tenant finds the tenant, and a hook counts what ran.

#include <atomic>
#include <iostream>
#include <string>

#include "oneapi/tbb/task_group.h"
#include "weft/adapters/onetbb/parallel_for.h"
#include "weft/adapters/onetbb/task_group.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"

int main() {
  const weft::AsyncLocalStorage<std::string> tenant;
  std::atomic<int> loops{0};
  const weft::AsyncHook hook =
      weft::CreateHook({.init = [&](const weft::InitEvent& event) {
        // relaxed: counts, here and below, read after the wait.
        if (event.type() == "TBB_PARALLEL_FOR") {
          loops.fetch_add(1, std::memory_order_relaxed);
        }
      }}).Enable();

  std::atomic<int> turns{0};
  std::atomic<int> wrong{0};
  weft::tbb::task_group group;
  for (const char* name : {"ada", "grace"}) {
    tenant.Run(name, [&] {
      group.run([&, name] {  // the task, and each turn of its loop, is hers
        weft::tbb::parallel_for(0, 1000, [&](int) {
          // relaxed: as above.
          turns.fetch_add(1, std::memory_order_relaxed);
          if (*tenant.GetStore() != name) {
            wrong.fetch_add(1, std::memory_order_relaxed);
          }
        });
      });
    });
  }
  group.wait();

  std::cout << loops << " loops, " << turns << " turns, " << wrong
            << " as somebody else\n"
            << "outside: " << (tenant.IsBound() ? "a tenant" : "nobody")
            << '\n';
}
