// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <functional>
#include <optional>

#include "weft/benchmarks/workloads/patterns/patterns.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/async_generator.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/patterns/retry.h"
#include "weft/executor/patterns/single_flight.h"
#include "weft/executor/patterns/with_timeout.h"
#include "weft/executor/sync/async_mutex.h"
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

Task<int> Child(int n) { co_return n; }

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
