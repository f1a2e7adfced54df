// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Two tasks that submit each other in turn, through the pool.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PING_PONG_PING_PONG_H_
#define WEFT_BENCHMARKS_WORKLOADS_PING_PONG_PING_PONG_H_

#include <atomic>
#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::ping_pong {

constexpr int kHops = 100'000;

// Has `post(fn)` run each hop. The last one wakes the caller.
template <typename Post>
double Measure(const Post& post) {
  struct Game {
    const Post& post;
    int hops = 0;
    // [P1] set by the last hop, read by the caller: `hops` is its.
    // Breaks if relaxed: the caller may miss hops. Test: the answer.
    std::atomic<bool> over = false;

    void Ping() {
      if (!End()) post([this] { Pong(); });
    }
    void Pong() {
      if (!End()) post([this] { Ping(); });
    }
    bool End() {
      if (++hops < kHops) return false;
      // [P1] release: the hops.
      over.store(true, std::memory_order_release);
      over.notify_one();
      return true;
    }
  };
  static Game* game = nullptr;
  delete game;  // the last game's end may have been in notify_one() till now
  game = new Game{post};
  const double ns = NsPerOperation(kHops, [&] {
    post([] { game->Ping(); });
    // [P1] acquire: the hops.
    game->over.wait(false, std::memory_order_acquire);
  });
  CheckAnswer(game->hops, kHops);
  return ns;
}

// All: nanoseconds a hop.
double Weft(int threads);
double Asio(int threads);
double TbbEnqueue(int threads);

}  // namespace weft::benchmarks::ping_pong

#endif  // WEFT_BENCHMARKS_WORKLOADS_PING_PONG_PING_PONG_H_
