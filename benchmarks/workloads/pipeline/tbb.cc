// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tbb/flow_graph.h"
#include "tbb/parallel_for.h"
#include "tbb/parallel_pipeline.h"
#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/peers/plain_coroutine.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"
#include "weft/benchmarks/workloads/pipeline/pipeline.h"

namespace weft::benchmarks::pipeline {

namespace {

[[gnu::noinline]] HandWrittenCoroutine SameInCoroutine(int item) {
  co_return item;
}

tbb::filter<void, int> Source(int& next) {
  return tbb::make_filter<void, int>(tbb::filter_mode::serial_in_order,
                                     [&next](tbb::flow_control& control) {
                                       if (next == kItems) {
                                         control.stop();
                                         return 0;
                                       }
                                       return next++;
                                     });
}

// `work` is the parallel stage.
template <typename Work>
double MeasureTbb(int threads, const Work& work) {
  tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](int& next, std::int64_t& sum) {
    arena.execute([&] {
      tbb::parallel_pipeline(
          kTokens,
          Source(next) &
              tbb::make_filter<int, int>(tbb::filter_mode::parallel, work) &
              tbb::make_filter<int, void>(tbb::filter_mode::serial_in_order,
                                          [&sum](int item) { sum += item; }));
    });
  });
}

using Clock = std::chrono::steady_clock;

// An item with its deadline, which a program without Weft passes on and checks
// in each stage.
struct Timed {
  int item = 0;
  Clock::time_point deadline = {};

  void Check() const {
    if (Clock::now() > deadline) throw std::runtime_error("late");
  }
};

// An element of a range, on its way through a flow graph.
struct Part {
  std::size_t range = 0;
  std::size_t place = 0;
  int value = 0;
};

// The elements of a range that have come back, in any order.
struct Joined {
  std::size_t range = 0;
  std::size_t missing = kParts;
  std::vector<int> parts = std::vector<int>(std::size_t{kParts});
};

}  // namespace

double TbbItemTime(int threads) {
  tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](int& next, std::int64_t& sum) {
    arena.execute([&] {
      tbb::parallel_pipeline(
          kTokens,
          tbb::make_filter<void, Timed>(
              tbb::filter_mode::serial_in_order,
              [&](tbb::flow_control& control) {
                if (next == kItems) {
                  control.stop();
                  return Timed();
                }
                return Timed{next++, Clock::now() + std::chrono::hours(1)};
              }) &
              tbb::make_filter<Timed, Timed>(
                  tbb::filter_mode::parallel,
                  [](const Timed& item) { return item.Check(), item; }) &
              tbb::make_filter<Timed, void>(tbb::filter_mode::serial_in_order,
                                            [&sum](const Timed& item) {
                                              item.Check();
                                              sum += item.item;
                                            }));
    });
  });
}

double TbbBatch(int threads) {
  tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](int& next, std::int64_t& sum) {
    std::vector<int> batch;
    arena.execute([&] {
      tbb::parallel_pipeline(
          kTokens,
          Source(next) &
              tbb::make_filter<int, int>(tbb::filter_mode::parallel,
                                         [](int item) { return item; }) &
              // Passes nothing on until there are kBatch.
              tbb::make_filter<int, std::vector<int>>(
                  tbb::filter_mode::serial_in_order,
                  [&batch](int item) {
                    batch.push_back(item);
                    if (batch.size() < std::size_t{kBatch}) {
                      return std::vector<int>();
                    }
                    return std::exchange(batch, {});
                  }) &
              tbb::make_filter<std::vector<int>, void>(
                  tbb::filter_mode::serial_in_order,
                  [&sum](const std::vector<int>& items) {
                    sum += Sum(items);
                  }));
    });
    sum += Sum(batch);  // those that are left
  });
}

double TbbFlowGraph(int threads) {
  namespace flow = tbb::flow;
  using Range = std::pair<std::size_t, std::vector<int>>;
  tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](int& next, std::int64_t& sum) {
    arena.execute([&] {
      flow::graph graph;
      std::size_t ranges = 0;
      flow::input_node<Range> source(graph, [&](tbb::flow_control& control) {
        if (next == kItems) {
          control.stop();
          return Range();
        }
        return Range(ranges++, NextParts(next));
      });
      flow::limiter_node<Range> limiter(graph, kTokens);
      using Split = flow::multifunction_node<Range, std::tuple<Part>>;
      Split split(
          graph, flow::unlimited,
          [](const Range& range, Split::output_ports_type& ports) {
            for (std::size_t i = 0; i < range.second.size(); ++i) {
              std::get<0>(ports).try_put({range.first, i, range.second[i]});
            }
          });
      flow::function_node<Part, Part> work(
          graph, flow::unlimited, [](const Part& part) { return part; });
      std::unordered_map<std::size_t, Joined> under_way;
      using Gather = flow::multifunction_node<Part, std::tuple<Joined>>;
      Gather gather(graph, flow::serial,
                    [&](const Part& part, Gather::output_ports_type& ports) {
                      Joined& joined = under_way[part.range];
                      joined.range = part.range;
                      joined.parts[part.place] = part.value;
                      if (--joined.missing > 0) return;
                      std::get<0>(ports).try_put(std::move(joined));
                      under_way.erase(part.range);
                    });
      flow::sequencer_node<Joined> in_order(
          graph, [](const Joined& joined) { return joined.range; });
      flow::function_node<Joined, flow::continue_msg> add(
          graph, flow::serial, [&](const Joined& joined) {
            sum += Sum(joined.parts);
            return flow::continue_msg();
          });
      flow::make_edge(source, limiter);
      flow::make_edge(limiter, split);
      flow::make_edge(flow::output_port<0>(split), work);
      flow::make_edge(work, gather);
      flow::make_edge(flow::output_port<0>(gather), in_order);
      flow::make_edge(in_order, add);
      flow::make_edge(add, limiter.decrementer());
      source.activate();
      graph.wait_for_all();
    });
  });
}

double TbbParallelForInStage(int threads) {
  tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](int& next, std::int64_t& sum) {
    arena.execute([&] {
      using Parts = std::vector<int>;
      tbb::parallel_pipeline(
          kTokens,
          tbb::make_filter<void, Parts>(tbb::filter_mode::serial_in_order,
                                        [&](tbb::flow_control& control) {
                                          if (next == kItems) {
                                            control.stop();
                                            return Parts();
                                          }
                                          return NextParts(next);
                                        }) &
              tbb::make_filter<Parts, Parts>(tbb::filter_mode::parallel,
                                             [](const Parts& parts) {
                                               Parts done(parts.size());
                                               tbb::parallel_for(
                                                   std::size_t{0}, parts.size(),
                                                   [&](std::size_t i) {
                                                     done[i] = parts[i];
                                                   });
                                               return done;
                                             }) &
              tbb::make_filter<Parts, void>(
                  tbb::filter_mode::serial_in_order,
                  [&sum](const Parts& parts) { sum += Sum(parts); }));
    });
  });
}

double Tbb(int threads) {
  return MeasureTbb(threads, [](int item) { return item; });
}

double TbbPlainCoroutine(int threads) {
  return MeasureTbb(threads,
                    [](int item) { return SameInCoroutine(item).Run(); });
}

}  // namespace weft::benchmarks::pipeline
