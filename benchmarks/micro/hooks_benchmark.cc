// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What ids, resources and events cost, by how many hooks are enabled; their
// callbacks do nothing, or record the event with a time stamp.
//
// An event's price is the time with one hook less the time with none, divided
// by the number of events.

#include <x86intrin.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/emit.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/internal/new_async_id.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/hooks/resource.h"

namespace weft {
namespace {

// As many hooks as the benchmark's argument says, enabled while it lives.
std::vector<AsyncHook> EnabledHooks(const benchmark::State& state) {
  std::vector<AsyncHook> hooks;
  for (int i = 0; i < state.range(0); ++i) {
    hooks.push_back(
        CreateHook({.init = [](const InitEvent&) {},
                    .before = [](const BeforeEvent&) {},
                    .after = [](const AfterEvent&) {},
                    .destroy = [](const DestroyEvent&) {},
                    .promise_resolve = [](const PromiseResolveEvent&) {}})
            .Enable());
  }
  return hooks;
}

// The calling thread's last events.
class Recorder {
 public:
  void Add(AsyncId id, HookEvent event) {
    events_[next_++ % kSize] = {__rdtsc(), id, event};
  }

 private:
  struct Recorded {
    std::uint64_t time;
    AsyncId id;
    HookEvent event;
  };
  static constexpr std::size_t kSize = 1024;
  Recorded events_[kSize] = {};
  std::size_t next_ = 0;
};
constinit thread_local Recorder recorder{};

std::vector<AsyncHook> RecordingHooks(const benchmark::State& state) {
  const auto record = [](const auto& event) {
    recorder.Add(event.async_id(), event.kKind);
  };
  std::vector<AsyncHook> hooks;
  for (int i = 0; i < state.range(0); ++i) {
    hooks.push_back(CreateHook({.init = record,
                                .before = record,
                                .after = record,
                                .destroy = record,
                                .start = record})
                        .Enable());
  }
  return hooks;
}

void BM_ExecutionAsyncId(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(ExecutionAsyncId());
}
BENCHMARK(BM_ExecutionAsyncId);

// The events of a resource that lives on the stack, as a task's may.
void Live() {
  Resource resource("BENCHMARK", hooks_internal::NewAsyncId(),
                    hooks_internal::DefaultTrigger().async_id());
  benchmark::DoNotOptimize(&resource);
  hooks_internal::EmitInit(resource);
  {
    const hooks_internal::ExecutionScope scope(resource);
    hooks_internal::EmitBefore(resource);
    hooks_internal::EmitAfter(resource);
  }
  hooks_internal::EmitDestroy(resource);
}

// Four events: init, before, after and destroy.
void BM_Live(benchmark::State& state) {
  const auto hooks = EnabledHooks(state);
  for (auto _ : state) Live();
}
BENCHMARK(BM_Live)->ArgName("hooks")->Arg(0)->Arg(1)->Arg(3);

// Four events, each recorded with a time stamp.
void BM_RecordLife(benchmark::State& state) {
  const auto hooks = RecordingHooks(state);
  for (auto _ : state) Live();
}
BENCHMARK(BM_RecordLife)->ArgName("hooks")->Arg(0)->Arg(1);

// One event of scheduling, recorded with a time stamp.
void BM_RecordStart(benchmark::State& state) {
  const auto hooks = RecordingHooks(state);
  Resource resource("BENCHMARK", hooks_internal::NewAsyncId(), kMainAsyncId);
  benchmark::DoNotOptimize(&resource);
  for (auto _ : state) {
    if (const hooks_internal::EventBits wanted = hooks_internal::Wanted(
            hooks_internal::BothBits(HookEvent::kStart))) [[unlikely]]
      hooks_internal::CallStart(wanted, resource, {1, 0}, 1);
  }
}
BENCHMARK(BM_RecordStart)->ArgName("hooks")->Arg(0)->Arg(1);

// The time stamp alone, of which a recorded event has one.
void BM_TimeStamp(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(__rdtsc());
}
BENCHMARK(BM_TimeStamp);

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
