// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/hooks/hooks.h"

#include "weft/hooks/hook_event.h"

namespace weft::benchmarks::hooks {

AsyncHook EmptyLifecycleHook() {
  return CreateHook({.init = [](const InitEvent&) {},
                     .before = [](const BeforeEvent&) {},
                     .after = [](const AfterEvent&) {},
                     .destroy = [](const DestroyEvent&) {}});
}

AsyncHook EmptyHookOfAll() {
  return CreateHook({.init = [](const InitEvent&) {},
                     .before = [](const BeforeEvent&) {},
                     .after = [](const AfterEvent&) {},
                     .destroy = [](const DestroyEvent&) {},
                     .promise_resolve = [](const PromiseResolveEvent&) {},
                     .enqueue = [](const EnqueueEvent&) {},
                     .start = [](const StartEvent&) {},
                     .worker_start = [](const WorkerStartEvent&) {},
                     .worker_stop = [](const WorkerStopEvent&) {},
                     .park = [](const ParkEvent&) {},
                     .unpark = [](const UnparkEvent&) {}});
}

}  // namespace weft::benchmarks::hooks
