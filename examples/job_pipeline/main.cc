// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Reads text files and says what is in them: a pipeline that reads, splits,
// counts, compresses (with zlib) and merges, several files at a time.
//
//   ./bazelw run //examples:job_pipeline
//   ./bazelw run //examples:job_pipeline -- --verbose README.md docs
//
// Each file is a job. The source of the pipeline enters it into a storage; what
// the stages log, wherever they run, bears its number and its name. A file that
// cannot be read costs that file; Ctrl-C ends the intake, and what has begun is
// brought to its end. SIGTERM ends it at once: there is nothing to save.
//
// With --trace=FILE what each thread did last is written there, for the
// performance panel of Chrome's developer tools. With --debug_port=8081,
// http://127.0.0.1:8081/ shows what the process is doing.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "weft/examples/job_pipeline/job.h"
#include "weft/examples/job_pipeline/job_log.h"
#include "weft/examples/job_pipeline/stage_times.h"
#include "weft/examples/printable.h"
#include "weft/examples/process/command_line.h"
#include "weft/examples/process/debug_server.h"
#include "weft/examples/process/interruption.h"
#include "weft/examples/process/trace_file.h"
#include "weft/examples/text_files/file_list.h"
#include "weft/examples/text_files/file_steps.h"
#include "weft/examples/text_files/totals.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/observe/level.h"
#include "weft/pipelines/pipeline.h"

ABSL_FLAG(int, workers, weft::HardwareConcurrency(),
          "how many threads work, 1 to 1024");
ABSL_FLAG(int, tokens, 0,
          "how many files are worked on at a time, and held in memory: 1 to "
          "65536; 0: twice the workers");
ABSL_FLAG(int, level, 6, "how hard to compress, 1 (fast) to 9 (small)");
ABSL_FLAG(int, max_megabytes, 1024,
          "files with more than so many million bytes fail, 1 to 1000000");
ABSL_FLAG(int, top, 10,
          "how many of the most frequent words to list, 0 to 1000");
ABSL_FLAG(bool, verbose, false, "log every step of every file");
ABSL_FLAG(std::string, trace, "", "the file to write a trace of the run to");
ABSL_FLAG(
    std::optional<int>, debug_port, std::nullopt,
    "port on 127.0.0.1, 0 to 65535, of a page that shows what the process "
    "is doing; 0: any that is free; default: none");

namespace job_pipeline {
namespace {

using examples::CheckOutput;
using examples::CheckRange;
using examples::InterruptedBy;
using text_files::CountedText;
using text_files::FileFacts;
using text_files::ListedFile;
using text_files::SplitText;
using text_files::Text;

// Without any: the sources of this repository, or the current folder.
std::vector<std::string> Paths(const std::vector<char*>& arguments) {
  std::vector<std::string> paths(arguments.begin() + 1, arguments.end());
  examples::GoToUsersFolder(paths);
  if (paths.empty()) paths.push_back(".");
  return paths;
}

// What the stage threw, without where.
std::string Reason(const weft::PipelineError& error) {
  try {
    error.rethrow_nested();
  } catch (const std::exception& reason) {
    return reason.what();
  }
}

// Runs all files through the pipeline, or as many as come before a signal.
void Process(const std::vector<ListedFile>& files, const JobStorage& job,
             const JobLog& log, StageTimes& times, text_files::Totals& totals,
             weft::Executor& executor, std::size_t tokens) {
  using weft::StageMode;
  const auto next_file =
      [&, next = std::size_t{0}]() mutable -> std::optional<ListedFile> {
    if (next == files.size() || InterruptedBy() != 0) return std::nullopt;
    const ListedFile& file = files[next++];
    job.EnterWith(Job{static_cast<int>(next), file.path});
    return file;
  };
  const std::int64_t max_bytes =
      std::int64_t{1'000'000} * absl::GetFlag(FLAGS_max_megabytes);
  const auto read = [&](const ListedFile& file) {
    Text text = text_files::ReadText(file, max_bytes);
    log.Step(absl::StrCat("read ", text.content.size(), " bytes"));
    return text;
  };
  const auto split = [&](Text text) {
    SplitText result = text_files::Split(std::move(text));
    log.Step(absl::StrCat("split into ", result.lines, " lines, ",
                          result.words.size(), " words"));
    return result;
  };
  const auto count = [&](SplitText text) {
    CountedText result = text_files::CountWords(std::move(text));
    log.Step(absl::StrCat("counted ", result.word_counts.size(),
                          " different words"));
    return result;
  };
  const auto compress = [&,
                         level = absl::GetFlag(FLAGS_level)](CountedText text) {
    FileFacts facts = text_files::Compress(std::move(text), level);
    log.Step(absl::StrCat("compressed to ", facts.compressed_bytes, " bytes"));
    return facts;
  };
  const auto merge = [&](const FileFacts& facts) {
    totals.Add(facts);
    log.Step("merged");
  };
  weft::Pipeline("find", next_file)
      .Then(StageMode::kParallel, "read", times.Measure("read", read))
      .Then(StageMode::kParallel, "split", times.Measure("split", split))
      .Then(StageMode::kParallel, "count", times.Measure("count", count))
      .Then(StageMode::kParallel, "compress",
            times.Measure("compress", compress))
      .Then(StageMode::kSerialInOrder, "merge", times.Measure("merge", merge))
      .Run(executor, {.tokens = tokens,
                      .on_item_error = [&](const weft::PipelineError& error) {
                        const std::string reason = Reason(error);
                        log.Problem(absl::StrCat(error.stage(), ": ", reason));
                        const Job& failed = *job.GetStore();
                        totals.AddFailure(failed.id, failed.file, reason);
                      }});
}

int Main(const std::vector<char*>& arguments) {
  const int workers = absl::GetFlag(FLAGS_workers);
  const int tokens = absl::GetFlag(FLAGS_tokens);
  const int top = absl::GetFlag(FLAGS_top);
  CheckRange("workers", workers, 1, weft::ExecutorOptions::kMaxConcurrency);
  CheckRange("tokens", tokens, 0, 65536);
  CheckRange("level", absl::GetFlag(FLAGS_level), 1, 9);
  CheckRange("max_megabytes", absl::GetFlag(FLAGS_max_megabytes), 1, 1'000'000);
  CheckRange("top", top, 0, 1000);
  const std::optional<int> debug_port = absl::GetFlag(FLAGS_debug_port);
  if (debug_port) CheckRange("debug_port", *debug_port, 0, 65535);
  const std::string trace = absl::GetFlag(FLAGS_trace);
  CheckOutput();  // before a file takes its descriptor

  const std::vector<ListedFile> files = text_files::ListFiles(Paths(arguments));
  if (files.empty()) {
    std::cout << "no files\n";
    CheckOutput();
    return EXIT_SUCCESS;
  }
  const JobStorage job;
  const JobLog log(job, absl::GetFlag(FLAGS_verbose) ? Verbosity::kSteps
                                                     : Verbosity::kProblems);
  StageTimes times;
  text_files::Totals totals(files.size());
  if (!trace.empty()) {
    examples::StartObserving(weft::observe::Level::kFull);
  } else if (debug_port) {
    examples::StartObserving(weft::observe::Level::kFlight);
  }
  weft::Executor executor({.concurrency = workers, .thread_name = "jobs"});
  std::optional<examples::DebugServer> debugging;
  if (debug_port) {
    debugging.emplace(
        static_cast<std::uint16_t>(*debug_port), "job_pipeline",
        std::vector<examples::DebugServer::Shown>{{"jobs", executor}});
    std::cerr << "debug page on http://127.0.0.1:" << debugging->port() << "/"
              << std::endl;
  }
  examples::InterruptBy({SIGINT}, "job_pipeline: interrupted; no more files\n");
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  Process(files, job, log, times, totals, executor,
          static_cast<std::size_t>(tokens > 0 ? tokens : 2 * workers));
  const std::chrono::duration<double> elapsed = Clock::now() - start;
  if (!trace.empty()) examples::WriteTrace(trace);

  totals.Print(std::cout, static_cast<std::size_t>(top));
  std::cout << absl::StrFormat(
                   "time        %.3f s, %.1f MB/s, %d workers\n",
                   elapsed.count(),
                   static_cast<double>(totals.bytes()) / 1e6 / elapsed.count(),
                   workers)
            << "stages     ";
  for (const StageTimes::Entry& entry : times.entries()) {
    // relaxed: the pipeline has ended.
    const auto spent = entry.nanoseconds.load(std::memory_order_relaxed);
    std::cout << absl::StrFormat(" %s=%.3fs", entry.stage,
                                 static_cast<double>(spent) / 1e9);
  }
  std::cout << '\n';
  totals.PrintFailures(std::cout);
  if (const int signal = InterruptedBy(); signal != 0) {
    std::cout << "interrupted by signal " << signal << '\n';
    CheckOutput();
    return examples::kSignalBase + signal;
  }
  CheckOutput();
  return totals.has_failures() ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace
}  // namespace job_pipeline

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Says what is in text files: job_pipeline [flags] [files or folders].\n"
      "Without any: the sources of this repository under `bazel run`, else the "
      "current folder.\nExit status: 0 if all is well, 1 if a file failed or "
      "the output cannot be written,\n2 if a flag is out of range, 128 and the "
      "signal's number if interrupted.");
  absl::FlagsUsageConfig usage;
  // --help shows the flags of this file.
  usage.contains_help_flags = [](auto file) {
    return absl::EndsWith(file, "job_pipeline/main.cc");
  };
  absl::SetFlagsUsageConfig(usage);
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  try {
    return job_pipeline::Main(arguments);
  } catch (const examples::UsageError& error) {
    std::cerr << "job_pipeline: " << error.what() << '\n';
    return examples::kBadUsage;
  } catch (const std::exception& error) {
    std::cerr << "job_pipeline: " << examples::Printable(error.what()) << '\n';
    return EXIT_FAILURE;
  }
}
