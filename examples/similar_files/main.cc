// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Finds text files that are alike, in folders: a graph of jobs, in which
// coroutines read the files and parallel loops compare them.
//
//   ./bazelw run //examples:similar_files
//   ./bazelw run //examples:similar_files -- --percent=50 --seconds=10 src lib
//
// With --seconds the search has a deadline, and Ctrl-C cancels it: whatever has
// not begun then does not run, coroutines that wait are resumed, loops end
// before their next part; and the program says how far it came.

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "weft/examples/printable.h"
#include "weft/examples/process/command_line.h"
#include "weft/examples/process/interruption.h"
#include "weft/examples/similar_files/search.h"
#include "weft/weft.h"

ABSL_FLAG(int, workers, weft::HardwareConcurrency(),
          "how many threads work, 1 to 1024");
ABSL_FLAG(int, percent, 80,
          "how much alike files must be to be listed, 1 to 100");
ABSL_FLAG(double, seconds, 0,
          "how long the search may take, 0 to 86400; 0: as long as it takes");
ABSL_FLAG(int, open_files, 64, "how many files are read at a time, 1 to 1024");
ABSL_FLAG(int, max_megabytes, 64,
          "files with more than so many million bytes fail, 1 to 1000");
ABSL_FLAG(int, top, 20, "how many pairs to list, 0 to 1000000");

namespace similar_files {
namespace {

using examples::CheckOutput;
using examples::CheckRange;
using examples::InterruptedBy;
using examples::Printable;
using std::chrono_literals::operator""ms;

// Cancels when a signal has come. Ends when it is cancelled itself.
weft::Task<> CancelAtSignal(weft::Executor& executor,
                            weft::CancellationSource& cancelled) {
  while (InterruptedBy() == 0) co_await weft::Sleep(executor, 20ms);
  cancelled.Cancel();
}

// Runs the search. Returns "", or why it has ended before its time.
std::string RunWithin(Search& search, weft::Deadline deadline,
                      weft::Executor& executor,
                      weft::BlockingExecutor& blocking) {
  weft::CancellationSource interrupted;
  weft::CancellationSource has_ended;
  weft::Future<void> watch;
  {
    const weft::CancellationScope scope(has_ended.token());
    watch = weft::Spawn(executor, CancelAtSignal(executor, interrupted));
  }
  std::string why;
  try {
    const weft::CancellationScope cancellation(interrupted.token());
    const weft::DeadlineScope limit(deadline);
    search.Run(executor, blocking);
  } catch (const weft::CancelledError&) {
    why = "interrupted";
  } catch (const weft::DeadlineExceededError&) {
    why = "no time is left";
  } catch (const weft::JobGraphError& error) {
    // The job in which the limit was met: it says so by what it threw.
    if (interrupted.token().is_cancelled()) {
      why = "interrupted";
    } else if (deadline.has_passed()) {
      why = "no time is left";
    } else {
      has_ended.Cancel();
      watch.Wait();
      throw;
    }
  }
  has_ended.Cancel();
  watch.Wait();
  return why;
}

int Main(const std::vector<char*>& arguments) {
  const int workers = absl::GetFlag(FLAGS_workers);
  const int percent = absl::GetFlag(FLAGS_percent);
  const double seconds = absl::GetFlag(FLAGS_seconds);
  const int open_files = absl::GetFlag(FLAGS_open_files);
  const int max_megabytes = absl::GetFlag(FLAGS_max_megabytes);
  const int top = absl::GetFlag(FLAGS_top);
  CheckRange("workers", workers, 1, weft::ExecutorOptions::kMaxConcurrency);
  CheckRange("percent", percent, 1, 100);
  if (!(seconds >= 0 && seconds <= 86400)) {
    throw examples::UsageError(absl::StrFormat(
        "--seconds is %g; it must be from 0 to 86400", seconds));
  }
  CheckRange("open_files", open_files, 1, 1024);
  CheckRange("max_megabytes", max_megabytes, 1, 1000);
  CheckRange("top", top, 0, 1'000'000);
  CheckOutput();  // before a file takes its descriptor

  std::vector<std::string> paths(arguments.begin() + 1, arguments.end());
  examples::GoToUsersFolder(paths);
  if (paths.empty()) paths.push_back(".");
  Search search({paths, static_cast<double>(percent),
                 static_cast<std::size_t>(open_files),
                 std::int64_t{1'000'000} * max_megabytes});
  examples::InterruptBy({SIGINT, SIGTERM}, "similar_files: interrupted\n");
  const weft::Deadline deadline =
      seconds == 0 ? weft::Deadline::Never()
                   : weft::Deadline::In(std::chrono::duration<double>(seconds));
  std::string why;
  {
    weft::BlockingExecutor blocking;
    weft::Executor executor({.concurrency = workers});
    why = RunWithin(search, deadline, executor, blocking);
  }

  std::size_t listed = 0;
  for (const Pair& pair : search.pairs()) {
    if (listed++ == static_cast<std::size_t>(top)) break;
    std::cout << absl::StrFormat("%5.1f %%  %s  %s\n", pair.likeness,
                                 Printable(search.files()[pair.first].path),
                                 Printable(search.files()[pair.second].path));
  }
  if (!why.empty()) {
    std::cout << why << ": " << search.fingerprinted() << " of "
              << search.files().size() << " files read\n";
    CheckOutput();
    const int signal = InterruptedBy();
    return signal == 0 ? EXIT_FAILURE : examples::kSignalBase + signal;
  }
  std::cout << "files=" << search.files().size()
            << " failed=" << search.failures()
            << " shingles=" << search.shingles()
            << " pairs=" << search.pairs().size() << '\n';
  CheckOutput();
  return search.failures() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace similar_files

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Finds text files that are alike: similar_files [flags] [files or "
      "folders].\nWithout any: the sources of this repository under `bazel "
      "run`, else the current folder.\nExit status: 0 if all is well, 1 if a "
      "file failed, time was up or the output cannot be written,\n2 if a flag "
      "is out of range, 128 and the signal's number if interrupted.");
  absl::FlagsUsageConfig usage;
  // --help shows the flags of this file.
  usage.contains_help_flags = [](auto file) {
    return absl::EndsWith(file, "similar_files/main.cc");
  };
  absl::SetFlagsUsageConfig(usage);
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  try {
    return similar_files::Main(arguments);
  } catch (const examples::UsageError& error) {
    std::cerr << "similar_files: " << error.what() << '\n';
    return examples::kBadUsage;
  } catch (const std::exception& error) {
    std::cerr << "similar_files: " << examples::Printable(error.what()) << '\n';
    return EXIT_FAILURE;
  }
}
