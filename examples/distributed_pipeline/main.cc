// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The work of job_pipeline as jobs: whoever finds the files submits a job for
// each, which reads, splits, counts, compresses and hashes it, and merges the
// results in the order of the files.
//
//   ./bazelw run //examples:distributed_pipeline -- --submit README.md docs
//
// Each job has a trace and a tenant, which a storage holds. They reach the
// handler by the propagator, and the result says what the handler has seen: one
// that has another file's is told. A file that cannot be read costs that file;
// Ctrl-C and SIGTERM end the intake, and what has been submitted is brought to
// its end.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "weft/examples/distributed_pipeline/attempt_log.h"
#include "weft/examples/distributed_pipeline/file_worker.h"
#include "weft/examples/distributed_pipeline/submission.h"
#include "weft/examples/distributed_pipeline/work_context.h"
#include "weft/examples/printable.h"
#include "weft/examples/process/command_line.h"
#include "weft/examples/process/interruption.h"
#include "weft/examples/text_files/file_list.h"
#include "weft/examples/text_files/totals.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/jobs/in_process.h"

ABSL_FLAG(bool, submit, false,
          "submit the files or folders that are named, and print the result");
ABSL_FLAG(std::string, engine, "in_process",
          "what keeps the jobs: in_process, and this process does them");
ABSL_FLAG(int, threads, weft::HardwareConcurrency(),
          "how many threads work, 1 to 1024");
ABSL_FLAG(std::string, log, "",
          "the file to add a line to for each attempt to do a job: tenant, "
          "trace and path; empty: none");
ABSL_FLAG(std::string, tenant, "nobody",
          "with --submit: for whom the work is done; travels with each job: 1 "
          "to 64 letters, digits, '-', '_' and '.'");
ABSL_FLAG(int, tokens, 4096,
          "with --submit: how many files may be submitted and not yet merged, "
          "1 to 65536");
ABSL_FLAG(int, level, 6,
          "with --submit: how hard to compress, 1 (fast) to 9 (small)");
ABSL_FLAG(int, max_megabytes, 1024,
          "with --submit: files with more than so many million bytes fail, 1 "
          "to 1000000");
ABSL_FLAG(int, top, 10,
          "with --submit: how many of the most frequent words to list, 0 to "
          "1000");

namespace distributed_pipeline {
namespace {

using examples::CheckOutput;
using examples::CheckRange;
using examples::UsageError;
using text_files::ListedFile;

// A job is given up if a worker that has it gives no sign of life for so long,
// several times.
constexpr std::chrono::seconds kLease(30);

// Throws UsageError.
void CheckFlags() {
  const std::string engine = absl::GetFlag(FLAGS_engine);
  if (engine != "in_process") {
    throw UsageError(absl::StrCat("--engine=", examples::Printable(engine),
                                  " must be in_process"));
  }
  CheckRange("threads", absl::GetFlag(FLAGS_threads), 1,
             weft::ExecutorOptions::kMaxConcurrency);
  CheckRange("tokens", absl::GetFlag(FLAGS_tokens), 1, 65536);
  CheckRange("level", absl::GetFlag(FLAGS_level), 1, 9);
  CheckRange("max_megabytes", absl::GetFlag(FLAGS_max_megabytes), 1, 1'000'000);
  CheckRange("top", absl::GetFlag(FLAGS_top), 0, 1000);
  const std::string tenant = absl::GetFlag(FLAGS_tenant);
  if (!IsTenant(tenant)) {
    throw UsageError(
        absl::StrCat("--tenant=", examples::Printable(tenant),
                     " must have 1 to 64 letters, digits, '-', '_' and '.'"));
  }
}

// With absolute paths, as whoever works on them may be in another folder.
std::vector<ListedFile> FilesOf(std::vector<std::string> paths) {
  examples::GoToUsersFolder(paths);
  for (std::string& path : paths) path = std::filesystem::absolute(path);
  return text_files::ListFiles(paths);
}

int RunSubmit(const std::vector<std::string>& paths) {
  if (paths.empty()) throw UsageError("--submit: no files or folders");
  CheckOutput();  // before a file takes its descriptor
  const std::vector<ListedFile> files = FilesOf(paths);
  if (files.empty()) {
    std::cout << "no files\n";
    CheckOutput();
    return EXIT_SUCCESS;
  }
  const int threads = absl::GetFlag(FLAGS_threads);
  const WorkContext context;
  const AttemptLog log(absl::GetFlag(FLAGS_log));
  text_files::Totals totals(files.size());
  examples::InterruptBy({SIGINT, SIGTERM},
                        "distributed_pipeline: interrupted; no more files\n");
  weft::Executor executor({.concurrency = threads, .thread_name = "jobs"});
  weft::jobs::InProcess engine(executor);
  const FileWorker worker(engine, executor, context, log, threads, kLease);
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const SubmissionResult result =
      Submit(files, engine, executor, context,
             {.tenant_of = [tenant = absl::GetFlag(FLAGS_tenant)](
                               std::size_t) { return tenant; },
              .level = absl::GetFlag(FLAGS_level),
              .max_bytes =
                  std::int64_t{1'000'000} * absl::GetFlag(FLAGS_max_megabytes),
              .tokens = static_cast<std::size_t>(absl::GetFlag(FLAGS_tokens))},
             totals);
  const std::chrono::duration<double> elapsed = Clock::now() - start;

  totals.Print(std::cout, static_cast<std::size_t>(absl::GetFlag(FLAGS_top)));
  std::cout << absl::StrFormat(
      "time        %.3f s, %.0f jobs/s\n", elapsed.count(),
      static_cast<double>(result.trace_ids.size()) / elapsed.count());
  totals.PrintFailures(std::cout);
  if (result.mixed > 0) {
    std::cout << "mixed       " << result.mixed
              << " results of another file, tenant or trace\n";
  }
  if (const int signal = examples::InterruptedBy(); signal != 0) {
    std::cout << "interrupted by signal " << signal << '\n';
    CheckOutput();
    return examples::kSignalBase + signal;
  }
  CheckOutput();
  return totals.has_failures() || result.mixed > 0 ? EXIT_FAILURE
                                                   : EXIT_SUCCESS;
}

int Main(const std::vector<char*>& arguments) {
  CheckFlags();
  if (!absl::GetFlag(FLAGS_submit)) {
    throw UsageError("nothing to do: --submit is missing");
  }
  return RunSubmit({arguments.begin() + 1, arguments.end()});
}

}  // namespace
}  // namespace distributed_pipeline

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Says what is in text files, by jobs: distributed_pipeline --submit "
      "[flags] files or folders.\nExit status: 0 if all is well, 1 if a file "
      "failed or the output cannot be written,\n2 if a flag is out of range, "
      "128 and the signal's number if interrupted.");
  absl::FlagsUsageConfig usage;
  // --help shows the flags of this file.
  usage.contains_help_flags = [](auto file) {
    return absl::EndsWith(file, "distributed_pipeline/main.cc");
  };
  absl::SetFlagsUsageConfig(usage);
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  try {
    return distributed_pipeline::Main(arguments);
  } catch (const examples::UsageError& error) {
    std::cerr << "distributed_pipeline: " << error.what() << '\n';
    return examples::kBadUsage;
  } catch (const std::exception& error) {
    std::cerr << "distributed_pipeline: " << examples::Printable(error.what())
              << '\n';
    return EXIT_FAILURE;
  }
}
