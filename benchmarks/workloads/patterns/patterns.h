// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What teams build over tasks, where nothing has to wait: by one coroutine, one
// after the other. The peers are written by hand, without context, ids, hooks,
// cancellation and deadlines: what a program without Weft would have.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PATTERNS_PATTERNS_H_
#define WEFT_BENCHMARKS_WORKLOADS_PATTERNS_PATTERNS_H_

#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"
#include "weft/benchmarks/workloads/tally.h"

namespace weft::benchmarks::patterns {

constexpr int kOperations = 50'000;

// Calls `run()`, which adds the numbers below kOperations, each by an
// operation, and returns the sum. Returns nanoseconds an operation.
template <typename Run>
double Measure(const Run& run) {
  std::int64_t sum = -1;
  const double ns = NsPerOperation(kOperations, [&] { sum = run(); });
  CheckAnswer(sum, std::int64_t{kOperations} * (kOperations - 1) / 2);
  return ns;
}

// Calls `spawn(tally)` kOperations times, and it starts a coroutine that counts
// itself in the tally. Returns nanoseconds a coroutine.
template <typename Spawn>
double MeasureDetached(const Spawn& spawn) {
  static Tally tally;
  const std::int64_t before = tally.Sum();
  const double ns = NsPerOperation(kOperations, [&] {
    for (int i = 0; i < kOperations; ++i) spawn(tally);
    tally.Await(before + kOperations);
  });
  CheckAnswer(tally.Sum() - before, kOperations);
  return ns;
}

// A lock taken and given back: AsyncMutex; std::mutex.
double Mutex(int threads);
double StdMutex(int threads);
// A permit taken and given back: AsyncSemaphore; std::counting_semaphore.
double Semaphore(int threads);
double StdSemaphore(int threads);
// An event that is set, waited for and reset: AsyncEvent; a flag with a lock
// and a condition variable.
double Event(int threads);
double LockedFlag(int threads);
// A thing done once, that is done: CallOnce; std::call_once.
double Once(int threads);
double StdOnce(int threads);
// A token of a bucket that is never empty: RateLimiter; a bucket with a lock.
double Limiter(int threads);
double TokenBucket(int threads);
// A coroutine that is started and awaited, with kChildren others at a time:
// WithTaskScope(); futures of coroutines of Weft's, without cancellation;
// co_spawn() of Asio's, and a count with a lock.
constexpr int kChildren = 100;
double Scope(int threads);
double Futures(int threads);
double CoSpawn(int threads);
// A coroutine that is started from outside, and that nobody awaits:
// SpawnDetached(); co_spawn() of Asio's, detached.
double Detached(int threads);
double CoSpawnDetached(int threads);
// An item through a channel with room: Channel; a std::deque with a lock and
// condition variables.
double ChannelItem(int threads);
double LockedQueueItem(int threads);
// A call that nobody shares: SingleFlight; a map of futures with a lock.
double Flight(int threads);
double MapOfFutures(int threads);
// A coroutine that succeeds at once: Retry(); a loop around one.
double RetryOnce(int threads);
double Loop(int threads);
// A coroutine with a time limit: WithTimeout(); one that compares the time.
double Timeout(int threads);
double ComparedTime(int threads);
// A value of a generator: AsyncGenerator; a std::coroutine_handle.
double Generator(int threads);
double PlainGenerator(int threads);

}  // namespace weft::benchmarks::patterns

#endif  // WEFT_BENCHMARKS_WORKLOADS_PATTERNS_PATTERNS_H_
