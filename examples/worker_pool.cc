// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// "Using AsyncResource for a Worker thread pool" in Node's manual: what a pool
// calls back runs in the context of who asked, not in that of its own thread.
//
// Differs from Node's: callbacks run on the pool's threads, there is no event
// loop; and the resource is made when the task is given, where Node's is made
// when a worker is free, in whatever context that is.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "weft/context/async_local_storage.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"

namespace {

// Knows nothing of Weft. Its destructor runs what is left.
class ThreadPool {
 public:
  explicit ThreadPool(int threads) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this](const std::stop_token& stop) {
        while (const std::function<void()> job = Next(stop)) job();
      });
    }
  }

  void Run(std::function<void()> job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    given_.notify_one();
  }

 private:
  // Waits; returns an empty job when there is none left and none to come.
  std::function<void()> Next(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!given_.wait(lock, stop, [this] { return !jobs_.empty(); })) return {};
    std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

  std::mutex mutex_;
  std::condition_variable_any given_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::jthread> threads_;  // last: stopped and joined first
};

struct WorkerPoolTaskInfo : weft::AsyncResource {
  explicit WorkerPoolTaskInfo(std::function<void(int)> on_result)
      : AsyncResource("WorkerPoolTaskInfo"), callback(std::move(on_result)) {}

  void Done(int result) {
    RunInAsyncScope(callback, result);
    EmitDestroy();  // used only once
  }

  const std::function<void(int)> callback;
};

// Has the pool add, and call back; returns the id as which it does so.
weft::AsyncId RunTask(ThreadPool& pool, int a, int b,
                      std::function<void(int)> callback) {
  auto info = std::make_shared<WorkerPoolTaskInfo>(std::move(callback));
  pool.Run([info, a, b] { info->Done(a + b); });
  return info->async_id();
}

std::string Line(const std::string* user, int sum, weft::AsyncId id,
                 weft::AsyncId trigger) {
  return (user == nullptr ? "nobody" : *user) + ": " + std::to_string(sum) +
         ", as " + std::to_string(id) + " by " + std::to_string(trigger);
}

}  // namespace

int main() {
  const weft::AsyncLocalStorage<std::string> user;
  const auto here = [&user](int sum) {
    return Line(user.GetStore(), sum, weft::ExecutionAsyncId(),
                weft::TriggerAsyncId());
  };
  const std::vector<std::string> users = {"ada", "bob", "cyd"};
  std::vector<std::string> expected(users.size());
  std::vector<std::string> seen(users.size());
  std::string unbound;
  {
    ThreadPool pool(2);
    for (std::size_t i = 0; i < users.size(); ++i) {
      const weft::AsyncResource request("REQUEST");
      request.RunInAsyncScope([&] {
        user.EnterWith(users[i]);  // until the end of this scope
        const weft::AsyncId id =
            RunTask(pool, 42, 100, [&, i](int sum) { seen[i] = here(sum); });
        expected[i] = Line(&users[i], 142, id, request.async_id());
      });
    }
    user.Run("dan", [&] { pool.Run([&] { unbound = here(42 + 100); }); });
  }  // waits for all jobs

  for (const std::string& line : seen) std::cout << line << '\n';
  std::cout << "without a resource: " << unbound << '\n';
  return seen == expected && unbound.starts_with("nobody") ? 0 : 1;
}
