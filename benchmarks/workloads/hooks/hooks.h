// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What hooks cost: a workload of Weft's beside one, and an event.

#ifndef WEFT_BENCHMARKS_WORKLOADS_HOOKS_HOOKS_H_
#define WEFT_BENCHMARKS_WORKLOADS_HOOKS_HOOKS_H_

#include "weft/benchmarks/workloads/measure.h"
#include "weft/hooks/async_hook.h"

namespace weft::benchmarks::hooks {

// Hooks that do nothing: told of init, before, after and destroy, or of all
// that there is.
AsyncHook EmptyLifecycleHook();
AsyncHook EmptyHookOfAll();

// The workload beside such a hook.
template <Measurement workload>
double WithLifecycleHook(int threads) {
  const AsyncHook hook = EmptyLifecycleHook().Enable();
  return workload(threads);
}
template <Measurement workload>
double WithHookOfAll(int threads) {
  const AsyncHook hook = EmptyHookOfAll().Enable();
  return workload(threads);
}

// What an event adds to a task, nanoseconds: a workload whose result is for a
// task, with its four events, beside the empty hook and alone.
template <Measurement workload>
double EventOfTask(int threads) {
  const double without = workload(threads);
  return (WithLifecycleHook<workload>(threads) - without) / 4;
}

// The same for an AsyncResource that is made, run and destroyed.
double EventOfResource(int threads);

// The same where the hook writes down each event with a time stamp.
double RecordedEvent(int threads);

}  // namespace weft::benchmarks::hooks

#endif  // WEFT_BENCHMARKS_WORKLOADS_HOOKS_HOOKS_H_
