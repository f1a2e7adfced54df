// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <semaphore>
#include <span>
#include <vector>

#include "benchmark/benchmark.h"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/strand.hpp"
#include "boost/asio/thread_pool.hpp"
#include "oneapi/tbb/blocked_range.h"
#include "oneapi/tbb/flow_graph.h"
#include "oneapi/tbb/parallel_for.h"
#include "oneapi/tbb/parallel_pipeline.h"
#include "oneapi/tbb/parallel_reduce.h"
#include "oneapi/tbb/task_arena.h"
#include "oneapi/tbb/task_group.h"
#include "weft/benchmarks/instructions/operation.h"
#include "weft/benchmarks/workloads/peers/asio_pool.h"
#include "weft/benchmarks/workloads/peers/plain_coroutine.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks {
namespace {

void TbbFork(int times) {
  TbbArena(1).execute([times] {
    for (int i = 0; i < times; ++i) {
      tbb::task_group group;
      group.run([] { benchmark::ClobberMemory(); });
      benchmark::ClobberMemory();
      group.wait();
    }
  });
}

void TbbGroup(int times) {
  TbbArena(1).execute([times] {
    tbb::task_group group;
    for (int i = 0; i < times; ++i)
      group.run([i] { benchmark::DoNotOptimize(i); });
    group.wait();
  });
}

// Gives `post` what holds the one thread, then what `fn()` posts, and waits.
template <typename Post, typename Fn>
void WhileHeld(const Post& post, const Fn& fn) {
  std::binary_semaphore is_held(0);
  std::binary_semaphore go(0);
  std::binary_semaphore is_through(0);
  post([&] {
    is_held.release();
    go.acquire();
  });
  is_held.acquire();
  fn();
  post([&] { is_through.release(); });
  go.release();
  is_through.acquire();
}

void TbbEnqueue(int times) {
  const auto post = [](auto fn) { TbbEnqueueArena(1).enqueue(fn); };
  WhileHeld(post, [&] {
    for (int i = 0; i < times; ++i) post([] {});
  });
}

void TbbPipelineItems(int times) {
  TbbArena(1).execute([times] {
    int next = 0;
    tbb::parallel_pipeline(
        8, tbb::make_filter<void, int>(tbb::filter_mode::serial_in_order,
                                       [&](tbb::flow_control& control) {
                                         if (next == times) control.stop();
                                         return next++;
                                       }) &
               tbb::make_filter<int, int>(tbb::filter_mode::parallel,
                                          [](int item) { return item; }) &
               tbb::make_filter<int, void>(
                   tbb::filter_mode::serial_in_order,
                   [](int item) { benchmark::DoNotOptimize(item); }));
  });
}

// As the graph of Weft's.
void TbbJobs(int times) {
  constexpr int kJobs = 64;
  using Node = tbb::flow::continue_node<tbb::flow::continue_msg>;
  const auto nothing = [](const tbb::flow::continue_msg&) {};
  TbbArena(1).execute([&] {
    tbb::flow::graph graph;
    Node first(graph, nothing);
    Node last(graph, nothing);
    std::vector<Node> middle(kJobs - 2, Node(graph, nothing));
    for (Node& node : middle) {
      tbb::flow::make_edge(first, node);
      tbb::flow::make_edge(node, last);
    }
    for (int i = 0; i < times; i += kJobs) {
      first.try_put({});
      graph.wait_for_all();
    }
  });
}

// As the loops of Weft.
constexpr int kIndexes = 1024;
constexpr int kAtOnce = kIndexes / 64;

void TbbFor(int times) {
  TbbArena(1).execute([times] {
    for (int i = 0; i < times; i += kAtOnce) {
      tbb::parallel_for(0, kIndexes,
                        [](int j) { benchmark::DoNotOptimize(j); });
    }
  });
}

void TbbReduce(int times) {
  TbbArena(1).execute([times] {
    for (int i = 0; i < times; i += kAtOnce) {
      benchmark::DoNotOptimize(tbb::parallel_reduce(
          tbb::blocked_range<int>(0, kIndexes), 0.0,
          [](const tbb::blocked_range<int>& range, double sum) {
            for (int j = range.begin(); j != range.end(); ++j)
              sum += static_cast<double>(j);
            return sum;
          },
          std::plus<>()));
    }
  });
}

void AsioPost(int times) {
  const auto post = [](auto fn) { boost::asio::post(AsioPool(1), fn); };
  WhileHeld(post, [&] {
    for (int i = 0; i < times; ++i) post([] {});
  });
}

void AsioStrand(int times) {
  const auto strand = boost::asio::make_strand(AsioPool(1));
  const auto post = [&strand](auto fn) { boost::asio::post(strand, fn); };
  WhileHeld(post, [&] {
    for (int i = 0; i < times; ++i) post([] {});
  });
}

void AsioSetAndCancel(int times) {
  const auto set = [](std::chrono::hours delay) {
    std::optional<boost::asio::steady_timer> timer(std::in_place, AsioPool(1),
                                                   delay);
    timer->async_wait([](const boost::system::error_code&) {});
    return timer;
  };
  const auto post = [](auto fn) { boost::asio::post(AsioPool(1), fn); };
  const auto earlier = set(std::chrono::hours(1));
  WhileHeld(post, [&] {
    for (int i = 0; i < times; ++i) set(std::chrono::hours(2))->cancel();
  });
}

template <typename Coroutine>
[[gnu::noinline]] Coroutine Child(int n) {
  co_return n;
}

template <typename Coroutine>
Coroutine Parent(int times) {
  int sum = 0;
  for (int i = 0; i < times; ++i) sum ^= co_await Child<Coroutine>(i);
  co_return sum;
}

template <typename Coroutine>
void Children(int times) {
  benchmark::DoNotOptimize(Parent<Coroutine>(times).Run());
}

constexpr Operation kOperations[] = {
    {"oneTBB task_group, fork", &TbbFork},
    {"oneTBB task_group", &TbbGroup},
    {"oneTBB enqueue", &TbbEnqueue},
    {"oneTBB parallel_pipeline", &TbbPipelineItems},
    {"oneTBB continue_node", &TbbJobs},
    {"oneTBB parallel_for", &TbbFor},
    {"oneTBB parallel_reduce", &TbbReduce},
    {"Asio post", &AsioPost},
    {"Asio strand", &AsioStrand},
    {"Asio steady_timer", &AsioSetAndCancel},
    {"hand-written coroutine", &Children<HandWrittenCoroutine>},
    {"plain coroutine", &Children<PlainCoroutine>},
};

}  // namespace

std::span<const Operation> PeerOperations() { return kOperations; }

}  // namespace weft::benchmarks
