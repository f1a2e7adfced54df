// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <semaphore>
#include <span>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "oneapi/tbb/task_arena.h"
#include "weft/adapters/onetbb/parallel_pipeline.h"
#include "weft/base/steady_now.h"
#include "weft/benchmarks/instructions/operation.h"
#include "weft/benchmarks/workloads/levels/levels.h"
#include "weft/benchmarks/workloads/measure.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/duration.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/parallel_reduce.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/hook_event.h"
#include "weft/observe/level.h"
#include "weft/pipelines/job_graph.h"
#include "weft/pipelines/pipeline.h"

namespace weft::benchmarks {
namespace {

// What loops of all operations do besides.
void Loop(int times) {
  for (int i = 0; i < times; ++i) benchmark::ClobberMemory();
}

// Forks that nobody steals.
void Fork(int times) {
  InTask(1, [times] {
    for (int i = 0; i < times; ++i) {
      Join([] { benchmark::ClobberMemory(); },
           [] { benchmark::ClobberMemory(); });
    }
    return 0;
  });
}

// Tasks of a group, by one of its executor's tasks, which then waits.
void Group(int times) {
  InTask(1, [times] {
    TaskGroup group(WeftExecutor(1));
    for (int i = 0; i < times; ++i) {
      group.Run([i] { benchmark::DoNotOptimize(i); });
    }
    group.Wait();
    return 0;
  });
}

// Calls `fn()` in the context, while the executor's worker is held in a task.
template <typename Fn>
void WhileHeld(const Fn& fn) {
  std::binary_semaphore is_held(0);
  std::binary_semaphore go(0);
  WeftExecutor(1).Post([&] {
    is_held.release();
    go.acquire();
  });
  is_held.acquire();
  InContext(fn);
  go.release();
  WeftExecutor(1).Drain();
}

// Detached tasks, from outside.
void PostAll(Executor& executor, int times) {
  WhileHeld([&] {
    for (int i = 0; i < times; ++i) executor.Post([] {});
  });
  executor.Drain();
}

void Post(int times) { PostAll(WeftExecutor(1), times); }

// Detached tasks, by a task of the executor.
void PostInside(int times) {
  InTask(1, [times] {
    for (int i = 0; i < times; ++i) WeftExecutor(1).Post([] {});
    return 0;
  });
  WeftExecutor(1).Drain();
}

// Each task posts the next.
void PostNext(Executor& executor, int left) {
  if (left > 0) {
    executor.Post([&executor, left] { PostNext(executor, left - 1); });
  }
}
void Hop(int times) {
  Executor& executor = WeftExecutor(1);
  InContext([&] { PostNext(executor, times); });
  executor.Drain();
}

// Tasks whose futures are taken when all have run.
void Submit(int times) {
  std::vector<Future<int>> futures;
  futures.reserve(static_cast<std::size_t>(times));
  WhileHeld([&] {
    for (int i = 0; i < times; ++i)
      futures.push_back(WeftExecutor(1).Submit([i] { return i; }));
  });
  for (Future<int>& future : futures) benchmark::DoNotOptimize(future.Get());
}

void Strand(int times) {
  SerialExecutor lane(WeftExecutor(1));
  PostAll(lane, times);
}

void Bounded(int times) {
  BoundedExecutor lane(WeftExecutor(1),
                       {.capacity = static_cast<std::size_t>(times)});
  PostAll(lane, times);
}

void ByPriority(int times) {
  PriorityExecutor lanes(WeftExecutor(1));
  constexpr Priority kAll[] = {Priority::kHigh, Priority::kNormal,
                               Priority::kLow};
  WhileHeld([&] {
    for (int i = 0; i < times; ++i) lanes.at(kAll[i % 3]).Post([] {});
  });
  lanes.Drain();
}

// A timer that is set and cancelled, beside one that is due before it.
void SetAndCancel(int times) {
  Executor& executor = WeftExecutor(1);
  const Timer earlier = executor.PostAfter(std::chrono::hours(1), [] {});
  InContext([&] {
    for (int i = 0; i < times; ++i)
      executor.PostAfter(std::chrono::hours(2), [] {}).Cancel();
  });
  earlier.Cancel();
}

// These two do so little that it counts where the loop has its own variables:
// in registers, as it is in a function that is given them.
[[gnu::noinline]] void GetStores(const AsyncLocalStorage<int>& storage,
                                 int times) {
  for (int i = 0; i < times; ++i) {
    benchmark::DoNotOptimize(storage.GetStore());
    benchmark::ClobberMemory();
  }
}

void GetStore(int times) {
  InContext([times] { GetStores(WeftContext(), times); });
}

[[gnu::noinline]] void RunEach(const AsyncLocalStorage<int>& storage,
                               int times) {
  for (int i = 0; i < times; ++i) {
    storage.Run(i, [] { benchmark::ClobberMemory(); });
  }
}

void Run(int times) {
  InContext([times] {
    const AsyncLocalStorage<int> storage;
    RunEach(storage, times);
  });
}

// Four events of a resource, if there is a hook.
void LiveResources(int times) {
  for (int i = 0; i < times; ++i) {
    const AsyncResource resource("COUNTED");
    resource.RunInAsyncScope([] { benchmark::ClobberMemory(); });
  }
}

void WatchedResources(int times) {
  const AsyncHook hook = CreateHook({.init = [](const InitEvent&) {},
                                     .before = [](const BeforeEvent&) {},
                                     .after = [](const AfterEvent&) {},
                                     .destroy = [](const DestroyEvent&) {}})
                             .Enable();
  LiveResources(times);
}

// Makes time stand still for the calling thread. What is done for a time, and
// takes much longer while it is counted, is then done as often as it would be
// otherwise.
class StillScope {
 public:
  StillScope() noexcept { base::simulated_now = &now_; }
  StillScope(const StillScope&) = delete;
  StillScope& operator=(const StillScope&) = delete;
  ~StillScope() { base::simulated_now = nullptr; }

 private:
  const std::chrono::steady_clock::time_point now_ = base::SteadyNow();
};

// Calls `fn(number)` in a task in which time stands still.
template <typename Fn>
void InStillTask(const Fn& fn) {
  InTask(1, [&] {
    const StillScope still;
    const AsyncLocalStorage<int> number;
    fn(number);
    return 0;
  });
}

// A source of `times` numbers, each in a context of its own, unless `enters` is
// false.
template <bool enters>
auto NumbersBelow(int times, const AsyncLocalStorage<int>& number) {
  return [times, &number, next = 0]() mutable -> std::optional<int> {
    if (next == times) return std::nullopt;
    if constexpr (enters) number.EnterWith(next);
    return next++;
  };
}

// A source, a parallel stage and one in order; each item with a time of its
// own, if `item_time` says so.
template <bool enters>
void RunItems(int times, std::optional<Duration> item_time) {
  InStillTask([&](const AsyncLocalStorage<int>& number) {
    Pipeline("source", NumbersBelow<enters>(times, number))
        .Then(StageMode::kParallel, "work", [](int item) { return item; })
        .Then(StageMode::kSerialInOrder, "collect",
              [](int item) { benchmark::DoNotOptimize(item); })
        .Run(WeftExecutor(1), {.tokens = 8, .item_time = item_time});
  });
}

template <bool enters>
void PipelineItems(int times) {
  RunItems<enters>(times, std::nullopt);
}

void TimedItems(int times) { RunItems<true>(times, std::chrono::hours(1)); }

// Items of which eight become one, in their contexts.
constexpr int kTogether = 8;

void BatchedItems(int times) {
  InStillTask([times](const AsyncLocalStorage<int>& number) {
    Pipeline("source", NumbersBelow<true>(times, number))
        .Batch(kTogether)
        .Then(StageMode::kSerialInOrder, "collect",
              [](const std::vector<int>& batch) {
                benchmark::DoNotOptimize(batch.data());
              })
        .Run(WeftExecutor(1), {.tokens = 8});
  });
}

// Elements of ranges of eight, each of which is an item of its own and then
// one of a range again.
void SplitItems(int times) {
  InStillTask([times](const AsyncLocalStorage<int>& number) {
    int next = 0;
    Pipeline("source",
             [&]() -> std::optional<std::vector<int>> {
               if (next >= times) return std::nullopt;
               number.EnterWith(next);
               next += kTogether;
               return std::vector<int>(std::size_t{kTogether}, next);
             })
        .Each()
        .Then(StageMode::kParallel, "work", [](int item) { return item; })
        .Gather()
        .Then(StageMode::kSerialInOrder, "collect",
              [](const std::vector<int>& parts) {
                benchmark::DoNotOptimize(parts.data());
              })
        .Run(WeftExecutor(1), {.tokens = 8});
  });
}

// oneTBB's pipeline, whose items the bridge carries.
void CarriedItems(int times) {
  TbbArena(1).execute([times] {
    const AsyncLocalStorage<int> number;
    int next = 0;
    tbb::parallel_pipeline(
        8, tbb::make_filter<void, int>(tbb::filter_mode::serial_in_order,
                                       [&](tbb::flow_control& control) {
                                         if (next == times) control.stop();
                                         number.EnterWith(next);
                                         return next++;
                                       }) &
               tbb::make_filter<int, int>(tbb::filter_mode::parallel,
                                          [](int item) { return item; }) &
               tbb::make_filter<int, void>(
                   tbb::filter_mode::serial_in_order,
                   [](int item) { benchmark::DoNotOptimize(item); }));
  });
}

// A graph of 64 jobs, of which 62 come after the first and before the last.
void Jobs(int times) {
  constexpr int kJobs = 64;
  JobGraph graph;
  std::vector<std::string> middle;
  graph.Add("first", [] {});
  for (int i = 2; i < kJobs; ++i) {
    middle.push_back(std::to_string(i));
    graph.Add(middle.back(), {"first"}, [] {});
  }
  graph.Add("last", middle, [] {});
  InTask(1, [&graph, times] {
    for (int i = 0; i < times; i += kJobs) graph.Run(WeftExecutor(1));
    return 0;
  });
}

// Loops over 1,024 indexes, of which 64 count as one operation.
constexpr int kIndexes = 1024;
constexpr int kAtOnce = kIndexes / 64;

void For(int times) {
  InTask(1, [times] {
    for (int i = 0; i < times; i += kAtOnce)
      ParallelFor(0, kIndexes, [](int j) { benchmark::DoNotOptimize(j); });
    return 0;
  });
}

void Reduce(int times) {
  InTask(1, [times] {
    for (int i = 0; i < times; i += kAtOnce) {
      benchmark::DoNotOptimize(ParallelReduce(
          0, kIndexes, 0.0, [](int j) { return static_cast<double>(j); },
          std::plus<>()));
    }
    return 0;
  });
}

[[gnu::noinline]] Task<int> Child(int n) { co_return n; }

Task<int> Parent(int times) {
  int sum = 0;
  for (int i = 0; i < times; ++i) sum ^= co_await Child(i);
  co_return sum;
}

// Coroutines that another one awaits.
void Children(int times) {
  InContext([times] { Spawn(WeftExecutor(1), Parent(times)).Get(); });
}

Task<> ScheduleAgain(int times) {
  for (int i = 0; i < times; ++i) co_await WeftExecutor(1).Schedule();
}

// A coroutine that goes to the end of its executor's queue.
void Schedule(int times) {
  InContext([times] { Spawn(WeftExecutor(1), ScheduleAgain(times)).Get(); });
}

using observe::Level;

// Does it while the process observes itself.
template <Level level, void (*run)(int)>
void At(int times) {
  const Measurement run_all = [](int all) {
    run(all);
    return 0.0;
  };
  levels::MeasureAt(level, run_all, times);
}

constexpr Operation kOperations[] = {
    {"loop", &Loop},
    {"fork", &Fork},
    {"group task", &Group},
    {"detached task", &Post},
    {"detached task, inside", &PostInside},
    {"detached task, by the one before", &Hop},
    {"task with a future", &Submit},
    {"strand task", &Strand},
    {"bounded task", &Bounded},
    {"task by priority", &ByPriority},
    {"timer", &SetAndCancel},
    {"GetStore", &GetStore},
    {"Run", &Run},
    {"resource", &LiveResources},
    {"resource, hook", &WatchedResources},
    {"pipeline item", &PipelineItems<true>},
    {"pipeline item, none entered", &PipelineItems<false>},
    {"pipeline item, item_time", &TimedItems},
    {"pipeline item of a batch", &BatchedItems},
    {"pipeline item, split and gathered", &SplitItems},
    {"carried pipeline item", &CarriedItems},
    {"job", &Jobs},
    {"64 indexes of a loop", &For},
    {"64 indexes of a sum", &Reduce},
    {"child coroutine", &Children},
    {"Schedule", &Schedule},
    {"fork, counters", &At<Level::kCounters, Fork>},
    {"fork, flight", &At<Level::kFlight, Fork>},
    {"group task, counters", &At<Level::kCounters, Group>},
    {"group task, flight", &At<Level::kFlight, Group>},
    {"detached task, counters", &At<Level::kCounters, Post>},
    {"detached task, flight", &At<Level::kFlight, Post>},
};

}  // namespace

std::span<const Operation> WeftOperations() { return kOperations; }

}  // namespace weft::benchmarks
