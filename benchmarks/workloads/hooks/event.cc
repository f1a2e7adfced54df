// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "weft/benchmarks/workloads/hooks/hooks.h"
#include "weft/benchmarks/workloads/measure.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/hook_event.h"

namespace weft::benchmarks::hooks {

namespace {

constexpr int kTimes = 20'000;
constexpr int kEvents = 4;

// Makes, runs and destroys a resource; nanoseconds an event.
double Cycle() {
  std::int64_t runs = 0;
  const double ns = NsPerOperation(kTimes * kEvents, [&] {
    for (int i = 0; i < kTimes; ++i) {
      AsyncResource("BENCHMARK").RunInAsyncScope([&] { ++runs; });
    }
  });
  CheckAnswer(runs, kTimes);
  return ns;
}

std::uint64_t TimeStamp() {
#ifdef __x86_64__
  return __builtin_ia32_rdtsc();
#else
  return static_cast<std::uint64_t>(
      std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

// The last events of one thread.
class Recording {
 public:
  void Add(HookEvent event, AsyncId id) {
    records_[next_++ % records_.size()] = {TimeStamp(), id, event};
  }
  std::int64_t size() const { return static_cast<std::int64_t>(next_); }

 private:
  struct Record {
    std::uint64_t time;
    AsyncId id;
    HookEvent event;
  };
  std::array<Record, 1024> records_ = {};
  std::size_t next_ = 0;
};

}  // namespace

double EventOfResource(int) {
  const double without = Cycle();
  const AsyncHook hook = EmptyLifecycleHook().Enable();
  return Cycle() - without;
}

double RecordedEvent(int) {
  const double without = Cycle();
  static Recording& recording = *new Recording;
  const std::int64_t before = recording.size();
  const auto record = [](const auto& event) {
    recording.Add(event.kKind, event.async_id());
  };
  const AsyncHook hook = CreateHook({.init = record,
                                     .before = record,
                                     .after = record,
                                     .destroy = record})
                             .Enable();
  const double with = Cycle();
  CheckAnswer(recording.size() - before, kTimes * kEvents);
  return with - without;
}

}  // namespace weft::benchmarks::hooks
