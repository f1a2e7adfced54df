// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/onetbb/carried.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <tuple>

#include "gtest/gtest.h"
#include "oneapi/tbb/flow_graph.h"
#include "tests/adapters/onetbb/event_balance.h"
#include "tests/adapters/onetbb/onetbb_threads.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

namespace flow = ::tbb::flow;

using Number = tbb::Carried<int>;
using Text = tbb::Carried<std::string>;

TEST(CarriedTest, RunsInTheContextOfItsMaking) {
  const AsyncLocalStorage<int> storage;
  const Number message = storage.Run(1, [] { return Number(42); });
  EXPECT_EQ(message.value(), 42);
  EXPECT_EQ(message.Run([&](int i) { return *storage.GetStore() + i; }, 2), 3);
  EXPECT_FALSE(storage.IsBound());
}

TEST(CarriedTest, WhatIsMadeOfItIsOfTheSameFlow) {
  const AsyncLocalStorage<int> storage;
  const Number message = storage.Run(1, [] { return Number(42); });
  const Text text = message.With(std::string("x"));
  const AsyncId id = message.Run([] { return ExecutionAsyncId(); });
  EXPECT_EQ(text.Run([] { return ExecutionAsyncId(); }), id);
  EXPECT_EQ(text.Run([&] { return *storage.GetStore(); }), 1);
}

TEST(CarriedTest, AnEmptyOneHasNoFlow) {
  const Number nothing;
  EXPECT_THROW(nothing.Run([] {}), std::logic_error);
  EXPECT_THROW(nothing.With(1), std::logic_error);
}

class TbbFlowGraphTest : public tests::OneTbbTest {
 protected:
  void Expect(int tenant) {
    const int* store = tenant_.GetStore();
    // relaxed: counts, read when the graph has ended.
    runs_.fetch_add(1, std::memory_order_relaxed);
    if (store == nullptr || *store != tenant) {
      wrong_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  int runs() const {
    // relaxed: as above.
    return runs_.load(std::memory_order_relaxed);
  }
  int wrong() const {
    // relaxed: as above.
    return wrong_.load(std::memory_order_relaxed);
  }

  const AsyncLocalStorage<int> tenant_;
  std::atomic<int> runs_{0};
  std::atomic<int> wrong_{0};
};

// Messages of many tenants through parallel, serial and buffering nodes, split
// in two and joined; every node checks whose message it has.
TEST_P(TbbFlowGraphTest, TenantsMessagesNeverMix) {
  constexpr int kTenants = 100;
  InArena([&] {
    flow::graph graph;
    flow::function_node<Number, Number> start(
        graph, flow::unlimited, tbb::InMessageContext([&](int tenant) {
          Expect(tenant);
          tests::Work();
          tenant_.EnterWith(-1);
          return tenant;
        }));
    flow::function_node<Number, Text> serial(
        graph, flow::serial, tbb::InMessageContext([&](int tenant) {
          Expect(tenant);
          return std::to_string(tenant);
        }));
    flow::buffer_node<Number> buffer(graph);
    using Ports = flow::multifunction_node<Number, std::tuple<Text>>;
    Ports multi(
        graph, flow::unlimited,
        tbb::InMessageContext([&](int tenant, Ports::output_ports_type& ports) {
          Expect(tenant);
          // A message of its own, caused by the one that is running.
          std::get<0>(ports).try_put(Text(std::to_string(tenant)));
        }));
    flow::function_node<Text> sink(
        graph, flow::unlimited,
        tbb::InMessageContext([&](const std::string& tenant) {
          Expect(std::stoi(tenant));
          tenant_.EnterWith(-2);
        }));
    flow::make_edge(start, serial);
    flow::make_edge(start, buffer);
    flow::make_edge(buffer, multi);
    flow::make_edge(serial, sink);
    flow::make_edge(flow::output_port<0>(multi), sink);

    for (int tenant = 0; tenant < kTenants; ++tenant) {
      tenant_.Run(tenant, [&] { start.try_put(Number(tenant)); });
    }
    graph.wait_for_all();

    EXPECT_EQ(runs(), 5 * kTenants);
    EXPECT_EQ(wrong(), 0);
    EXPECT_FALSE(tenant_.IsBound());
  });
}

TEST_P(TbbFlowGraphTest, AfterAJoinTheNodeChooses) {
  InArena([&] {
    flow::graph graph;
    using Both = std::tuple<Number, Number>;
    flow::join_node<Both> join(graph);
    flow::function_node<Both> sink(graph, flow::unlimited,
                                   [&](const Both& both) {
                                     const auto& [left, right] = both;
                                     left.Run([&] { Expect(left.value()); });
                                     right.Run([&] { Expect(right.value()); });
                                   });
    flow::make_edge(join, sink);
    for (int i = 0; i < 50; ++i) {
      tenant_.Run(i, [&] { flow::input_port<0>(join).try_put(Number(i)); });
      tenant_.Run(1000 + i,
                  [&] { flow::input_port<1>(join).try_put(Number(1000 + i)); });
    }
    graph.wait_for_all();
    EXPECT_EQ(runs(), 100);
    EXPECT_EQ(wrong(), 0);
  });
}

TEST_P(TbbFlowGraphTest, ABodyMayBeBoundWhereItsNodeIsMade) {
  InArena([&] {
    flow::graph graph;
    const auto make = [&](int tenant) {
      return tenant_.Run(tenant, [&] {
        return flow::continue_node<flow::continue_msg>(
            graph,
            AsyncResource::Bind(
                [this, tenant](const flow::continue_msg&) { Expect(tenant); },
                "NODE"));
      });
    };
    flow::continue_node<flow::continue_msg> first = make(1);
    flow::continue_node<flow::continue_msg> second = make(2);
    flow::function_node<int> third(graph, flow::unlimited, tenant_.Run(3, [&] {
      return ContextSnapshot::Capture().Bind([&](int) { Expect(3); });
    }));
    flow::make_edge(first, second);
    for (int i = 0; i < 20; ++i) {
      tenant_.Run(99, [&] {
        first.try_put(flow::continue_msg());
        third.try_put(i);
      });
    }
    graph.wait_for_all();
    EXPECT_EQ(runs(), 60);
    EXPECT_EQ(wrong(), 0);
  });
}

TEST_P(TbbFlowGraphTest, AMessageIsOneResourceOnItsWholeWay) {
  InArena([&] {
    tests::EventBalance events;
    const AsyncId self = ExecutionAsyncId();
    const unsigned line = __LINE__ + 10;
    {
      flow::graph graph;
      flow::function_node<Number, Number> first(
          graph, flow::unlimited,
          tbb::InMessageContext([](int i) { return i + 1; }));
      flow::function_node<Number> second(graph, flow::unlimited,
                                         tbb::InMessageContext([](int) {}));
      flow::make_edge(first, second);
      for (int i = 0; i < 10; ++i) {
        first.try_put(Number(i));
      }
      graph.wait_for_all();
    }
    const auto lives = events.Finish();
    ASSERT_EQ(lives.size(), 10u);
    for (const auto& life : lives) {
      EXPECT_EQ(life.type, "TBB_MESSAGE");
      EXPECT_EQ(life.trigger, self);
      EXPECT_EQ(life.line, line);
      EXPECT_EQ(life.runs, 2);
    }
  });
}

TEST_P(TbbFlowGraphTest, AnExceptionLeavesNothingBehind) {
  InArena([&] {
    tests::EventBalance events;
    tenant_.Run(7, [&] {
      flow::graph graph;
      flow::function_node<Number> node(graph, flow::unlimited,
                                       tbb::InMessageContext([&](int) {
                                         tenant_.EnterWith(-1);
                                         throw std::runtime_error("x");
                                       }));
      for (int i = 0; i < 10; ++i) node.try_put(Number(i));
      EXPECT_THROW(graph.wait_for_all(), std::runtime_error);
      EXPECT_EQ(*tenant_.GetStore(), 7);
    });
    EXPECT_EQ(events.Finish().size(), 10u);
  });
}

WEFT_ONETBB_THREADS(TbbFlowGraphTest);

}  // namespace
}  // namespace weft
