// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What examples/distributed_pipeline counts, with an engine that does what none
// should.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "weft/examples/distributed_pipeline/counted_engine.h"
#include "weft/examples/distributed_pipeline/file_job.h"
#include "weft/examples/distributed_pipeline/submission.h"
#include "weft/examples/distributed_pipeline/work_context.h"
#include "weft/examples/text_files/totals.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/job.h"
#include "weft/propagation/carrier.h"

namespace distributed_pipeline {
namespace {

using weft::jobs::Job;
using weft::jobs::JobEnd;

using Ended = std::function<void(JobEnd)>;

// Has a function do with the jobs what it will.
class OddEngine final : public weft::jobs::Engine {
 public:
  explicit OddEngine(std::function<void(Job, Ended)> submit)
      : submit_(std::move(submit)) {}

  void Submit(Job job, const weft::jobs::JobOptions& options,
              Ended ended) override {
    if (job.id.empty()) job.id = options.dedup_id;
    submit_(std::move(job), std::move(ended));
  }
  std::unique_ptr<Subscription> Subscribe(
      std::shared_ptr<Consumer> /*consumer*/,
      const LeaseOptions& /*options*/) override {
    return nullptr;
  }
  std::size_t max_bytes() const noexcept override { return 1 << 20; }
  weft::jobs::JobCounts counts() const override { return {}; }
  std::vector<weft::jobs::DeadLetter> TakeDeadLetters(
      std::size_t /*at_most*/) override {
    return {};
  }

 private:
  const std::function<void(Job, Ended)> submit_;
};

TEST(CountedEngineTest, CountsWhatItIsTold) {
  OddEngine odd([](const Job& job, const Ended& ended) {
    if (job.id == "done") ended({.result = "x"});
    if (job.id == "failed") {
      ended({.failure = std::make_exception_ptr(
                 weft::jobs::JobFailedError("what", "failed", 1, "why"))});
    }
    if (job.id == "lost") {
      ended({.failure = std::make_exception_ptr(
                 weft::jobs::JobLostError("nobody knows"))});
    }
    if (job.id == "twice") {
      ended({.result = "x"});
      ended({.result = "y"});
    }
    if (job.id == "large") throw weft::jobs::JobTooLargeError("large");
  });
  CountedEngine counted(odd);
  std::vector<std::string> results;
  const auto submit = [&](const std::string& id) {
    Job job;
    job.id = id;
    counted.Submit(std::move(job), {},
                   [&](const JobEnd& end) { results.push_back(end.result); });
  };
  for (const char* const id : {"done", "failed", "lost", "twice", "untold"}) {
    submit(id);
  }
  EXPECT_THROW(submit("large"), weft::jobs::JobTooLargeError);
  EXPECT_EQ(counted.ends().submitted, 5);
  EXPECT_EQ(counted.ends().ended, 3);
  EXPECT_EQ(counted.ends().lost, 1);
  EXPECT_EQ(counted.ends().twice, 1);
  EXPECT_EQ(results, (std::vector<std::string>{"x", "", "", "x"}));
  EXPECT_EQ(counted.WaitForEnds(3, std::chrono::hours(1)), 3);
  EXPECT_EQ(counted.WaitForEnds(4, std::chrono::milliseconds(1)), 3);
}

// A job that is submitted again is the same, and lost no more when it has
// ended.
TEST(CountedEngineTest, CountsAJobOnceThatIsSubmittedAgain) {
  std::vector<Ended> told;
  OddEngine odd(
      [&](const Job&, Ended ended) { told.push_back(std::move(ended)); });
  CountedEngine counted(odd);
  const auto submit = [&] {
    weft::jobs::JobOptions options;
    options.dedup_id = "a";
    counted.Submit({}, options, [](const JobEnd&) {});
  };
  submit();
  told[0]({.failure = std::make_exception_ptr(
               weft::jobs::JobLostError("nobody knows"))});
  EXPECT_EQ(counted.ends().lost, 1);
  submit();
  told[1]({.result = "x"});
  EXPECT_EQ(counted.ends().submitted, 1);
  EXPECT_EQ(counted.ends().ended, 1);
  EXPECT_EQ(counted.ends().lost, 0);
  EXPECT_EQ(counted.ends().twice, 0);
  submit();
  told[2]({.result = "x"});
  EXPECT_EQ(counted.ends().twice, 1);
}

TEST(FileJobTest, CrossesAsBytes) {
  const FileJob job = FileJob::Decode(
      FileJob{.path = std::string("/a\xff\0\n", 5), .level = 3, .max_bytes = 7}
          .Encode());
  EXPECT_EQ(job.path, std::string("/a\xff\0\n", 5));
  EXPECT_EQ(job.level, 3);
  EXPECT_EQ(job.max_bytes, 7);

  FileResult result{.path = "/\xff",
                    .tenant = "ada",
                    .trace_id = "4bf9",
                    .problem = "",
                    .facts = {.bytes = 1,
                              .lines = 2,
                              .words = 3,
                              .word_counts = {{"one", 1}, {"two", 2}},
                              .crc32 = 0xffffffff,
                              .compressed_bytes = 4}};
  const FileResult same = FileResult::Decode(result.Encode());
  EXPECT_EQ(same.path, "/\xff");
  EXPECT_EQ(same.tenant, "ada");
  EXPECT_EQ(same.trace_id, "4bf9");
  EXPECT_EQ(same.facts.word_counts, result.facts.word_counts);
  EXPECT_EQ(same.facts.crc32, 0xffffffff);
  EXPECT_EQ(same.facts.compressed_bytes, 4);
  result.problem = "no regular file";
  EXPECT_EQ(FileResult::Decode(result.Encode()).problem, "no regular file");
}

TEST(FileJobTest, RefusesBytesThatAreNone) {
  const std::string good =
      FileJob{.path = "/a", .level = 3, .max_bytes = 7}.Encode();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_THROW(FileJob::Decode(good.substr(0, size)),
                 weft::jobs::NotWorthRetryingError)
        << size;
  }
  for (const std::string bytes : {"x", "\xa0", "\xf6", "{\"path\": 1}"}) {
    EXPECT_THROW(FileJob::Decode(bytes), weft::jobs::NotWorthRetryingError);
    EXPECT_THROW(FileResult::Decode(bytes), weft::jobs::NotWorthRetryingError);
  }
}

class SubmissionTest : public testing::Test {
 protected:
  SubmissionTest() {
    for (int i = 0; i < kFiles; ++i) {
      const std::string path =
          testing::TempDir() + "/" + std::to_string(i) + ".txt";
      std::ofstream(path) << "line " << i << '\n';
      files_.push_back({path, false});
    }
  }

  // As a worker does it.
  std::string ResultOf(const Job& job) const {
    return context_.propagator
        .Extract(weft::MapReader(job.headers), weft::Trust::kContinue)
        .Run([&] { return DoFileJob(FileJob::Decode(job.payload), context_); })
        .Encode();
  }

  SubmissionResult Run(std::function<void(Job, Ended)> submit) {
    OddEngine engine(std::move(submit));
    weft::Executor executor({.concurrency = 2});
    SubmissionResult result;
    Submit(files_, engine, executor, context_,
           {.tenant_of =
                [](std::size_t number) {
                  return "tenant-" + std::to_string(number);
                },
            .level = 6,
            .max_bytes = 1000,
            .tokens = 4},
           totals_, result);
    return result;
  }

  static constexpr int kFiles = 20;
  const WorkContext context_;
  std::vector<text_files::ListedFile> files_;
  text_files::Totals totals_{kFiles};
};

TEST_F(SubmissionTest, FindsNothingMixedWhereNothingIs) {
  const SubmissionResult result = Run([&](const Job& job, const Ended& ended) {
    ended({.result = ResultOf(job)});
  });
  EXPECT_EQ(result.results, kFiles);
  EXPECT_EQ(result.mixed, 0);
  EXPECT_EQ(result.trace_ids.size(), files_.size());
  EXPECT_FALSE(totals_.has_failures());
}

// What was not confirmed is submitted again, as the same job; for ever lost it
// is a file that has failed.
TEST_F(SubmissionTest, SubmitsAgainWhatIsLost) {
  const auto lost = [](const Ended& ended) {
    ended({.failure = std::make_exception_ptr(
               weft::jobs::JobLostError("was not confirmed in time"))});
  };
  std::mutex mutex;
  std::map<std::string, int> submissions;
  const SubmissionResult result = Run([&](const Job& job, const Ended& ended) {
    int times = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      times = ++submissions[job.id];
    }
    if (times < 3) return lost(ended);
    ended({.result = ResultOf(job)});
  });
  EXPECT_EQ(result.results, kFiles);
  EXPECT_EQ(result.mixed, 0);
  EXPECT_FALSE(totals_.has_failures());
  EXPECT_EQ(submissions.size(), files_.size());
  for (const auto& [id, times] : submissions) EXPECT_EQ(times, 3) << id;

  submissions.clear();
  const SubmissionResult none = Run([&](const Job& job, const Ended& ended) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      ++submissions[job.id];
    }
    lost(ended);
  });
  EXPECT_EQ(none.results, 0);
  EXPECT_TRUE(totals_.has_failures());
  for (const auto& [id, times] : submissions) EXPECT_EQ(times, 5) << id;
}

TEST_F(SubmissionTest, CountsResultsOfAnotherContext) {
  // Every job is done with this of the first one.
  for (const std::string field : {"tenant", "traceparent"}) {
    std::mutex mutex;
    std::optional<std::string> first;
    const SubmissionResult result = Run([&](Job job, const Ended& ended) {
      {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!first) first = job.headers.at(field);
        job.headers[field] = *first;
      }
      ended({.result = ResultOf(job)});
    });
    EXPECT_EQ(result.results, kFiles);
    EXPECT_EQ(result.mixed, kFiles - 1) << field;
  }
}

TEST_F(SubmissionTest, CountsResultsOfAnotherFile) {
  std::mutex mutex;
  std::optional<std::string> payload;
  const SubmissionResult result = Run([&](Job job, const Ended& ended) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (!payload) payload = job.payload;
      job.payload = *payload;
    }
    ended({.result = ResultOf(job)});
  });
  EXPECT_EQ(result.mixed, kFiles - 1);
}

TEST_F(SubmissionTest, AJobWithoutAResultCostsThatFile) {
  std::atomic<int> jobs{0};
  const SubmissionResult result = Run([&](const Job& job, const Ended& ended) {
    // relaxed: a number.
    if (jobs.fetch_add(1, std::memory_order_relaxed) % 2 == 0) {
      ended({.result = ResultOf(job)});
    } else {
      ended({.failure = std::make_exception_ptr(
                 weft::jobs::JobFailedError("what", "id", 1, "why"))});
    }
  });
  EXPECT_EQ(result.results, kFiles / 2);
  EXPECT_TRUE(totals_.has_failures());
}

}  // namespace
}  // namespace distributed_pipeline
