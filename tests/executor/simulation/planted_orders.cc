// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/context_snapshot.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/simulation/scheduling_point.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/sync/channel.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/executor/when_any.h"
#include "weft/tests/executor/simulation/planted_bugs.h"

namespace weft {
namespace {

using std::chrono_literals::operator""ms;
using Lock = std::scoped_lock<SimulatedMutex>;

void DoneAfterSubmission(SimulatedExecutor& executor, Variant variant) {
  bool is_listed = variant == Variant::kRight;
  Future<bool> saw = executor.Submit([&is_listed] { return is_listed; });
  is_listed = true;
  Expect(saw.Get(), "not listed yet");
}

void OrderByLuck(SimulatedExecutor& executor, Variant variant) {
  SerialExecutor serial(executor);
  Executor& used =
      variant == Variant::kRight ? static_cast<Executor&>(serial) : executor;
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) used.Post([&order, i] { order.push_back(i); });
  used.Drain();
  Expect(std::is_sorted(order.begin(), order.end()), "out of order");
}

void AnyOneIsFirst(SimulatedExecutor& executor, Variant variant) {
  std::vector<Future<int>> futures;
  futures.push_back(executor.Submit([] { return 10; }));
  futures.push_back(executor.Submit([] { return 11; }));
  const AnyResult<int> first = WhenAny(std::move(futures)).Get();
  executor.Drain();
  const int expected =
      variant == Variant::kRight ? 10 + static_cast<int>(first.index) : 10;
  Expect(first.value == expected, "another one was the first");
}

void LocksInACircle(SimulatedExecutor& executor, Variant variant) {
  SimulatedMutex forks[3];
  TaskGroup group(executor);
  for (int i = 0; i < 3; ++i) {
    group.Run([&forks, i, variant] {
      int left = i;
      int right = (i + 1) % 3;
      if (variant == Variant::kRight && left > right) std::swap(left, right);
      const Lock one(forks[left]);
      const Lock other(forks[right]);
    });
  }
  group.Wait();
}

void LockHeldInAWait(SimulatedExecutor& executor, Variant variant) {
  SimulatedMutex mutex;
  Future<void> other = executor.Submit([&mutex] { const Lock lock(mutex); });
  {
    const Lock lock(mutex);
    if (variant == Variant::kPlanted) other.Get();
  }
  if (variant == Variant::kRight) other.Get();
}

void LostWakeUp(SimulatedExecutor& executor, Variant variant) {
  bool is_ready = false;
  std::optional<Promise<void>> waiter;
  executor.Post([&] {
    is_ready = true;
    if (waiter.has_value()) waiter->SetValue();
  });
  if (!is_ready) {
    SchedulingPoint();
    waiter.emplace(executor);
    Future<void> woken = waiter->GetFuture();
    if (variant == Variant::kRight && is_ready) waiter->SetValue();
    woken.Get();
  }
  executor.Drain();
}

void SettledTwice(SimulatedExecutor& executor, Variant variant) {
  bool is_settled = false;
  Promise<void> promise(executor);
  Future<void> future = promise.GetFuture();
  const auto settle = [&] {
    if (is_settled) return;
    if (variant == Variant::kRight) is_settled = true;
    SchedulingPoint();
    is_settled = true;
    promise.SetValue();
  };
  executor.Post(settle);
  executor.Post(settle);
  executor.Drain();
  future.Get();
}

void TokenNotGivenBack(SimulatedExecutor& executor, Variant variant) {
  SimulatedMutex token;
  bool is_cancelled = false;
  const auto work = [&] {
    token.lock();
    if (is_cancelled && variant == Variant::kPlanted) return;
    token.unlock();
  };
  executor.Post(work);
  executor.Post([&is_cancelled] { is_cancelled = true; });
  executor.Post(work);
  executor.Drain();
}

// What is handed to a pump runs in the pump's context.
void ContextOfThePump(SimulatedExecutor& executor, Variant variant) {
  const AsyncLocalStorage<int> request;
  std::deque<std::function<void()>> items;
  bool is_pumping = false;
  bool is_right = true;
  const auto pump = [&] {
    while (!items.empty()) {
      const std::function<void()> item = std::move(items.front());
      items.pop_front();
      item();
    }
    is_pumping = false;
  };
  for (int i = 0; i < 2; ++i) {
    request.Run(i, [&] {
      const auto check = [&is_right, &request, i] {
        if (*request.GetStore() != i) is_right = false;
      };
      items.push_back(
          variant == Variant::kRight
              ? std::function<void()>(ContextSnapshot::Capture().Bind(check))
              : check);
      if (!std::exchange(is_pumping, true)) executor.Post(pump);
    });
  }
  executor.Drain();
  Expect(is_right, "in the context of another request");
}

void StoppedTooEarly(SimulatedExecutor& executor, Variant variant) {
  int written = 0;
  {
    SerialExecutor log(executor);
    for (int i = 0; i < 3; ++i) log.Post([&written] { ++written; });
    log.Shutdown(variant == Variant::kRight ? OnShutdown::kDrain
                                            : OnShutdown::kStop);
  }
  Expect(written == 3, "not all is written");
}

void MissedEvent(SimulatedExecutor& executor, Variant variant) {
  std::vector<std::function<void()>> listeners;
  int heard = 0;
  const auto listen = [&] { listeners.push_back([&heard] { ++heard; }); };
  if (variant == Variant::kRight) listen();
  executor.Post([&listeners] {
    for (const auto& listener : listeners) listener();
  });
  if (variant == Variant::kPlanted) listen();
  executor.Drain();
  Expect(heard == 1, "an event is missed");
}

void CountedTooLate(SimulatedExecutor& executor, Variant variant) {
  int running = variant == Variant::kRight ? 2 : 0;
  int ended = 0;
  int ended_when_done = 0;
  const auto work = [&] {
    if (variant == Variant::kPlanted) ++running;
    SchedulingPoint();
    ++ended;
    if (--running == 0) ended_when_done = ended_when_done > 0 ? 0 : ended;
  };
  executor.Post(work);
  executor.Post(work);
  executor.Drain();
  Expect(ended_when_done == 2, "done before all have ended");
}

void UsedAfterHandOver(SimulatedExecutor& executor, Variant variant) {
  bool is_freed = false;
  bool was_freed = false;
  if (variant == Variant::kRight) was_freed = is_freed;
  executor.Post([&is_freed] { is_freed = true; });
  if (variant == Variant::kPlanted) was_freed = is_freed;
  executor.Drain();
  Expect(!was_freed, "used after it was handed over");
}

void ReplyAndTimeout(SimulatedExecutor& executor, Variant variant) {
  Promise<int> promise(executor);
  Future<int> answer = promise.GetFuture();
  const Timer timeout =
      executor.PostAfter(10ms, [&promise] { promise.SetValue(0); });
  executor.PostAfter(10ms, [&promise, &timeout, variant] {
    if (timeout.Cancel() || variant == Variant::kPlanted) promise.SetValue(1);
  });
  answer.Get();
  executor.Drain();
}

void LeaseRanOut(SimulatedExecutor& executor, Variant variant) {
  int owner = 1;
  Promise<bool> promise(executor);
  Future<bool> is_overwritten = promise.GetFuture();
  executor.PostAfter(10ms, [&owner] { owner = 2; });
  executor.PostAfter(10ms, [&owner, &promise, variant] {
    const bool writes = variant == Variant::kPlanted || owner == 1;
    promise.SetValue(writes && owner != 1);
  });
  Expect(!is_overwritten.Get(), "written without the lease");
  executor.Drain();
}

void WokenForNothing(SimulatedExecutor& executor, Variant variant) {
  int items = 0;
  bool was_empty = false;
  std::vector<Promise<void>> waiting;
  const auto consume = [&] {
    while (items == 0) {
      waiting.emplace_back(executor);
      waiting.back().GetFuture().Get();
      if (variant == Variant::kPlanted) break;
    }
    if (items == 0) was_empty = true;
    --items;
  };
  const auto produce = [&] {
    ++items;
    std::vector<Promise<void>> woken = std::exchange(waiting, {});
    for (Promise<void>& one : woken) one.SetValue();
  };
  executor.Post(consume);
  executor.Post(consume);
  executor.Post(produce);
  executor.Post(produce);
  executor.Drain();
  Expect(!was_empty, "taken where nothing was");
}

void ClosedTooEarly(SimulatedExecutor& executor, Variant variant) {
  Channel<int> channel(executor, 4);
  int sending = 2;
  const auto send = [&]() -> Task<> {
    co_await channel.Send(1);
    co_await executor.Schedule();
    if (--sending == 0 || variant == Variant::kPlanted) channel.Close();
  };
  Future<void> first = Spawn(executor, send());
  Future<void> second = Spawn(executor, send());
  executor.Drain();
  first.Get();
  second.Get();
}

void CancelledMeanwhile(SimulatedExecutor& executor, Variant variant) {
  CancellationSource source;
  bool is_told = false;
  bool is_done_after = false;
  executor.Post([&] {
    if (source.is_cancelled()) return;
    SchedulingPoint();
    if (variant == Variant::kRight && source.is_cancelled()) return;
    is_done_after = is_told;
  });
  executor.Post([&] {
    source.Cancel();
    is_told = true;
  });
  executor.Drain();
  Expect(!is_done_after, "done after it was cancelled");
}

constexpr PlantedBug kOrders[] = {
    {"DoneAfterSubmission", "what a task needs, done after its submission",
     DoneAfterSubmission},
    {"OrderByLuck", "tasks that are taken to run in order", OrderByLuck},
    {"AnyOneIsFirst", "the first one is taken to end first", AnyOneIsFirst},
    {"LocksInACircle", "locks in a circle", LocksInACircle},
    {"LockHeldInAWait", "a wait for what needs the lock", LockHeldInAWait},
    {"LostWakeUp", "woken before it waits", LostWakeUp},
    {"SettledTwice", "a promise that two settle", SettledTwice},
    {"TokenNotGivenBack", "a token kept on an early return", TokenNotGivenBack},
    {"ContextOfThePump", "the context of who runs it, not of who made it",
     ContextOfThePump},
    {"StoppedTooEarly", "stopped before all is written", StoppedTooEarly},
    {"MissedEvent", "a listener that comes after the event", MissedEvent},
    {"CountedTooLate", "counted by the task, not by who submits it",
     CountedTooLate},
    {"UsedAfterHandOver", "used after it was handed over", UsedAfterHandOver},
    {"ReplyAndTimeout", "a reply at the time of its timeout", ReplyAndTimeout},
    {"LeaseRanOut", "a lease that ends while its holder works", LeaseRanOut},
    {"WokenForNothing", "not looked again after a wake-up", WokenForNothing},
    {"ClosedTooEarly", "closed by the first of two that send", ClosedTooEarly},
    {"CancelledMeanwhile", "cancelled between the check and the act",
     CancelledMeanwhile},
};

}  // namespace

std::span<const PlantedBug> PlantedOrders() { return kOrders; }

}  // namespace weft
