// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/profiler/profiler_records.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/adapters/profiler/profiler_scope.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/inheritance.h"
#include "weft/context/label.h"
#include "weft/context/suppress_flow_scope.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/sleep.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_resource.h"
#include "weft/propagation/trace_context.h"
#include "weft/tests/adapters/profiler/record_reader.h"

extern "C" {
// As a reader finds it.
extern thread_local std::atomic<const void*> otel_thread_ctx_v1;
}

namespace weft {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;
using tests::ProcessReader;
using tests::PublishedProcess;
using tests::PublishedRecord;

const AsyncLocalStorage<int> request({.name = "request",
                                      .label = Visibility::kProfiler});
const AsyncLocalStorage<std::string> route({.name = "route",
                                            .label = Visibility::kProfiler});
const AsyncLocalStorage<std::string> tenant({.name = "tenant",
                                             .label = Visibility::kTrace});
const AsyncLocalStorage<std::string> password({.name = "password"});

// What the calling thread shows.
std::optional<PublishedRecord> RecordHere() {
  const ProcessReader reader(getpid());
  const std::optional<PublishedProcess> process = reader.ReadProcess();
  if (!process.has_value()) return std::nullopt;
  return reader.ReadRecord(
      // relaxed: this thread's own.
      reinterpret_cast<std::uintptr_t>(
          otel_thread_ctx_v1.load(std::memory_order_relaxed)),
      process->keys);
}
std::map<std::string, std::string> LabelsHere() {
  const std::optional<PublishedRecord> record = RecordHere();
  return record.has_value() ? record->labels
                            : std::map<std::string, std::string>();
}
// What it shows when it is told to.
std::map<std::string, std::string> LabelsShown() {
  const ProfilerScope scope;
  return LabelsHere();
}
std::optional<PublishedRecord> RecordShown() {
  const ProfilerScope scope;
  return RecordHere();
}
// The number in the label; "" where there is none. It takes no system call, so
// it is for many threads.
std::string RequestHere() {
  // relaxed: this thread's own.
  const auto* const record = static_cast<const char*>(
      otel_thread_ctx_v1.load(std::memory_order_relaxed));
  if (record == nullptr) return "";
  // The first attribute, as no other is bound there.
  return std::string(record + 30, static_cast<unsigned char>(record[29]));
}

const std::map<std::string, std::string> kNothing;
std::map<std::string, std::string> Request(const char* number) {
  return {{"request", number}};
}

// Makes the numbers of the names the same in every run of a case.
class ProfilerRecordsTest : public testing::Test {
 protected:
  ProfilerRecords records_{{.resource = {{"service.name", "shop"}}}};
};

TEST_F(ProfilerRecordsTest, TheProcessSaysWhatItIs) {
  request.Run(1, [] { EXPECT_EQ(LabelsShown(), Request("1")); });
  const std::optional<PublishedProcess> process =
      ProcessReader(getpid()).ReadProcess();
  ASSERT_TRUE(process.has_value());
  EXPECT_EQ(process->schema, "tlsdesc_v1_dev");
  EXPECT_THAT(process->resource,
              UnorderedElementsAre(Pair("service.name", "shop")));
  EXPECT_THAT(process->keys, testing::Contains("request"));
  EXPECT_EQ(records_.stats().keys, process->keys.size());
}

TEST_F(ProfilerRecordsTest, AScopeHasARecordAndPutsBackTheOneBefore) {
  EXPECT_EQ(RecordHere(), std::nullopt);
  request.Run(1, [] {
    // Nobody has told it.
    EXPECT_EQ(RecordHere(), std::nullopt);
    const ProfilerScope outer;
    EXPECT_EQ(LabelsHere(), Request("1"));
    route.Run("/cart", [] {
      EXPECT_EQ(LabelsHere(), Request("1"));
      const ProfilerScope scope;
      EXPECT_THAT(LabelsHere(), UnorderedElementsAre(Pair("request", "1"),
                                                     Pair("route", "/cart")));
      const auto inner = request.WithScope(2);
      EXPECT_THAT(LabelsShown(), UnorderedElementsAre(Pair("request", "2"),
                                                      Pair("route", "/cart")));
      EXPECT_THAT(LabelsHere(), UnorderedElementsAre(Pair("request", "1"),
                                                     Pair("route", "/cart")));
    });
    EXPECT_EQ(LabelsHere(), Request("1"));
    request.Exit([] { EXPECT_EQ(RecordShown(), std::nullopt); });
    EXPECT_EQ(LabelsHere(), Request("1"));
  });
  EXPECT_EQ(RecordHere(), std::nullopt);
  EXPECT_THROW(request.Run(3,
                           [] {
                             const ProfilerScope scope;
                             throw std::runtime_error("thrown");
                           }),
               std::runtime_error);
  EXPECT_EQ(RecordHere(), std::nullopt);
}

// A scope that ends on another thread, or too late, changes nothing there.
TEST_F(ProfilerRecordsTest, AScopeThatEndsElsewhereChangesNothing) {
  std::optional<ProfilerScope> stray;
  Executor executor({.concurrency = 1});
  request.Run(1, [&] { executor.Submit([&] { stray.emplace(); }).Get(); });
  request.Run(2, [&] {
    const ProfilerScope scope;
    stray.reset();
    EXPECT_EQ(LabelsHere(), Request("2"));
  });
  request.Run(3, [&] {
    executor
        .Submit([&] {
          stray.emplace();
          EXPECT_EQ(LabelsHere(), Request("3"));
        })
        .Get();
    executor
        .Submit([&] {
          const auto inner = request.WithScope(4);
          const ProfilerScope scope;
          stray.reset();
          EXPECT_EQ(LabelsHere(), Request("4"));
        })
        .Get();
  });
  executor.Submit([] { EXPECT_EQ(RecordHere(), std::nullopt); }).Get();
}

TEST_F(ProfilerRecordsTest, WhatProfilersMayNotSeeIsInNoRecord) {
  password.Run("hunter2", [] {
    tenant.Run("acme", [] {
      EXPECT_EQ(RecordShown(), std::nullopt);
      request.Run(1, [] { EXPECT_EQ(LabelsShown(), Request("1")); });
    });
  });
}

TEST_F(ProfilerRecordsTest, TheTraceStandsInFront) {
  const TraceContext trace =
      TraceContext::Parse(
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
          .value();
  TraceContext::Storage().Run(trace, [&] {
    EXPECT_EQ(
        RecordShown(),
        (PublishedRecord{
            "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1, {}}));
    TraceContext::Storage().Run(trace.Child(), [&] {
      request.Run(1, [&] {
        EXPECT_EQ(RecordShown(),
                  (PublishedRecord{trace.trace_id().ToHex(),
                                   TraceContext::Current()->span_id().ToHex(),
                                   1, Request("1")}));
      });
    });
  });
  TraceContext::Storage().Run(TraceContext::New(),
                              [] { EXPECT_EQ(RecordShown()->flags, 2u); });
}

TEST_F(ProfilerRecordsTest, ResourcesHaveThoseOfTheirMakers) {
  std::optional<AsyncResource> resource;
  request.Run(2, [&] { resource.emplace("JOB"); });
  request.Run(3, [&] {
    const ProfilerScope outer;
    resource->RunInAsyncScope([&] {
      EXPECT_EQ(LabelsHere(), Request("2"));
      request.EnterWith(4);
      EXPECT_EQ(LabelsShown(), Request("4"));
      EXPECT_EQ(LabelsHere(), Request("2"));
      // Itself, once more, inside.
      resource->RunInAsyncScope([] { EXPECT_EQ(LabelsHere(), Request("2")); });
      EXPECT_EQ(LabelsHere(), Request("2"));
    });
    EXPECT_EQ(LabelsHere(), Request("3"));
  });
  EXPECT_EQ(RecordHere(), std::nullopt);
}

TEST_F(ProfilerRecordsTest, TasksShowWhatTheyInherit) {
  const AsyncLocalStorage<int> never({.name = "never",
                                      .inheritance = Inheritance<int>::Never(),
                                      .label = Visibility::kProfiler});
  const AsyncLocalStorage<int> copied(
      {.name = "copied",
       .inheritance = Inheritance<int>::CopyOnSpawn(
           [](const int& store) { return store + 1; }),
       .label = Visibility::kProfiler});
  Executor executor({.concurrency = 1});
  const auto labels = [&] {
    return executor.Submit([] { return LabelsHere(); }).Get();
  };
  request.Run(1, [&] {
    never.Run(2, [&] {
      EXPECT_EQ(LabelsShown().size(), 2u);
      EXPECT_EQ(labels(), Request("1"));
      copied.Run(3, [&] {
        EXPECT_EQ(LabelsShown().size(), 3u);
        EXPECT_THAT(labels(), UnorderedElementsAre(Pair("request", "1"),
                                                   Pair("copied", "4")));
      });
      const SuppressFlowScope suppress;
      EXPECT_EQ(labels(), kNothing);
    });
  });
  EXPECT_EQ(labels(), kNothing);
}

// What a coroutine has entered is shown from its next step on.
TEST_F(ProfilerRecordsTest, CoroutinesShowWhatTheyHaveEntered) {
  Executor executor({.concurrency = 1});
  const auto steps = [&]() -> Task<> {
    EXPECT_EQ(LabelsHere(), Request("1"));
    request.EnterWith(2);
    EXPECT_EQ(LabelsHere(), Request("1"));
    co_await Sleep(executor, microseconds(100));
    EXPECT_EQ(LabelsHere(), Request("2"));
  };
  request.Run(1, [&] { Spawn(executor, steps()).Get(); });
}

TEST_F(ProfilerRecordsTest, FormsThatThrowAreLeftOut) {
  const AsyncLocalStorage<int> broken(
      {.name = "broken",
       .label = {Visibility::kProfiler, [](const int&, LabelText&) {
                   throw std::runtime_error("no text");
                 }}});
  broken.Run(1, [] { EXPECT_EQ(RecordShown(), std::nullopt); });
  request.Run(1, [&] {
    broken.Run(1, [] { EXPECT_EQ(LabelsShown(), Request("1")); });
  });
}

// How often a form has been called.
constinit std::atomic<int> texts{0};
AsyncLocalStorage<int>::Options Counting() {
  return {
      .name = "counting",
      .label = {Visibility::kProfiler, [](const int& store, LabelText& text) {
                  // relaxed: a number, read by the same thread.
                  texts.fetch_add(1, std::memory_order_relaxed);
                  text.Append(store);
                }}};
}
// Returns how many texts `fn()` makes.
template <typename Fn>
int TextsIn(const Fn& fn) {
  // relaxed: threads that have changed it have been waited for.
  const int before = texts.load(std::memory_order_relaxed);
  fn();
  return texts.load(std::memory_order_relaxed) - before;
}

// What a thread begins one after another in one context has one record, which
// is written once.
TEST_F(ProfilerRecordsTest, ARecordLastsAsLongAsTheContextIsTheSame) {
  AsyncLocalStorage<int> counting(Counting());
  std::optional<AsyncResource> one;
  std::optional<AsyncResource> another;
  counting.Run(1, [&] { one.emplace("JOB"); });
  counting.Run(2, [&] { another.emplace("JOB"); });
  const auto label = [](const AsyncResource& resource) {
    return resource.RunInAsyncScope([]() -> std::string {
      const auto labels = LabelsHere();
      return labels.contains("counting") ? labels.at("counting") : "";
    });
  };
  EXPECT_EQ(TextsIn([&] {
              for (int i = 0; i < 5; ++i) EXPECT_EQ(label(*one), "1");
            }),
            1);
  // The record of another context takes its place.
  EXPECT_EQ(label(*another), "2");
  EXPECT_EQ(TextsIn([&] { EXPECT_EQ(label(*one), "1"); }), 1);
  // The same context has other stores where a storage is disabled.
  counting.Disable();
  EXPECT_EQ(label(*one), "");
  EXPECT_EQ(label(*one), "");
}

// The flow that runs a task may be the only one that holds its frame.
TEST_F(ProfilerRecordsTest, WhatIsEnteredAfterARecordIsShownNext) {
  Executor executor({.concurrency = 1});
  executor
      .Submit([] {
        for (int i = 0; i < 10; ++i) {
          request.EnterWith(i);
          EXPECT_EQ(LabelsShown(), Request(std::to_string(i).c_str()));
          EXPECT_EQ(LabelsShown(), Request(std::to_string(i).c_str()));
        }
        request.EnterWith(std::nullopt);
        EXPECT_EQ(LabelsShown(), kNothing);
      })
      .Get();
}

TEST_F(ProfilerRecordsTest, AStorageThatIsGoneIsShownNoMore) {
  Executor executor({.concurrency = 1});
  std::optional<AsyncLocalStorage<int>> counting(std::in_place, Counting());
  std::optional<AsyncResource> resource;
  counting->Run(1, [&] { resource.emplace("JOB"); });
  const auto labels = [&] {
    return resource->RunInAsyncScope([] { return LabelsHere().size(); });
  };
  EXPECT_EQ(labels(), 1u);
  EXPECT_EQ(labels(), 1u);
  counting.reset();
  EXPECT_EQ(labels(), 0u);
  // In its place.
  counting.emplace(Counting());
  EXPECT_EQ(labels(), 0u);
}

// A record has 640 bytes: what does not fit is counted.
TEST_F(ProfilerRecordsTest, WhatDoesNotFitIsCounted) {
  const ProfilerRecordsStats before = records_.stats();
  std::vector<std::unique_ptr<AsyncLocalStorage<std::string>>> storages;
  for (int i = 0; i < 12; ++i) {
    AsyncLocalStorage<std::string>::Options options;
    options.name = "long " + std::to_string(i);
    options.label = Visibility::kProfiler;
    storages.push_back(
        std::make_unique<AsyncLocalStorage<std::string>>(std::move(options)));
  }
  Executor executor({.concurrency = 1});
  executor
      .Submit([&] {
        for (const auto& storage : storages) {
          storage->EnterWith(std::string(80, 'x'));
        }
        // 612 bytes for attributes of 66.
        EXPECT_EQ(LabelsShown().size(), 9u);
      })
      .Get();
  const ProfilerRecordsStats after = records_.stats();
  EXPECT_EQ(after.left_out - before.left_out, 3u);
  EXPECT_EQ(after.failed, 0u);
}

TEST_F(ProfilerRecordsTest, AChildOfForkPublishesNothing) {
  const pid_t child = fork();
  if (child == 0) {
    // A new name is not written into what the parent's readers see, nor where
    // the mapping was.
    const AsyncLocalStorage<int> late(
        {.name = "late", .label = Visibility::kProfiler});
    bool good = !ProcessReader(getpid()).ReadProcess().has_value();
    late.Run(1, [&] { good = good && !RecordShown().has_value(); });
    _exit(good ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(ProcessReader(getpid()).ReadProcess().has_value());
}

TEST(ProfilerRecordsLifeTest, ThereIsNoneBeforeAndAfter) {
  request.Run(1, [] {
    std::optional<ProfilerScope> scope(std::in_place);
    EXPECT_EQ(RequestHere(), "");
    {
      const ProfilerRecords records;
      EXPECT_EQ(RequestHere(), "");
      request.Run(2, [] { EXPECT_EQ(LabelsShown(), Request("2")); });
      EXPECT_EQ(RequestHere(), "");
      // It was not told of this one: nothing comes of its end.
      const ProfilerScope inner;
      scope.reset();
      EXPECT_EQ(RequestHere(), "1");
    }
    EXPECT_FALSE(ProcessReader(getpid()).ReadProcess().has_value());
    EXPECT_EQ(RequestHere(), "");
    request.Run(3, [] {
      const ProfilerScope none;
      EXPECT_EQ(RequestHere(), "");
    });
  });
}

// What has begun in one object's time and ended after it is not around what
// comes later.
TEST(ProfilerRecordsLifeTest, WhatEndsBetweenTwoIsForgotten) {
  std::optional<ProfilerRecords> records(std::in_place);
  request.Run(1, [&] {
    const ProfilerScope scope;
    EXPECT_EQ(RequestHere(), "1");
    records.reset();
  });
  records.emplace();
  request.Run(2, [] { EXPECT_EQ(LabelsShown(), Request("2")); });
  EXPECT_EQ(RequestHere(), "");
}

// A later object takes the trace from elsewhere than an earlier one, for a
// context that has a record already.
TEST(ProfilerRecordsLifeTest, EachHasItsOwnTrace) {
  static constinit std::atomic<int> number{0};
  std::optional<AsyncResource> resource;
  request.Run(1, [&] { resource.emplace("JOB"); });
  const auto trace = [&] {
    return resource->RunInAsyncScope([] { return RecordHere()->trace_id; });
  };
  std::optional<ProfilerRecords> records(std::in_place);
  EXPECT_EQ(trace(), std::string(32, '0'));
  EXPECT_EQ(trace(), std::string(32, '0'));
  records.reset();
  records.emplace(
      ProfilerRecordsOptions{.trace = []() -> std::optional<TraceContext> {
        return TraceContext::Parse(
            "00-0000000000000000000000000000000" +
            // relaxed: this thread's own.
            std::to_string(number.load(std::memory_order_relaxed)) +
            "-0000000000000001-01");
      }});
  // It is asked each time, whatever it goes by.
  for (int i = 1; i < 4; ++i) {
    // relaxed: see above.
    number.store(i, std::memory_order_relaxed);
    EXPECT_EQ(trace(), std::string(31, '0') + std::to_string(i));
    EXPECT_EQ(trace(), std::string(31, '0') + std::to_string(i));
  }
  records.reset();
  records.emplace();
  EXPECT_EQ(trace(), std::string(32, '0'));
}

// A task that runs while records come and go; on its thread others run inside.
TEST(ProfilerRecordsLifeTest, TheyComeAndGoInsideATask) {
  Executor executor({.concurrency = 1});
  const auto inside = [&] {
    return executor.Submit([] { return RequestHere(); }).Get();
  };
  std::optional<ProfilerRecords> records;
  request.Run(1, [&] {
    executor
        .Submit([&] {
          records.emplace();
          EXPECT_EQ(RequestHere(), "");
          EXPECT_EQ(inside(), "1");
          EXPECT_EQ(RequestHere(), "");
          records.reset();
          EXPECT_EQ(inside(), "");
          records.emplace();
          EXPECT_EQ(inside(), "1");
        })
        .Get();
  });
  EXPECT_EQ(inside(), "");
  request.Run(2, [&] { EXPECT_EQ(inside(), "2"); });
  records.reset();
}

TEST(ProfilerRecordsLifeTest, AProcessHasOne) {
  const ProfilerRecords records;
  try {
    const ProfilerRecords second;
    ADD_FAILURE() << "it was made";
  } catch (const std::logic_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("one at a time"));
  }
  // The first is none the worse.
  request.Run(1, [] { EXPECT_EQ(LabelsShown(), Request("1")); });
}

TEST(ProfilerRecordsLifeTest, WrongAttributesAreNamed) {
  try {
    const ProfilerRecords records({.resource = {{"a", "1"}, {"", "2"}}});
    ADD_FAILURE() << "it was made";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("resource[1] has no name"));
  }
  try {
    const ProfilerRecords records({.resource = {{"a", "1"}, {"a", "2"}}});
    ADD_FAILURE() << "it was made";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("both named a"));
  }
  const ProfilerRecords records;  // nothing is left of those
}

TEST(ProfilerRecordsLifeTest, TheTraceMayComeFromElsewhere) {
  static const AsyncLocalStorage<std::uint64_t> span(
      {.name = "span", .label = Visibility::kProfiler});
  const ProfilerRecords records({.trace = []() -> std::optional<TraceContext> {
    const std::uint64_t* const number = span.GetStore();
    if (number == nullptr) return std::nullopt;
    if (*number == 13) throw std::runtime_error("no trace");
    return TraceContext::Parse("00-000000000000000000000000000000" +
                               std::to_string(*number) +
                               "-0000000000000001-01");
  }});
  span.Run(10, [] {
    EXPECT_EQ(RecordShown()->trace_id, "00000000000000000000000000000010");
    EXPECT_EQ(RecordShown()->labels.at("span"), "10");
  });
  span.Run(13, [] {
    EXPECT_EQ(RecordShown()->trace_id, std::string(32, '0'));
    EXPECT_EQ(RecordShown()->labels.at("span"), "13");
  });
}

class ProfilerRecordsOnExecutorTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Workers, ProfilerRecordsOnExecutorTest,
                         testing::Values(1, 2, 8));

// Whatever runs of a flow has its record; threads change between flows all the
// time.
TEST_P(ProfilerRecordsOnExecutorTest, EachShowsItsOwnFlow) {
  const ProfilerRecords records;
  std::atomic<int> wrong{0};
  const auto check = [&] {
    const int* const store = request.GetStore();
    const std::string expected = store == nullptr ? "" : std::to_string(*store);
    // relaxed: a number.
    if (RequestHere() != expected)
      wrong.fetch_add(1, std::memory_order_relaxed);
  };
  {
    Executor executor({.concurrency = GetParam()});
    const auto steps = [&]() -> Task<> {
      for (int i = 0; i < 3; ++i) {
        check();
        co_await Sleep(executor, microseconds(100));
        check();
      }
      const auto scope = request.WithScope(request.Store() + 10'000);
      co_await Sleep(executor, microseconds(100));
      check();
    };
    const auto serve = [&] {
      check();
      Future<void> part = executor.Submit(check);
      TaskGroup group(executor);
      for (int i = 0; i < 4; ++i) group.Run(check);
      group.Wait();
      check();
      ParallelFor(executor, 0, 64, [&](int) { check(); });
      check();
      Spawn(executor, steps()).Get();
      check();
      request.Run(request.Store() + 20'000, [&] {
        const ProfilerScope shown;
        check();
        part.Get();
        check();
      });
      check();
    };
    std::vector<Future<void>> served;
    for (int i = 0; i < 200; ++i) {
      if (i % 10 == 0) {
        served.push_back(executor.Submit(check));  // of no flow
      } else {
        request.Run(i, [&] { served.push_back(executor.Submit(serve)); });
      }
    }
    for (Future<void>& one : served) one.Get();
  }
  // relaxed: all that counted has ended.
  EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
  check();
}

// Deeper than what a thread keeps of what is around it.
TEST_P(ProfilerRecordsOnExecutorTest, NestedRunsShowTheirOwn) {
  const ProfilerRecords records;
  std::vector<std::unique_ptr<AsyncResource>> resources;
  for (int i = 0; i < 50; ++i) {
    request.Run(i, [&] {
      resources.push_back(std::make_unique<AsyncResource>("NESTED"));
    });
  }
  std::vector<std::string> seen;
  const auto go = [&](const auto& self, std::size_t depth) -> void {
    if (depth == resources.size()) return;
    resources[depth]->RunInAsyncScope([&] {
      EXPECT_EQ(RequestHere(), std::to_string(depth));
      self(self, depth + 1);
      // Those that are too deep have none any more, rather than another's.
      const std::string after = RequestHere();
      EXPECT_TRUE(after == std::to_string(depth) || (after == "" && depth > 30))
          << depth << " shows " << after;
    });
  };
  go(go, 0);
  EXPECT_EQ(RequestHere(), "");
}

class ProfilerStressTest : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Workers, ProfilerStressTest, testing::Values(1, 2, 8));

// What a thread shows is in memory, whatever goes on elsewhere.
TEST_P(ProfilerStressTest, RecordsComeAndGoWhileTasksRun) {
  Executor executor({.concurrency = GetParam()});
  std::atomic<bool> ends{false};
  std::atomic<int> wrong{0};
  const auto check = [&] {
    const std::string shown = RequestHere();
    // Nothing, or its own: while records come and go both may be so.
    if (shown != "" && shown != std::to_string(request.Store())) {
      // relaxed: a number.
      wrong.fetch_add(1, std::memory_order_relaxed);
    }
  };
  const auto submitter = [&](int first) {
    // relaxed: a hint.
    for (int i = first; !ends.load(std::memory_order_relaxed); ++i) {
      request.Run(i, [&] {
        executor
            .Submit([&] {
              check();
              const auto scope = request.WithScope(request.Store() + 1);
              const ProfilerScope inner;
              check();
              executor.Submit(check).Get();
              check();
            })
            .Get();
      });
      const AsyncLocalStorage<int> other(
          {.name = "other", .label = Visibility::kProfiler});
    }
  };
  std::vector<std::thread> submitters;
  for (int i = 0; i < 2; ++i) submitters.emplace_back(submitter, 1000 * i);
  for (int i = 0; i < 100; ++i) {
    const ProfilerRecords records;
    std::this_thread::yield();
    request.Run(-1, [] {
      const ProfilerScope scope;
      EXPECT_EQ(RequestHere(), "-1");
    });
  }
  ends.store(true, std::memory_order_relaxed);  // relaxed: a hint
  for (std::thread& one : submitters) one.join();
  // relaxed: all that counted has ended.
  EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
}

}  // namespace
}  // namespace weft
