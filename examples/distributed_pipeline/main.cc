// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The work of job_pipeline as jobs, which processes on any number of machines
// do: whoever finds the files submits a job for each, which reads, splits,
// counts, compresses and hashes it, and merges the results in the order of the
// files.
//
//   ./bazelw run //examples:distributed_pipeline -- --demo
//   ./bazelw run //examples:distributed_pipeline -- --submit README.md docs
//
//   nats-server --jetstream &
//   E=--engine=nats://127.0.0.1:4222
//   ./bazelw run //examples:distributed_pipeline -- $E --worker &
//   ./bazelw run //examples:distributed_pipeline -- $E --submit README.md docs
//
// The engine is chosen by a flag, and the code is the same. Each job has a
// trace and a tenant, which a storage holds. They reach the handler by the
// propagator, and the result says what the handler has seen: one that has
// another file's is told. A file that cannot be read costs that file; Ctrl-C
// and SIGTERM end the intake, and what has been submitted, or taken by a
// worker, is brought to its end.
//
// With --record=FILE a process records there what it does; weft_trace makes one
// trace of the files of several, with arrows from submissions to workers and
// back. With --debug_port=8081 a worker shows what it does on
// http://127.0.0.1:8081/, with what became of its jobs.
//
// With --demo worker processes and the NATS server are killed while they work
// on thousands of files, and started again; then it is counted what has become
// of each job.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <random>
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
#include "weft/examples/distributed_pipeline/demo/demo.h"
#include "weft/examples/distributed_pipeline/engines.h"
#include "weft/examples/distributed_pipeline/file_worker.h"
#include "weft/examples/distributed_pipeline/submission.h"
#include "weft/examples/distributed_pipeline/work_context.h"
#include "weft/examples/printable.h"
#include "weft/examples/process/command_line.h"
#include "weft/examples/process/debug_server.h"
#include "weft/examples/process/interruption.h"
#include "weft/examples/process/trace_file.h"
#include "weft/examples/text_files/file_list.h"
#include "weft/examples/text_files/totals.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/jobs/job_metrics.h"
#include "weft/observe/level.h"
#include "weft/observe/trace/flight_recorder.h"

ABSL_FLAG(bool, demo, false,
          "show that no job is lost, done twice or mixed up, and exit");
ABSL_FLAG(bool, submit, false,
          "submit the files or folders that are named, and print the result");
ABSL_FLAG(bool, worker, false,
          "do jobs that others submit, until Ctrl-C or SIGTERM");
ABSL_FLAG(
    std::string, engine, distributed_pipeline::kInProcess,
    "what keeps the jobs: in_process, for --submit, and this process does "
    "them; or a NATS server with JetStream, nats://host:port");
ABSL_FLAG(int, threads, weft::HardwareConcurrency(),
          "how many threads work, 1 to 1024");
ABSL_FLAG(int, lease_ms, 30'000,
          "after how long without a sign of life of its worker a job is "
          "another's, in milliseconds, 100 to 3600000");
ABSL_FLAG(std::string, log, "",
          "the file to add a line to for each attempt to do a job: tenant, "
          "trace and path; empty: none");
ABSL_FLAG(std::string, record, "",
          "with --submit or --worker: the file that what the process does is "
          "recorded in, for weft_trace; empty: none");
ABSL_FLAG(
    std::optional<int>, debug_port, std::nullopt,
    "with --worker: port on 127.0.0.1, 0 to 65535, of a page that shows what "
    "the process is doing; 0: any that is free; default: none");
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

ABSL_FLAG(std::int64_t, demo_files, 20'000,
          "with --demo: how many files, 100 to 1000000");
ABSL_FLAG(int, demo_workers, 4,
          "with --demo: how many worker processes, 1 to 64");
ABSL_FLAG(
    std::int64_t, demo_server_kills, -1,
    "with --demo: how often the server is killed, 0 to 10000; -1: once in "
    "5000 files, and once at least");
ABSL_FLAG(int, demo_server_kill_ms, 0,
          "with --demo: the server is killed each time so many milliseconds "
          "have passed, 500 to 3600000; 0: as --demo_server_kills says");
ABSL_FLAG(std::optional<std::uint64_t>, demo_seed, std::nullopt,
          "with --demo: what the files and the kills follow from; default: "
          "another one each time, which is told");

namespace distributed_pipeline {
namespace {

using examples::CheckOutput;
using examples::CheckRange;
using examples::UsageError;
using text_files::ListedFile;

// Throws UsageError.
void CheckFlags() {
  const std::string engine = absl::GetFlag(FLAGS_engine);
  if (!IsEngine(engine)) {
    throw UsageError(absl::StrCat("--engine=", examples::Printable(engine),
                                  " must be in_process or nats://host:port"));
  }
  if (absl::GetFlag(FLAGS_worker) && engine == kInProcess) {
    throw UsageError(
        "--worker: no other process sees the jobs of --engine=in_process; give "
        "--engine=nats://host:port");
  }
  if (absl::GetFlag(FLAGS_demo) && engine != kInProcess) {
    throw UsageError(
        "--demo: it has an engine of its own; --engine is not for it");
  }
  CheckRange("threads", absl::GetFlag(FLAGS_threads), 1,
             weft::ExecutorOptions::kMaxConcurrency);
  CheckRange("tokens", absl::GetFlag(FLAGS_tokens), 1, 65536);
  CheckRange("level", absl::GetFlag(FLAGS_level), 1, 9);
  CheckRange("max_megabytes", absl::GetFlag(FLAGS_max_megabytes), 1, 1'000'000);
  CheckRange("top", absl::GetFlag(FLAGS_top), 0, 1000);
  CheckRange("lease_ms", absl::GetFlag(FLAGS_lease_ms), 100, 3'600'000);
  CheckRange("demo_files", absl::GetFlag(FLAGS_demo_files), 100, 1'000'000);
  CheckRange("demo_workers", absl::GetFlag(FLAGS_demo_workers), 1, 64);
  CheckRange("demo_server_kills", absl::GetFlag(FLAGS_demo_server_kills), -1,
             10'000);
  if (absl::GetFlag(FLAGS_demo_server_kill_ms) != 0) {
    CheckRange("demo_server_kill_ms", absl::GetFlag(FLAGS_demo_server_kill_ms),
               500, 3'600'000);
  }
  if (const std::optional<int> port = absl::GetFlag(FLAGS_debug_port)) {
    CheckRange("debug_port", *port, 0, 65535);
  }
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

std::chrono::milliseconds Lease() {
  return std::chrono::milliseconds(absl::GetFlag(FLAGS_lease_ms));
}

// Throws std::system_error if there can be no such file.
void StartRecording() {
  const std::string file = absl::GetFlag(FLAGS_record);
  if (!file.empty()) weft::observe::StartFlightRecorder({.file = file});
  if (!file.empty()) weft::observe::SetLevel(weft::observe::Level::kFull);
}

int RunWorker() {
  const int threads = absl::GetFlag(FLAGS_threads);
  StartRecording();
  const WorkContext context;
  const AttemptLog log(absl::GetFlag(FLAGS_log));
  examples::InterruptBy({SIGINT, SIGTERM},
                        "distributed_pipeline: interrupted; no more jobs\n");
  weft::Executor executor({.concurrency = threads, .thread_name = "jobs"});
  const auto engine = MakeEngine(absl::GetFlag(FLAGS_engine), executor);
  const FileWorker worker(*engine, executor, context, log, threads, Lease());
  std::optional<examples::DebugServer> debugging;
  if (const std::optional<int> port = absl::GetFlag(FLAGS_debug_port)) {
    if (absl::GetFlag(FLAGS_record).empty()) {
      examples::StartObserving(weft::observe::Level::kFlight);
    }
    debugging.emplace(
        static_cast<std::uint16_t>(*port), "distributed_pipeline",
        std::vector<examples::DebugServer::Shown>{{"jobs", executor}}, [&] {
          return weft::jobs::JobMetrics(
              {.workers = {{"files", worker.stats()}},
               .engines = {{"files", engine->counts()}}});
        });
    std::cerr << "debug page on http://127.0.0.1:" << debugging->port() << "/"
              << std::endl;
  }
  examples::WaitForInterruption();
  return EXIT_SUCCESS;
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
  StartRecording();
  const WorkContext context;
  const AttemptLog log(absl::GetFlag(FLAGS_log));
  text_files::Totals totals(files.size());
  examples::InterruptBy({SIGINT, SIGTERM},
                        "distributed_pipeline: interrupted; no more files\n");
  weft::Executor executor({.concurrency = threads, .thread_name = "jobs"});
  const std::string engine_name = absl::GetFlag(FLAGS_engine);
  const auto engine = MakeEngine(engine_name, executor);
  std::optional<FileWorker> worker;
  if (engine_name == kInProcess) {
    worker.emplace(*engine, executor, context, log, threads, Lease());
  }
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  SubmissionResult result;
  Submit(files, *engine, executor, context,
         {.tenant_of = [tenant = absl::GetFlag(FLAGS_tenant)](
                           std::size_t) { return tenant; },
          .level = absl::GetFlag(FLAGS_level),
          .max_bytes =
              std::int64_t{1'000'000} * absl::GetFlag(FLAGS_max_megabytes),
          .tokens = static_cast<std::size_t>(absl::GetFlag(FLAGS_tokens))},
         totals, result);
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
  const std::vector<std::string> paths(arguments.begin() + 1, arguments.end());
  const bool is_demo = absl::GetFlag(FLAGS_demo);
  const bool is_submit = absl::GetFlag(FLAGS_submit);
  const bool is_worker = absl::GetFlag(FLAGS_worker);
  if (is_demo + is_submit + is_worker != 1) {
    throw UsageError("one of --demo, --submit and --worker must be given");
  }
  if (is_submit) return RunSubmit(paths);
  if (!paths.empty()) {
    throw UsageError(absl::StrCat("unexpected argument: ",
                                  examples::Printable(paths.front())));
  }
  if (is_worker) return RunWorker();
  examples::InterruptBy({SIGINT, SIGTERM},
                        "distributed_pipeline: interrupted; no more files\n");
  const std::uint64_t any_seed = std::random_device()();
  return RunDemo({.files = absl::GetFlag(FLAGS_demo_files),
                  .workers = absl::GetFlag(FLAGS_demo_workers),
                  .server_kills = absl::GetFlag(FLAGS_demo_server_kills),
                  .server_kill_period = std::chrono::milliseconds(
                      absl::GetFlag(FLAGS_demo_server_kill_ms)),
                  .seed = absl::GetFlag(FLAGS_demo_seed).value_or(any_seed)});
}

}  // namespace
}  // namespace distributed_pipeline

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Says what is in text files, by jobs: distributed_pipeline --submit "
      "[flags] files or folders.\nOr does the jobs: --worker. Or shows how "
      "safe "
      "they are: --demo.\nExit status: 0 if all is well, 1 if a file "
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
