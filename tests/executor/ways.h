// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The calls that make a task of a function, as values: what holds of tasks must
// hold of whatever was submitted in any of these ways.

#ifndef WEFT_TESTS_EXECUTOR_WAYS_H_
#define WEFT_TESTS_EXECUTOR_WAYS_H_

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>

#include "tests/executor/executor_kinds.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_resource.h"

namespace weft {

// One of the calls that make a task of `fn`, and nothing else that captures.
// Returns when `fn` has run, or is going to.
struct Way {
  const char* name;
  void (*submit)(Executor& executor, const std::function<void()>& fn);
};

inline Task<> CallInCoroutine(std::function<void()> fn) {
  fn();
  co_return;
}

inline constexpr Way kWays[] = {
    {"Post", [](Executor& e, const std::function<void()>& fn) { e.Post(fn); }},
    {"Submit",
     [](Executor& e, const std::function<void()>& fn) { e.Submit(fn).Get(); }},
    {"Defer",
     [](Executor& e, const std::function<void()>& fn) { e.Defer(fn); }},
    {"Future::Then",
     [](Executor& e, const std::function<void()>& fn) {
       Promise<void> promise(e);
       Future<void> next = promise.GetFuture().Then(fn);
       promise.SetValue();
       next.Get();
     }},
    {"SharedFuture::Then",
     [](Executor& e, const std::function<void()>& fn) {
       Promise<void> promise(e);
       const SharedFuture<void> shared = promise.GetFuture().Share();
       Future<void> next = shared.Then(fn);
       promise.SetValue();
       next.Get();
     }},
    {"TaskGroup::Run",
     [](Executor& e, const std::function<void()>& fn) {
       TaskGroup group(e);
       group.Run(fn);
       group.Wait();
     }},
    {"PostAfter",
     [](Executor& e, const std::function<void()>& fn) {
       e.PostAfter(std::chrono::milliseconds(1), fn);
     }},
    {"PostAt",
     [](Executor& e, const std::function<void()>& fn) {
       e.PostAt(Timer::Clock::time_point::min(), fn);
     }},
    {"PostEvery, context kept",
     [](Executor& e, const std::function<void()>& fn) {
       // Keeps to its first run.
       auto timer = std::make_shared<Timer>();
       auto set = std::make_shared<std::atomic<bool>>(false);
       *timer = e.PostEvery(std::chrono::milliseconds(1),
                            [fn, timer, set] {
                              while (!*set) std::this_thread::yield();
                              timer->Cancel();
                              fn();
                            },
                            {.keep_context = true});
       *set = true;
     }},
    {"Spawn",
     [](Executor& e, const std::function<void()>& fn) {
       Spawn(e, CallInCoroutine(fn)).Get();
     }},
    {"AsyncResource",
     [](Executor&, const std::function<void()>& fn) {
       AsyncResource("OPERATION").RunInAsyncScope(fn);
     }},
};

// Has `fn` run by `way`, and returns when it has; throws what `way` does.
inline void RunBy(const Way& way, Executor& executor,
                  const std::function<void()>& fn) {
  Promise<void> promise(executor);
  Future<void> started = promise.GetFuture();
  way.submit(executor, [&fn, &promise] {
    promise.SetValue();
    fn();
  });
  if (auto* const manual = dynamic_cast<ManualExecutor*>(&executor)) {
    manual->AdvanceBy(std::chrono::milliseconds(1));
  }
  started.Get();
  executor.Drain();
}

// Whether `way` can run on the executor of `param`: a clock that stands still
// is the base's, which is out of reach.
inline bool HasClock(const Way& way, int param) {
  const std::string_view name = way.name;
  const bool over_manual = KindOf(param) != 0 && WorkersOf(param) == kManual;
  return !over_manual || !name.starts_with("Post") || name == "Post";
}

}  // namespace weft

#endif  // WEFT_TESTS_EXECUTOR_WAYS_H_
