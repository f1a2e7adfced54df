// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/hooks/hooks.h"

#include <string_view>

namespace weft::benchmarks::hooks {

AsyncHook EmptyLifecycleHook() {
  return CreateHook(
      {.init = [](AsyncId, std::string_view, AsyncId, Resource&) {},
       .before = [](AsyncId) {},
       .after = [](AsyncId) {},
       .destroy = [](AsyncId) {}});
}

AsyncHook EmptyHookOfAll() {
  return CreateHook(
      {.init = [](AsyncId, std::string_view, AsyncId, Resource&) {},
       .before = [](AsyncId) {},
       .after = [](AsyncId) {},
       .destroy = [](AsyncId) {},
       .promise_resolve = [](AsyncId) {},
       .enqueue = [](AsyncId) {},
       .start = [](AsyncId, WorkerId) {},
       .worker_start = [](WorkerId) {},
       .worker_stop = [](WorkerId) {},
       .park = [](WorkerId) {},
       .unpark = [](WorkerId) {}});
}

}  // namespace weft::benchmarks::hooks
