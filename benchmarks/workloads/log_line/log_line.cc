// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/log_line/log_line.h"

#include <memory>
#include <string>

#include "spdlog/logger.h"
#include "spdlog/sinks/basic_file_sink.h"
#include "weft/adapters/spdlog/label_logger.h"
#include "weft/benchmarks/workloads/measure.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/label.h"

namespace weft::benchmarks::log_line {
namespace {

constexpr int kLines = 100'000;

std::shared_ptr<spdlog::logger> MakeLogger() {
  return std::make_shared<spdlog::logger>(
      "server",
      std::make_shared<spdlog::sinks::basic_file_sink_mt>("/dev/null"));
}

double LogLines(spdlog::logger& logger) {
  static const auto& request = *new AsyncLocalStorage<int>(
      {.name = "request", .label = Visibility::kLog});
  static const auto& customer = *new AsyncLocalStorage<std::string>(
      {.name = "customer", .label = Visibility::kLog});
  const auto in_request = request.WithScope(4711);
  const auto of_customer = customer.WithScope("ada");
  return NsPerOperation(kLines, [&] {
    for (int i = 0; i < kLines; ++i) {
      logger.info("served {} in {} us", "/index.html", i);
    }
  });
}

}  // namespace

double Labelled(int /*threads*/) {
  static const auto& logger = *new std::shared_ptr<spdlog::logger>(
      std::make_shared<LabelLogger>(MakeLogger()));
  return LogLines(*logger);
}

double Plain(int /*threads*/) {
  static const auto& logger =
      *new std::shared_ptr<spdlog::logger>(MakeLogger());
  return LogLines(*logger);
}

}  // namespace weft::benchmarks::log_line
