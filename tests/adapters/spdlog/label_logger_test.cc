// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/spdlog/label_logger.h"

#include <cstddef>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "spdlog/async.h"
#include "spdlog/async_logger.h"
#include "spdlog/sinks/ostream_sink.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/label.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"

namespace weft {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::ThrowsMessage;

// The lines that a logger has written, each as its level and its text.
class Lines {
 public:
  std::shared_ptr<spdlog::logger> Logger() {
    return WithPattern(std::make_shared<spdlog::logger>("log", Sink()));
  }
  std::shared_ptr<spdlog::logger> AsyncLogger(
      const std::shared_ptr<spdlog::details::thread_pool>& threads) {
    return WithPattern(std::make_shared<spdlog::async_logger>(
        "log", Sink(), threads, spdlog::async_overflow_policy::block));
  }
  std::string text() const { return text_.str(); }

 private:
  spdlog::sink_ptr Sink() {
    return std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
  }
  static std::shared_ptr<spdlog::logger> WithPattern(
      std::shared_ptr<spdlog::logger> logger) {
    logger->set_pattern("%n %l %s:%# %v");
    return logger;
  }

  std::ostringstream text_;
};

TEST(LabelLoggerTest, ALineBeginsWithTheLabelsOfItsFlow) {
  const AsyncLocalStorage<int> request(
      {.name = "request", .label = Visibility::kLog});
  const AsyncLocalStorage<std::string> secret({.name = "secret"});
  Lines lines;
  LabelLogger log(lines.Logger());
  log.info("outside {}", 1);
  secret.Run("password", [&] {
    request.Run(7, [&] {
      log.log(spdlog::source_loc("file.cc", 3, "f"), spdlog::level::warn,
              "inside {}", 2);
    });
  });
  EXPECT_THAT(lines.text(), Eq("log info : outside 1\n"
                               "log warning file.cc:3 [request=7] inside 2\n"));
}

TEST(LabelLoggerTest, HasALevelAndFlushesAsTheInnerLogger) {
  Lines lines;
  const std::shared_ptr<spdlog::logger> inner = lines.Logger();
  inner->set_level(spdlog::level::warn);
  LabelLogger log(inner);
  EXPECT_EQ(log.name(), "log");
  EXPECT_EQ(log.level(), spdlog::level::warn);
  log.info("held back");
  log.set_level(spdlog::level::info);
  log.info("held back by the inner logger");
  EXPECT_EQ(lines.text(), "");
  inner->set_level(spdlog::level::info);
  log.info("passes");
  EXPECT_THAT(lines.text(), HasSubstr("passes"));

  const std::shared_ptr<spdlog::logger> cloned = log.clone("other");
  cloned->info("from the clone");
  EXPECT_THAT(lines.text(), HasSubstr("other info : from the clone"));
  EXPECT_THAT([] { LabelLogger(nullptr); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("inner is null")));
}

TEST(LabelLoggerTest, ABacktraceOfTheInnerLoggerHasTheLabelsOfItsFlows) {
  const AsyncLocalStorage<int> request(
      {.name = "request", .label = Visibility::kLog});
  Lines lines;
  const std::shared_ptr<spdlog::logger> inner = lines.Logger();
  inner->enable_backtrace(4);
  LabelLogger log(inner);
  log.set_level(spdlog::level::debug);
  request.Run(7, [&] { log.debug("kept"); });
  EXPECT_EQ(lines.text(), "");
  request.Run(8, [&] { inner->dump_backtrace(); });
  EXPECT_THAT(lines.text(), HasSubstr("log debug : [request=7] kept\n"));
}

class LabelLoggerWorkersTest : public testing::TestWithParam<int> {};

// Of 64 flows that go from thread to thread each line has the id of its own,
// though a thread of the logger formats them.
TEST_P(LabelLoggerWorkersTest, AnAsynchronousLoggerKeepsFlowsApart) {
  constexpr int kFlows = 64;
  constexpr int kLines = 20;
  const AsyncLocalStorage<int> flow(
      {.name = "flow", .label = Visibility::kLog});
  Lines lines;
  {
    auto threads = std::make_shared<spdlog::details::thread_pool>(128, 1);
    LabelLogger log(lines.AsyncLogger(threads));
    Executor executor(ExecutorOptions{.concurrency = GetParam()});
    struct Step {
      LabelLogger& log;
      Executor& executor;
      int id;
      void operator()(int line) const {
        log.info("flow {} line {}", id, line);
        if (line + 1 == kLines) return;
        executor.Post([step = *this, line] { step(line + 1); });
      }
    };
    for (int i = 0; i < kFlows; ++i) {
      flow.Run(i, [&] {
        executor.Post([step = Step{log, executor, i}] { step(0); });
      });
    }
    executor.Drain();
  }  // the logger's thread has written all
  std::istringstream text(lines.text());
  std::string line;
  int count = 0;
  for (; std::getline(text, line); ++count) {
    const std::size_t begin = line.find("flow ") + 5;
    const std::string id = line.substr(begin, line.find(' ', begin) - begin);
    ASSERT_THAT(line, HasSubstr(" [flow=" + id + "] flow " + id + " line "));
  }
  EXPECT_EQ(count, kFlows * kLines);
}

INSTANTIATE_TEST_SUITE_P(All, LabelLoggerWorkersTest, testing::Values(1, 2, 8));

}  // namespace
}  // namespace weft
