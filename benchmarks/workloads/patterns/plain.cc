// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <deque>
#include <exception>
#include <future>
#include <mutex>
#include <semaphore>
#include <stdexcept>
#include <unordered_map>

#include "weft/benchmarks/workloads/patterns/patterns.h"
#include "weft/benchmarks/workloads/peers/plain_coroutine.h"

namespace weft::benchmarks::patterns {
namespace {

[[gnu::noinline]] HandWrittenCoroutine Child(int n) { co_return n; }

// A queue of at most eight numbers.
class LockedQueue {
 public:
  void Send(int item) {
    std::unique_lock<std::mutex> lock(mutex_);
    has_room_.wait(lock, [this] { return items_.size() < 8; });
    items_.push_back(item);
    has_items_.notify_one();
  }
  int Receive() {
    std::unique_lock<std::mutex> lock(mutex_);
    has_items_.wait(lock, [this] { return !items_.empty(); });
    const int item = items_.front();
    items_.pop_front();
    has_room_.notify_one();
    return item;
  }

 private:
  std::mutex mutex_;
  std::condition_variable has_room_;
  std::condition_variable has_items_;
  std::deque<int> items_;
};

// What one thread sets and another waits for.
class Flag {
 public:
  void Set() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_set_ = true;
    }
    changed_.notify_all();
  }
  void Reset() {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_set_ = false;
  }
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return is_set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;
};

// A bucket of tokens, one a nanosecond.
class Bucket {
 public:
  bool Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    const Clock::time_point now = Clock::now();
    tokens_ = std::min<std::int64_t>(2 * kOperations,
                                     tokens_ + (now - filled_).count());
    filled_ = now;
    return tokens_-- > 0;
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::mutex mutex_;
  Clock::time_point filled_ = Clock::now();
  std::int64_t tokens_ = 2 * kOperations;
};

// Calls that are under way, by key.
class Flights {
 public:
  template <typename Fn>
  int Do(int key, const Fn& fn) {
    std::promise<int> promise;
    std::shared_future<int> flight;
    bool is_first = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const auto found = by_key_.find(key);
      if (found == by_key_.end()) {
        is_first = true;
        flight = by_key_[key] = promise.get_future().share();
      } else {
        flight = found->second;
      }
    }
    if (is_first) {
      promise.set_value(fn());
      const std::lock_guard<std::mutex> lock(mutex_);
      by_key_.erase(key);
    }
    return flight.get();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<int, std::shared_future<int>> by_key_;
};

class NumberGenerator {
 public:
  class promise_type {
   public:
    NumberGenerator get_return_object() {
      return NumberGenerator(
          std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    std::suspend_always yield_value(int value) noexcept {
      value_ = value;
      return {};
    }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }

   private:
    friend NumberGenerator;
    int value_ = 0;
  };

  explicit NumberGenerator(std::coroutine_handle<promise_type> handle)
      : handle_(handle) {}
  NumberGenerator(const NumberGenerator&) = delete;
  NumberGenerator& operator=(const NumberGenerator&) = delete;
  ~NumberGenerator() { handle_.destroy(); }

  // Null at the end.
  const int* Next() {
    handle_.resume();
    return handle_.done() ? nullptr : &handle_.promise().value_;
  }

 private:
  const std::coroutine_handle<promise_type> handle_;
};

[[gnu::noinline]] NumberGenerator Numbers() {
  for (int i = 0; i < kOperations; ++i) co_yield i;
}

// The same as Child(), tried again up to five times.
HandWrittenCoroutine Retried(int n) {
  for (int attempt = 1;; ++attempt) {
    try {
      co_return co_await Child(n);
    } catch (const std::exception&) {
      if (attempt == 5) throw;
    }
  }
}

HandWrittenCoroutine Timed(int n,
                           std::chrono::steady_clock::time_point deadline) {
  const int result = co_await Child(n);
  if (std::chrono::steady_clock::now() > deadline) {
    throw std::runtime_error("late");
  }
  co_return result;
}

// Adds what `fn(i)` returns for each number.
template <typename Fn>
double MeasureSum(const Fn& fn) {
  return Measure([&] {
    std::int64_t sum = 0;
    for (int i = 0; i < kOperations; ++i) sum += fn(i);
    return sum;
  });
}

}  // namespace

double StdMutex(int) {
  std::mutex mutex;
  return MeasureSum([&](int i) {
    const std::lock_guard<std::mutex> lock(mutex);
    return i;
  });
}

double StdSemaphore(int) {
  std::counting_semaphore<> semaphore(8);
  return MeasureSum([&](int i) {
    semaphore.acquire();
    semaphore.release();
    return i;
  });
}

double LockedFlag(int) {
  Flag flag;
  return MeasureSum([&](int i) {
    flag.Set();
    flag.Wait();
    flag.Reset();
    return i;
  });
}

double StdOnce(int) {
  std::once_flag once;
  return MeasureSum([&](int i) {
    std::call_once(once, [] {});
    return i;
  });
}

double TokenBucket(int) {
  Bucket bucket;
  return MeasureSum([&](int i) { return bucket.Take() ? i : 0; });
}

double LockedQueueItem(int) {
  LockedQueue queue;
  return MeasureSum([&](int i) {
    queue.Send(i);
    return queue.Receive();
  });
}

double MapOfFutures(int) {
  Flights flights;
  return MeasureSum(
      [&](int i) { return flights.Do(i, [i] { return Child(i).Run(); }); });
}

double Loop(int) {
  return MeasureSum([](int i) { return Retried(i).Run(); });
}

double ComparedTime(int) {
  return MeasureSum([](int i) {
    return Timed(i, std::chrono::steady_clock::now() + std::chrono::hours(1))
        .Run();
  });
}

double PlainGenerator(int) {
  return Measure([] {
    std::int64_t sum = 0;
    NumberGenerator numbers = Numbers();
    while (const int* const number = numbers.Next()) sum += *number;
    return sum;
  });
}

}  // namespace weft::benchmarks::patterns
