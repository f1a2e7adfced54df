// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Weft and its peers, each with the same work, in one process. In each round a
// row's two are measured right after each other, in one round Weft first and in
// the next the peer; what counts is the median of the rounds' ratios. A row
// whose budget lies within what the median may be is unclear, and is measured
// on. The workloads check their answers: a wrong one ends the program with 1; a
// budget that is missed does so with --check alone.
//
//   ./bazelw run -c opt //benchmarks:compare -- --filter 'fib|flat'

#include <regex.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/numbers.h"
#include "tbb/version.h"
#include "weft/benchmarks/compare_report.h"
#include "weft/benchmarks/comparison.h"
#include "weft/benchmarks/workloads/process_time.h"

ABSL_FLAG(std::string, filter, "",
          "a regular expression: only rows that it is found in, where a row is "
          "<benchmark>/<threads>/<peer>");
ABSL_FLAG(int, rounds, 9, "how often each row is measured at least");
ABSL_FLAG(int, more_seconds, 120,
          "how long, after that, unclear rows are measured on");
ABSL_FLAG(std::vector<std::string>, threads, {},
          "sizes of pools; default: 1, 2 and the number of processors");
ABSL_FLAG(std::string, json, "", "a file to write the rows to, as JSON");
ABSL_FLAG(bool, check, false, "exit with 1 if a budget is missed");

namespace weft::benchmarks {
namespace {

// One row, and how it is measured.
struct Entry {
  Row row;
  Measurement weft;
  Measurement peer;  // null: Weft's figure stands alone
  bool once;
};

// A POSIX extended regular expression: under the sanitizers g++ 12 warns of its
// own std::regex.
class Filter {
 public:
  // Throws std::invalid_argument if the text is none.
  explicit Filter(const std::string& text) {
    if (regcomp(&regex_, text.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
      throw std::invalid_argument("--filter: " + text +
                                  " is no regular expression");
    }
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  ~Filter() { regfree(&regex_); }

  bool IsFoundIn(const std::string& text) const {
    return regexec(&regex_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t regex_;
};

// Throws std::invalid_argument if the flag is no list of sizes.
std::set<int> PoolSizes() {
  const std::vector<std::string> flag = absl::GetFlag(FLAGS_threads);
  if (flag.empty()) {
    return {1, 2, static_cast<int>(std::thread::hardware_concurrency())};
  }
  std::set<int> sizes;
  for (const std::string& text : flag) {
    int size = 0;
    if (!absl::SimpleAtoi(text, &size) || size < 1 || size > 256) {
      throw std::invalid_argument("--threads: " + text + " is not in 1 to 256");
    }
    sizes.insert(size);
  }
  return sizes;
}

std::vector<Entry> Plan() {
  const Filter filter(absl::GetFlag(FLAGS_filter));
  std::vector<Entry> plan;
  for (const Comparison& comparison : AllComparisons()) {
    const std::set<int> sizes =
        comparison.threads ? std::set<int>{*comparison.threads} : PoolSizes();
    for (const int threads : sizes) {
      for (const Peer& peer : comparison.peers) {
        const std::string name = comparison.benchmark + '/' +
                                 std::to_string(threads) + '/' + peer.name;
        if (threads < peer.least_threads || !filter.IsFoundIn(name)) continue;
        plan.push_back({{.benchmark = comparison.benchmark,
                         .threads = threads,
                         .peer = peer.name,
                         .budget = peer.budget.Of(threads),
                         .absent = peer.absent},
                        comparison.weft,
                        peer.measure,
                        comparison.once});
      }
    }
  }
  return plan;
}

// Returns when the threads of all pools sleep, or after 100 ms: what has been
// measured must not disturb what is measured next.
void WaitUntilQuiet() {
  constexpr auto kPause = std::chrono::milliseconds(1);
  for (int i = 0; i < 100; ++i) {
    const std::chrono::nanoseconds before = ProcessTime();
    std::this_thread::sleep_for(kPause);
    if (ProcessTime() - before < kPause / 10) return;
  }
}

double MeasureQuietly(Measurement measure, int threads, bool once) {
  WaitUntilQuiet();
  // The first time is not counted: code and memory are cold, and the machine
  // may have taken back what has not been touched for seconds.
  if (!once) measure(threads);
  return measure(threads);
}

// Throws WrongAnswer, which names the row.
void MeasureRow(Entry& entry, int round) {
  Row& row = entry.row;
  if (!row.absent.empty() || (entry.once && round > 0)) return;
  const auto measure_weft = [&] {
    row.weft.Add(MeasureQuietly(entry.weft, row.threads, entry.once));
  };
  try {
    if (round % 2 == 0) measure_weft();
    if (entry.peer != nullptr)
      row.of_peer.Add(MeasureQuietly(entry.peer, row.threads, entry.once));
    if (round % 2 != 0) measure_weft();
  } catch (const WrongAnswer& wrong) {
    throw WrongAnswer(row.benchmark + ", " + std::to_string(row.threads) +
                      " threads, " + row.peer + ": " + wrong.what());
  }
}

void MeasureAll(std::vector<Entry>& plan) {
  using std::chrono::steady_clock;
  const int rounds = std::max(1, absl::GetFlag(FLAGS_rounds));
  int round = 0;
  for (; round < rounds; ++round) {
    std::cerr << "round " << round + 1 << " of " << rounds << '\n';
    for (Entry& entry : plan) MeasureRow(entry, round);
  }
  const auto end = steady_clock::now() +
                   std::chrono::seconds(absl::GetFlag(FLAGS_more_seconds));
  for (;; ++round) {
    int unclear = 0;
    for (Entry& entry : plan) {
      if (entry.once || entry.row.VerdictOf() != Verdict::kUnclear) continue;
      if (steady_clock::now() >= end) return;
      ++unclear;
      MeasureRow(entry, round);
    }
    if (unclear == 0) return;
    std::cerr << "round " << round + 1 << ", unclear: " << unclear << '\n';
  }
}

Setting MeasuredWith() {
  std::time_t now = std::time(nullptr);
  char date[16];
  std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&now));
  return {{"date", date},
          {"processors", std::to_string(std::thread::hardware_concurrency())},
          {"compiler", __VERSION__},
          {"oneTBB", std::to_string(TBB_VERSION_MAJOR) + '.' +
                         std::to_string(TBB_VERSION_MINOR)},
          {"rounds", std::to_string(absl::GetFlag(FLAGS_rounds))}};
}

// The path as seen from where `bazel run` was called, if it was.
std::filesystem::path FromCaller(const std::string& path) {
  const char* const folder = std::getenv("BUILD_WORKING_DIRECTORY");
  return std::filesystem::path(folder == nullptr ? "" : folder) / path;
}

// Returns the exit code.
int Compare() {
  std::vector<Entry> plan = Plan();
  MeasureAll(plan);

  std::vector<Row> rows;
  for (const Entry& entry : plan) rows.push_back(entry.row);
  const Setting setting = MeasuredWith();
  for (const auto& [name, value] : setting)
    std::cout << name << ": " << value << '\n';
  std::cout << '\n';
  PrintTable(rows, std::cout);
  if (const std::string path = absl::GetFlag(FLAGS_json); !path.empty()) {
    std::ofstream file(FromCaller(path));
    WriteJson(setting, rows, file);
    if (!file.flush()) {
      std::cerr << path << ": cannot be written\n";
      return EXIT_FAILURE;
    }
  }
  return absl::GetFlag(FLAGS_check) && Count(rows, Verdict::kMissed) > 0
             ? EXIT_FAILURE
             : EXIT_SUCCESS;
}

}  // namespace
}  // namespace weft::benchmarks

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "compares Weft with its peers; see benchmarks/compare.cc");
  absl::ParseCommandLine(argc, argv);
  try {
    return weft::benchmarks::Compare();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
