// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Two tenants use oneTBB's own algorithms, on oneTBB's threads, at the same
// time. What runs for a tenant finds the tenant, and a hook counts what ran.

#include <atomic>
#include <iostream>
#include <string>
#include <string_view>

#include "oneapi/tbb/task_group.h"
#include "weft/adapters/onetbb/parallel_for.h"
#include "weft/adapters/onetbb/task_group.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/async_hook.h"

int main() {
  const weft::AsyncLocalStorage<std::string> tenant;
  std::atomic<int> loops{0};
  const weft::AsyncHook hook =
      weft::CreateHook({.init = [&](weft::AsyncId, std::string_view type,
                                    weft::AsyncId, weft::Resource&) {
        if (type == "TBB_PARALLEL_FOR") ++loops;
      }}).Enable();

  std::atomic<int> adas{0};
  std::atomic<int> graces{0};
  weft::tbb::task_group group;
  for (const char* name : {"ada", "grace"}) {
    tenant.Run(name, [&] {
      group.run([&] {  // the task, and each turn of its loop, is the tenant's
        weft::tbb::parallel_for(0, 1000, [&](int) {
          ++(*tenant.GetStore() == "ada" ? adas : graces);
        });
      });
    });
  }
  group.wait();

  std::cout << "ada: " << adas << ", grace: " << graces << ", in " << loops
            << " loops\n"
            << "outside: " << (tenant.IsBound() ? "a tenant" : "nobody")
            << '\n';
}
