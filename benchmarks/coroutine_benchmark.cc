// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What awaiting a coroutine costs, beside calling a function, and beside
// awaiting one whose task type knows of no context, ids and hooks.

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

#include "benchmark/benchmark.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

constexpr int kChildren = 10'000;

[[gnu::noinline]] int Call(int n) {
  benchmark::DoNotOptimize(n);
  return n;
}

void BM_Call(benchmark::State& state) {
  for (auto _ : state) {
    for (int i = 0; i < kChildren; ++i) benchmark::DoNotOptimize(Call(i));
  }
  state.SetItemsProcessed(state.iterations() * kChildren);
}
BENCHMARK(BM_Call);

// The least that a lazy task must have: a frame from the allocator, and
// transfer to the child and back by tail calls.
class PlainTask {
 public:
  class promise_type {
   public:
    PlainTask get_return_object() {
      return PlainTask(
          std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept {
      struct Final {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(
            std::coroutine_handle<promise_type> ended) const noexcept {
          return ended.promise().parent_;
        }
        void await_resume() const noexcept {}
      };
      return Final{};
    }
    void unhandled_exception() { throw; }
    void return_value(int value) noexcept { value_ = value; }

   private:
    friend PlainTask;
    std::coroutine_handle<> parent_ = std::noop_coroutine();
    int value_ = 0;
  };

  explicit PlainTask(std::coroutine_handle<promise_type> handle) noexcept
      : handle_(handle) {}
  PlainTask(PlainTask&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)) {}
  ~PlainTask() {
    if (handle_) handle_.destroy();
  }

  int Run() {
    handle_.resume();
    return handle_.promise().value_;
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(
      std::coroutine_handle<> parent) const noexcept {
    handle_.promise().parent_ = parent;
    return handle_;
  }
  int await_resume() const noexcept { return handle_.promise().value_; }

 private:
  std::coroutine_handle<promise_type> handle_;
};

template <typename AnyTask>
[[gnu::noinline]] AnyTask Child(int n) {
  co_return n;
}

template <typename AnyTask>
AnyTask Parent() {
  int sum = 0;
  for (int i = 0; i < kChildren; ++i) sum ^= co_await Child<AnyTask>(i);
  co_return sum;
}

void BM_PlainChild(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Parent<PlainTask>().Run());
  state.SetItemsProcessed(state.iterations() * kChildren);
}
BENCHMARK(BM_PlainChild);

enum Mode { kNoContext = 0, kContext = 1, kContextAndHook = 2 };

// Runs `body` in the context, and beside the hook, that the benchmark asks for.
template <typename Body>
void InMode(const benchmark::State& state, Body body) {
  static const auto& storage = *new AsyncLocalStorage<int>;
  std::optional<AsyncHook> hook;
  if (state.range(0) == kContextAndHook) {
    hook = CreateHook({.init = [](const InitEvent&) {},
                       .before = [](const BeforeEvent&) {},
                       .after = [](const AfterEvent&) {},
                       .destroy = [](const DestroyEvent&) {}})
               .Enable();
  }
  if (state.range(0) == kNoContext) return body();
  storage.Run(1, body);
}

void BM_Child(benchmark::State& state) {
  ManualExecutor executor;
  InMode(state, [&] {
    for (auto _ : state) {
      benchmark::DoNotOptimize(Spawn(executor, Parent<Task<int>>()).Get());
    }
  });
  state.SetItemsProcessed(state.iterations() * kChildren);
}
BENCHMARK(BM_Child)->ArgName("mode")->DenseRange(kNoContext, kContextAndHook);

Task<> Hop(Executor& executor) {
  for (int i = 0; i < kChildren; ++i) co_await executor.Schedule();
}

// To the end of its own worker's queue.
void BM_Hop(benchmark::State& state) {
  Executor executor({.concurrency = 1});
  InMode(state, [&] {
    for (auto _ : state) Spawn(executor, Hop(executor)).Get();
  });
  state.SetItemsProcessed(state.iterations() * kChildren);
}
BENCHMARK(BM_Hop)
    ->ArgName("mode")
    ->DenseRange(kNoContext, kContextAndHook)
    ->UseRealTime();

// The same for tasks: one that submits the next.
void PostNext(Executor& executor, int left) {
  if (left > 0)
    executor.Post([&executor, left] { PostNext(executor, left - 1); });
}
void BM_PostNext(benchmark::State& state) {
  Executor executor({.concurrency = 1});
  InMode(state, [&] {
    for (auto _ : state) {
      PostNext(executor, kChildren);
      executor.Drain();
    }
  });
  state.SetItemsProcessed(state.iterations() * kChildren);
}
BENCHMARK(BM_PostNext)
    ->ArgName("mode")
    ->DenseRange(kNoContext, kContextAndHook)
    ->UseRealTime();

}  // namespace
}  // namespace weft
