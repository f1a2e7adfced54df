// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/threads/owned_threads.h"

#include <functional>
#include <latch>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/tests/support/thread_limit.h"

namespace weft::executor_internal {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// Calls what it was given when its thread ends.
struct AtThreadEnd {
  std::function<void()> call;
  ~AtThreadEnd() {
    if (call) call();
  }
};
thread_local AtThreadEnd at_thread_end;

TEST(OwnedThreadsTest, StartDoesNotWaitForAThreadThatEnds) {
  std::latch ends(1);
  std::latch may_end(1);
  base::OwnedThreads threads("Test");
  threads.Start([&] {
    at_thread_end.call = [&] {
      ends.count_down();
      may_end.wait();
    };
  });
  ends.wait();
  std::latch runs(1);
  threads.Start([&] { runs.count_down(); });
  runs.wait();
  may_end.count_down();
  threads.JoinAll();
  EXPECT_EQ(threads.size(), 0u);
}

TEST(OwnedThreadsTest, AThreadThatEndsMayStartAnother) {
  std::latch runs(1);
  base::OwnedThreads threads("Test");
  threads.Start([&] {
    at_thread_end.call = [&] { threads.Start([&] { runs.count_down(); }); };
  });
  runs.wait();
  threads.JoinAll();
}

TEST(OwnedThreadsTest, JoinAllWaitsForThreadLocals) {
  for (int round = 0; round < 50; ++round) {
    int ended = 0;  // not atomic: joining is what orders
    base::OwnedThreads threads("Test");
    threads.Start([&] { at_thread_end.call = [&] { ++ended; }; });
    threads.JoinAll();
    EXPECT_EQ(ended, 1);
  }
}

TEST(OwnedThreadsTest, EndedThreadsAreJoinedByTheNextStart) {
  base::OwnedThreads threads("Test");
  threads.Start([] {});
  bool found_joined = false;
  for (int i = 0; i < 100'000 && !found_joined; ++i) {
    std::this_thread::yield();
    threads.Start([] {});
    found_joined = threads.size() == 1;
  }
  EXPECT_TRUE(found_joined);
  threads.JoinAll();
}

TEST(OwnedThreadsTest, WhatAThreadCallsIsDestroyedThere) {
  std::thread::id called;
  std::thread::id destroyed;
  base::OwnedThreads threads("Test");
  threads.Start([&, kept = std::shared_ptr<void>(nullptr, [&](void*) {
                      destroyed = std::this_thread::get_id();
                    })] { called = std::this_thread::get_id(); });
  threads.JoinAll();
  EXPECT_EQ(called, destroyed);
  EXPECT_NE(called, std::this_thread::get_id());
}

TEST(OwnedThreadsTest, OneOfThemMayEndAll) {
  for (int round = 0; round < 50; ++round) {
    std::latch gone(1);
    std::latch others(3);
    auto threads = std::make_unique<base::OwnedThreads>("Test");
    for (int i = 0; i < 2; ++i) {
      threads->Start([&] { others.arrive_and_wait(); });
    }
    auto& there = *threads;
    there.Start(
        [&, owned = std::make_shared<std::unique_ptr<base::OwnedThreads>>(
                std::move(threads))] {
          others.arrive_and_wait();
          (*owned)->JoinAll();
          owned->reset();
          gone.count_down();
        });
    gone.wait();
  }
}

TEST(OwnedThreadsTest, OneOfThemMayEndAllAtItsEnd) {
  for (int round = 0; round < 50; ++round) {
    std::latch gone(1);
    auto* const threads = new base::OwnedThreads("Test");
    threads->Start([&] {
      at_thread_end.call = [&] {
        threads->JoinAll();
        delete threads;
        gone.count_down();
      };
    });
    gone.wait();
  }
}

TEST(OwnedThreadsTest, WhereNoThreadCanBeHadNothingChanges) {
  base::OwnedThreads threads("Test");
  const auto captured = std::make_shared<int>(0);
  {
    const tests::ThreadLimit limit(1);
    threads.Start([] {});
    for (int i = 0; i < 3; ++i) {
      EXPECT_THAT(([&] { threads.Start([captured] {}); }),
                  ThrowsMessage<std::system_error>(
                      HasSubstr("Test: no thread can be had")));
      EXPECT_EQ(captured.use_count(), 1);
    }
    EXPECT_EQ(limit.refused(), 3);
  }
  EXPECT_LE(threads.size(), 1u);
  std::latch runs(1);
  threads.Start([&] { runs.count_down(); });
  runs.wait();
  threads.JoinAll();
}

}  // namespace
}  // namespace weft::executor_internal
