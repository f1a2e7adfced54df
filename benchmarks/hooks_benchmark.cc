// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What ids, resources and events cost, by how many hooks are enabled; their
// callbacks do nothing.

#include <string_view>
#include <vector>

#include "benchmark/benchmark.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

// As many hooks as the benchmark's argument says, enabled while it lives.
std::vector<AsyncHook> EnabledHooks(const benchmark::State& state) {
  std::vector<AsyncHook> hooks;
  for (int i = 0; i < state.range(0); ++i) {
    hooks.push_back(CreateHook({.init = [](AsyncId, std::string_view, AsyncId,
                                           Resource&) {},
                                .before = [](AsyncId) {},
                                .after = [](AsyncId) {},
                                .destroy = [](AsyncId) {},
                                .promise_resolve = [](AsyncId) {}})
                        .Enable());
  }
  return hooks;
}

void BM_ExecutionAsyncId(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ExecutionAsyncId());
}
BENCHMARK(BM_ExecutionAsyncId);

// Two events: before and after.
void BM_RunInAsyncScope(benchmark::State& state) {
  const auto hooks = EnabledHooks(state);
  const AsyncResource resource("BENCHMARK");
  for (auto _ : state) {
    resource.RunInAsyncScope(
        [] { benchmark::DoNotOptimize(ExecutionAsyncId()); });
  }
}
BENCHMARK(BM_RunInAsyncScope)->ArgName("hooks")->Arg(0)->Arg(1)->Arg(3);

// Two events: init and destroy.
void BM_MakeResource(benchmark::State& state) {
  const auto hooks = EnabledHooks(state);
  for (auto _ : state) benchmark::DoNotOptimize(AsyncResource("BENCHMARK"));
}
BENCHMARK(BM_MakeResource)->ArgName("hooks")->Arg(0)->Arg(1)->Arg(3);

}  // namespace
}  // namespace weft
