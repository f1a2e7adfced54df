// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "weft/benchmarks/workloads/patterns/patterns.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/async_generator.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/patterns/call_once.h"
#include "weft/executor/patterns/rate_limiter.h"
#include "weft/executor/patterns/retry.h"
#include "weft/executor/patterns/single_flight.h"
#include "weft/executor/patterns/task_scope.h"
#include "weft/executor/patterns/with_timeout.h"
#include "weft/executor/sync/async_event.h"
#include "weft/executor/sync/async_mutex.h"
#include "weft/executor/sync/async_semaphore.h"
#include "weft/executor/sync/channel.h"

namespace weft::benchmarks::patterns {
namespace {

using Sum = Task<std::int64_t>;

// Measures the coroutine that `fn(executor)` returns.
template <typename Fn>
double MeasureCoroutine(int threads, const Fn& fn) {
  Executor& executor = WeftExecutor(threads);
  return Measure([&] {
    return InContext([&] { return Spawn(executor, fn(executor)).Get(); });
  });
}

Sum AddUnderMutex(Executor& executor) {
  AsyncMutex mutex(executor);
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    const auto guard = co_await mutex.Lock();
    sum += i;
  }
  co_return sum;
}

Sum AddThroughChannel(Executor& executor) {
  Channel<int> channel(executor, 8);
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    co_await channel.Send(i);
    const std::optional<int> item = co_await channel.Receive();
    sum += *item;
  }
  co_return sum;
}

Sum AddWithPermits(Executor& executor) {
  AsyncSemaphore semaphore(executor, 8);
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    const auto permit = co_await semaphore.Acquire();
    sum += i;
  }
  co_return sum;
}

Sum AddAfterEvents(Executor& executor) {
  AsyncEvent event(executor);
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    event.Set();
    co_await event.Wait();
    event.Reset();
    sum += i;
  }
  co_return sum;
}

Task<> Nothing() { co_return; }

Task<> Count(Tally& tally) {
  tally.Add();
  co_return;
}

Sum AddAfterOnce(Executor& executor) {
  CallOnce once(executor);
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    co_await once.Call(Nothing);
    sum += i;
  }
  co_return sum;
}

Sum AddLimited(Executor& executor) {
  RateLimiter limiter(executor, {.per_second = 1e9, .burst = 2 * kOperations});
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    co_await limiter.Acquire();
    sum += i;
  }
  co_return sum;
}

Task<int> Child(int n) { co_return n; }

// Adds the results of `futures`, and forgets them.
Sum AddAll(std::vector<Future<int>>& futures) {
  std::int64_t sum = 0;
  for (Future<int>& future : futures) sum += co_await std::move(future);
  futures.clear();
  co_return sum;
}

Sum AddInScopes(Executor& executor) {
  std::int64_t sum = 0;
  for (int first = 0; first < kOperations; first += kChildren) {
    const auto body = [first](TaskScope& scope) -> Sum {
      std::vector<Future<int>> futures;
      for (int i = first; i < first + kChildren; ++i) {
        futures.push_back(scope.Spawn(std::bind_front(Child, i)));
      }
      co_return co_await AddAll(futures);
    };
    Sum scope = WithTaskScope(executor, body);
    sum += co_await std::move(scope);
  }
  co_return sum;
}

Sum AddFutures(Executor& executor) {
  std::int64_t sum = 0;
  std::vector<Future<int>> futures;
  for (int first = 0; first < kOperations; first += kChildren) {
    for (int i = first; i < first + kChildren; ++i) {
      futures.push_back(Spawn(executor, Child(i)));
    }
    sum += co_await AddAll(futures);
  }
  co_return sum;
}

Sum AddFlights(Executor& executor) {
  SingleFlight<int, int> flights(executor);
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    sum += co_await flights.Do(i, std::bind_front(Child, i));
  }
  co_return sum;
}

Sum AddRetried(Executor& executor) {
  std::int64_t sum = 0;
  const RetryOptions options{.seed = 1};
  for (int i = 0; i < kOperations; ++i) {
    sum += co_await Retry(executor, options, std::bind_front(Child, i));
  }
  co_return sum;
}

Sum AddTimed(Executor&) {
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    sum +=
        co_await WithTimeout(std::chrono::hours(1), std::bind_front(Child, i));
  }
  co_return sum;
}

AsyncGenerator<int> Numbers() {
  for (int i = 0; i < kOperations; ++i) co_yield i;
}

Sum AddGenerated(Executor&) {
  std::int64_t sum = 0;
  AsyncGenerator<int> numbers = Numbers();
  while (const std::optional<int> number = co_await numbers.Next()) {
    sum += *number;
  }
  co_return sum;
}

}  // namespace

double Mutex(int threads) { return MeasureCoroutine(threads, AddUnderMutex); }
double Semaphore(int threads) {
  return MeasureCoroutine(threads, AddWithPermits);
}
double Event(int threads) { return MeasureCoroutine(threads, AddAfterEvents); }
double Once(int threads) { return MeasureCoroutine(threads, AddAfterOnce); }
double Limiter(int threads) { return MeasureCoroutine(threads, AddLimited); }
double Scope(int threads) { return MeasureCoroutine(threads, AddInScopes); }
double Futures(int threads) { return MeasureCoroutine(threads, AddFutures); }
double Detached(int threads) {
  Executor& executor = WeftExecutor(threads);
  return InContext([&] {
    return MeasureDetached(
        [&](Tally& tally) { SpawnDetached(executor, Count(tally)); });
  });
}
double ChannelItem(int threads) {
  return MeasureCoroutine(threads, AddThroughChannel);
}
double Flight(int threads) { return MeasureCoroutine(threads, AddFlights); }
double RetryOnce(int threads) { return MeasureCoroutine(threads, AddRetried); }
double Timeout(int threads) { return MeasureCoroutine(threads, AddTimed); }
double Generator(int threads) {
  return MeasureCoroutine(threads, AddGenerated);
}

}  // namespace weft::benchmarks::patterns
