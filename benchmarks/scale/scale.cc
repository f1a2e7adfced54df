// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How Weft scales beyond the processors at hand: see machine/machine.h.
//
//   scale                      prints the table: all workloads on 1 to 1,024
//                              processors
//   scale --measure            prints what this machine takes for each price
//   scale --check --real=PATH  compares what is simulated for one and two
//                              processors with what those of this machine do

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "nlohmann/json.hpp"
#include "weft/benchmarks/scale/prices/measure.h"
#include "weft/benchmarks/scale/prices/prices.h"
#include "weft/benchmarks/scale/report.h"

ABSL_FLAG(std::vector<std::string>, workloads, {},
          "the workloads to be run; none: all");
ABSL_FLAG(std::vector<std::string>, processors,
          std::vector<std::string>({"1", "2", "4", "8", "16", "32", "64", "128",
                                    "256", "512", "1024"}),
          "the numbers of processors");
ABSL_FLAG(int, processors_per_node, 0,
          "the size of a NUMA node; 0: there is one node");
ABSL_FLAG(long, tasks, 1000, "tasks for each processor");
ABSL_FLAG(long, grain, 2000, "nanoseconds for which a task computes");
ABSL_FLAG(unsigned, seed, 1, "of what differs from run to run");
ABSL_FLAG(
    double, most_seconds, 60,
    "a machine that takes longer to be simulated is left out, and for that "
    "workload all larger ones");
ABSL_FLAG(std::string, prices, "benchmarks/scale/prices/prices.tsv",
          "the price list");
ABSL_FLAG(std::string, json, "", "a file to write the rows to, as JSON");
ABSL_FLAG(int, lines, 3, "how many contended lines are printed of each row");
ABSL_FLAG(bool, measure, false, "measure prices on this machine");
ABSL_FLAG(bool, check, false,
          "compare with this machine; exit with 1 beyond 15 %");
ABSL_FLAG(std::string, real, "", "the path of the program `real`, for --check");

namespace weft::scale {
namespace {

constexpr double kTolerance = 0.15;
constexpr int kRealRounds = 9;

int ToNumber(const std::string& text) {
  char* end = nullptr;
  const long number = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || number < 1 || number > 1024) {
    throw std::invalid_argument("--processors: \"" + text +
                                "\" is no number from 1 to 1024");
  }
  return static_cast<int>(number);
}

int Measure() {
  for (const auto& [name, nanoseconds] : MeasurePrices()) {
    std::printf("%s\t%.1f\n", name.c_str(), nanoseconds);
  }
  return 0;
}

// The real time of a job, in nanoseconds: the median of some runs.
double RunReal(const Job& job) {
  const std::string command = absl::GetFlag(FLAGS_real) + " " + job.workload +
                              " " + std::to_string(job.workers) + " " +
                              std::to_string(job.tasks) + " " +
                              std::to_string(job.grain);
  std::vector<double> times;
  for (int i = 0; i < kRealRounds; ++i) {
    FILE* const output = ::popen(command.c_str(), "r");
    double elapsed = 0;
    double submitting = 0;
    long long tasks = 0;
    long long expected = 0;
    const bool read =
        output != nullptr && std::fscanf(output, "%lf %lf %lld %lld", &elapsed,
                                         &submitting, &tasks, &expected) == 4;
    if (output == nullptr || ::pclose(output) != 0 || !read ||
        tasks != expected) {
      throw std::runtime_error("\"" + command + "\" failed");
    }
    times.push_back(elapsed / static_cast<double>(tasks));
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

int Check(const Prices& prices) {
  bool holds = true;
  std::printf("%-10s %7s %7s %12s %12s %7s\n", "workload", "workers", "grain",
              "real, ns", "simulated", "ratio");
  for (const std::string& workload : WorkloadNames()) {
    for (const std::int64_t grain : {std::int64_t{0}, std::int64_t{2000}}) {
      for (const int workers : {1, 2}) {
        // One more thread submits: there is no processor for it.
        if (workload == "submit" && workers == 2) continue;
        const Job job{workload, workers,
                      (grain == 0 ? 50'000 : 2'000) * workers, grain};
        const double real = RunReal(job);
        MachineOptions options;
        options.prices = prices;
        options.processors = workers;
        const Row row =
            SimulateApart(options, job, absl::GetFlag(FLAGS_most_seconds))
                .value();
        const double simulated =
            row.round.elapsed / static_cast<double>(row.round.tasks);
        const double ratio = simulated / real;
        const bool near = std::abs(ratio - 1) <= kTolerance;
        holds &= near;
        std::printf("%-10s %7d %7lld %12.1f %12.1f %7.2f%s\n", workload.c_str(),
                    workers, static_cast<long long>(grain), real, simulated,
                    ratio, near ? "" : "  beyond 15 %");
        static_cast<void>(std::fflush(stdout));
      }
    }
  }
  return holds ? 0 : 1;
}

int PrintTable(const Prices& prices) {
  std::vector<std::string> workloads = absl::GetFlag(FLAGS_workloads);
  if (workloads.empty()) workloads = WorkloadNames();
  std::vector<int> sizes;
  for (const std::string& text : absl::GetFlag(FLAGS_processors)) {
    sizes.push_back(ToNumber(text));
  }
  std::vector<Row> rows;
  for (const std::string& workload : workloads) {
    // What the graph allows is known from one processor.
    std::optional<Row> one;
    for (const int processors : sizes) {
      Job job{workload, 1, absl::GetFlag(FLAGS_tasks),
              absl::GetFlag(FLAGS_grain)};
      if (const std::string error = CheckJob(job); !error.empty()) {
        throw std::invalid_argument(error);
      }
      MachineOptions options;
      options.prices = prices;
      options.seed = absl::GetFlag(FLAGS_seed);
      const double most = absl::GetFlag(FLAGS_most_seconds);
      if (!one.has_value()) one = SimulateApart(options, job, most);
      if (!one.has_value()) break;
      job.workers = processors;
      job.tasks *= processors;
      options.processors = processors;
      const int per_node = absl::GetFlag(FLAGS_processors_per_node);
      options.nodes = per_node > 0 ? (processors + per_node - 1) / per_node : 1;
      std::optional<Row> row = SimulateApart(options, job, most);
      if (!row.has_value()) {
        std::printf("%-9s %5d: not simulated within %.0f s\n", workload.c_str(),
                    processors, most);
        break;
      }
      Compare(*row, *one);
      Print(*row, rows.empty(), absl::GetFlag(FLAGS_lines));
      rows.push_back(*std::move(row));
    }
  }
  if (const std::string file = absl::GetFlag(FLAGS_json); !file.empty()) {
    nlohmann::json json;
    const std::time_t now = std::time(nullptr);
    char date[16];
    std::strftime(static_cast<char*>(date), sizeof date, "%Y-%m-%d",
                  std::gmtime(&now));
    json["date"] = static_cast<const char*>(date);
    json["grain_ns"] = absl::GetFlag(FLAGS_grain);
    json["tasks_per_processor"] = absl::GetFlag(FLAGS_tasks);
    json["seed"] = absl::GetFlag(FLAGS_seed);
    json["processors_per_node"] = absl::GetFlag(FLAGS_processors_per_node);
    json["rows"] = nlohmann::json::array();
    for (const Row& row : rows) json["rows"].push_back(ToJson(row));
    std::ofstream stream(file);
    stream << json.dump(1) << "\n";
    if (!stream.flush()) {
      throw std::runtime_error("--json: \"" + file + "\" cannot be written");
    }
  }
  return 0;
}

int Main() {
  if (absl::GetFlag(FLAGS_measure)) return Measure();
  const Prices prices = ReadPrices(absl::GetFlag(FLAGS_prices));
  return absl::GetFlag(FLAGS_check) ? Check(prices) : PrintTable(prices);
}

}  // namespace
}  // namespace weft::scale

int main(int count, char** arguments) {
  absl::SetProgramUsageMessage(
      "simulates how Weft scales beyond the processors at hand");
  absl::ParseCommandLine(count, arguments);
  // `bazel run` starts it elsewhere.
  if (const char* const folder = std::getenv("BUILD_WORKSPACE_DIRECTORY")) {
    if (::chdir(folder) != 0) return 2;
  }
  try {
    return weft::scale::Main();
  } catch (const std::exception& error) {
    std::cerr << "scale: " << error.what() << "\n";
    return 2;
  }
}
