// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Weft and its peers, each with the same work, in one process and in turns. The
// workloads check their answers: a wrong one ends the program with 1; a budget
// that is missed does so with --check alone.
//
//   ./bazelw run -c opt //benchmarks:compare -- --filter 'fib|flat'

#include <regex.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
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
ABSL_FLAG(int, rounds, 9, "how often all is measured");
ABSL_FLAG(std::vector<std::string>, threads, {},
          "sizes of pools; default: 1, 2 and the number of processors");
ABSL_FLAG(std::string, json, "", "a file to write the rows to, as JSON");
ABSL_FLAG(bool, check, false, "exit with 1 if a budget is missed");

namespace weft::benchmarks {
namespace {

// One row, and how it is measured.
struct Entry {
  Row row;
  Measurement peer;
  bool once;
};

// The rows of one comparison with one size of pool: Weft is measured once for
// all of them.
struct Block {
  Measurement weft;
  int threads;
  std::vector<Entry> entries;
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

std::vector<Block> Plan() {
  const Filter filter(absl::GetFlag(FLAGS_filter));
  std::vector<Block> plan;
  for (const Comparison& comparison : AllComparisons()) {
    const std::set<int> sizes =
        comparison.threads ? std::set<int>{*comparison.threads} : PoolSizes();
    for (const int threads : sizes) {
      Block block = {comparison.weft, threads, {}};
      for (const Peer& peer : comparison.peers) {
        const std::string& benchmark = comparison.benchmark;
        const std::string name =
            benchmark + '/' + std::to_string(threads) + '/' + peer.name;
        if (threads < peer.least_threads) continue;
        if (!filter.IsFoundIn(name)) continue;
        Row row = {benchmark, threads, peer.name, {}, {}, {}};
        row.budget = Budget(benchmark, threads, peer.name);
        if (peer.measure != nullptr) row.of_peer.emplace();
        block.entries.push_back({row, peer.measure, comparison.once});
      }
      if (!block.entries.empty()) plan.push_back(block);
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

void MeasureBlock(Block& block, int round) {
  const bool once = block.entries.front().once;
  if (round > 0 && once) return;
  const double weft = MeasureQuietly(block.weft, block.threads, once);
  for (Entry& entry : block.entries) {
    entry.row.weft.Add(weft);
    if (entry.row.of_peer) {
      entry.row.of_peer->Add(MeasureQuietly(entry.peer, block.threads, once));
    }
  }
}

// The path as seen from where `bazel run` was called, if it was.
std::filesystem::path FromCaller(const std::string& path) {
  const char* const folder = std::getenv("BUILD_WORKING_DIRECTORY");
  return std::filesystem::path(folder == nullptr ? "" : folder) / path;
}

// Returns the exit code.
int Compare() {
  std::vector<Block> plan = Plan();
  const int rounds = std::max(1, absl::GetFlag(FLAGS_rounds));
  for (int round = 0; round < rounds; ++round) {
    std::cerr << "round " << round + 1 << " of " << rounds << '\n';
    for (Block& block : plan) {
      try {
        MeasureBlock(block, round);
      } catch (const WrongAnswer& wrong) {
        std::cerr << block.entries.front().row.benchmark << ", "
                  << block.threads << " threads: " << wrong.what() << '\n';
        return EXIT_FAILURE;
      }
    }
  }

  std::vector<Row> rows;
  for (const Block& block : plan) {
    for (const Entry& entry : block.entries) rows.push_back(entry.row);
  }
  std::cout << std::thread::hardware_concurrency() << " processors, oneTBB "
            << TBB_VERSION_MAJOR << '.' << TBB_VERSION_MINOR << ", "
            << __VERSION__ << ", " << rounds << " rounds\n\n";
  PrintTable(rows, std::cout);
  if (const std::string path = absl::GetFlag(FLAGS_json); !path.empty()) {
    std::ofstream file(FromCaller(path));
    WriteJson(rows, file);
    if (!file.flush()) {
      std::cerr << path << ": cannot be written\n";
      return EXIT_FAILURE;
    }
  }
  return absl::GetFlag(FLAGS_check) && Missed(rows) > 0 ? EXIT_FAILURE
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
