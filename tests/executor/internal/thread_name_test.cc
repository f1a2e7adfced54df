// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the threads of this process are called when they work for no executor.
// It has none of oneTBB's yet when the first test begins.

#include "weft/base/threads/thread_name.h"

#include <pthread.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"

namespace weft {
namespace {

using testing::IsEmpty;
using testing::StartsWith;

std::string NameOfThisThread() {
  std::array<char, base::kThreadNameSize> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.data();
}

// Names of threads that begin like one of those that executors give.
std::vector<std::string> NamesThatExecutorsGive() {
  std::vector<std::string> found;
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(thread.path() / "comm");
    std::string name;
    std::getline(file, name);
    for (const std::string_view given : {"weft-", "ada-", "bob-", "cyd-"}) {
      if (name.starts_with(given)) found.push_back(name);
    }
  }
  return found;
}

// The same when threads have had time to leave what they worked for: nothing
// tells when they have.
std::vector<std::string> NamesThatStay() {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(10);
  std::vector<std::string> names;
  while (!(names = NamesThatExecutorsGive()).empty() && Clock::now() < end) {
    std::this_thread::yield();
  }
  return names;
}

TEST(ThreadNameTest, AThreadThatTheTimersMadeIsNotCalledLikeThem) {
  {
    Executor executor({.concurrency = 4, .thread_name = "ada"});
    Promise<std::string> promise(executor);
    Future<std::string> name = promise.GetFuture();
    executor.PostAfter(std::chrono::milliseconds(1),
                       [&] { promise.SetValue(NameOfThisThread()); });
    EXPECT_THAT(name.Get(), StartsWith("ada-"));
  }
  EXPECT_THAT(NamesThatStay(), IsEmpty());
}

TEST(ThreadNameTest, AThreadThatAWorkerMadeIsNotCalledLikeIt) {
  {
    BlockingExecutor cyd({.thread_name = "cyd"});
    Executor ada({.concurrency = 2, .thread_name = "ada"});
    Executor bob({.concurrency = 8, .thread_name = "bob"});
    const auto name = [&](Executor& executor) {
      return executor.Submit(NameOfThisThread).Get();
    };
    for (int i = 0; i < 10; ++i) {
      EXPECT_THAT(cyd.Submit([&] { return name(ada); }).Get(),
                  StartsWith("ada-"));
      EXPECT_THAT(ada.Submit([&] { return name(bob); }).Get(),
                  StartsWith("bob-"));
      EXPECT_THAT(bob.Submit([&] { return name(cyd); }).Get(),
                  StartsWith("cyd-"));
    }
  }
  EXPECT_THAT(NamesThatStay(), IsEmpty());
}

// What a thread is called that the calling one makes now.
std::string NameOfANewThread() {
  std::string name;
  std::thread([&] { name = NameOfThisThread(); }).join();
  return name;
}

TEST(ThreadNameTest, AScopeGivesBackTheNameThatItFound) {
  std::thread([] {
    pthread_setname_np(pthread_self(), "mine-7");
    {
      const base::ThreadNameScope outer("ada", 12);
      EXPECT_EQ(NameOfThisThread(), "ada-12");
      {
        const base::ThreadNameScope inner("longer than can be");
        EXPECT_EQ(NameOfThisThread(), "longer than can");
      }
      EXPECT_EQ(NameOfThisThread(), "ada-12");
    }
    EXPECT_EQ(NameOfThisThread(), "mine-7");
  }).join();
}

TEST(ThreadNameTest, OnlyANameOfTheApplicationIsInherited) {
  std::thread([] {
    pthread_setname_np(pthread_self(), "mine");
    const auto name_of_a_new_thread = [] {
      const base::PlainThreadNameScope plain;
      return NameOfANewThread();
    };
    EXPECT_EQ(name_of_a_new_thread(), "mine");
    {
      const base::ThreadNameScope scope("ada", 12);
      EXPECT_THAT(std::string(program_invocation_short_name),
                  StartsWith(name_of_a_new_thread()));
      EXPECT_EQ(NameOfThisThread(), "ada-12");
    }
    EXPECT_EQ(name_of_a_new_thread(), "mine");
  }).join();
}

}  // namespace
}  // namespace weft
