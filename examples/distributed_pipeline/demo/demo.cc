// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/demo/demo.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <limits>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "weft/context/cancellation.h"
#include "weft/examples/distributed_pipeline/attempt_log.h"
#include "weft/examples/distributed_pipeline/counted_engine.h"
#include "weft/examples/distributed_pipeline/demo/demo_files.h"
#include "weft/examples/distributed_pipeline/demo/worker_fleet.h"
#include "weft/examples/distributed_pipeline/engines.h"
#include "weft/examples/distributed_pipeline/file_worker.h"
#include "weft/examples/distributed_pipeline/submission.h"
#include "weft/examples/distributed_pipeline/work_context.h"
#include "weft/examples/process/child_process.h"
#include "weft/examples/process/interruption.h"
#include "weft/examples/process/nats_server.h"
#include "weft/examples/text_files/file_list.h"
#include "weft/examples/text_files/totals.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"

namespace distributed_pipeline {
namespace {

using text_files::ListedFile;

using Clock = std::chrono::steady_clock;

// How often something is killed: a worker once in so many files, and at least
// so often; the server likewise.
constexpr std::int64_t kFilesAWorkerKill = 1000;
constexpr std::int64_t kWorkerKillsAtLeast = 2;
constexpr std::int64_t kFilesAServerKill = 5000;
constexpr std::int64_t kServerKillsAtLeast = 1;

constexpr std::chrono::milliseconds kNever(0);

// After so long without a sign of life of its worker a job is done by another.
constexpr std::chrono::milliseconds kLease(2000);
// Returns the time of a lease. A server that was started again delivers what
// was under way when a lease has passed, so it must be up for longer than that.
std::chrono::milliseconds LeaseOf(const DemoOptions& options) {
  constexpr int kLeasesBetweenKills = 4;
  return options.server_kill_period > kNever
             ? std::min(kLease,
                        options.server_kill_period / kLeasesBetweenKills)
             : kLease;
}

// After so long without an end of any job there will be none.
constexpr std::chrono::seconds kPatience(60);

constexpr std::size_t kTokens = 4096;
constexpr std::size_t kTenants = 7;

Tenant TenantOf(std::size_t number) {
  return absl::StrCat("tenant-", number % kTenants);
}

// A folder of the demo's own.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path =
        std::filesystem::temp_directory_path() / "weft-demo-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      throw std::runtime_error("cannot make a temporary folder");
    }
    path_ = path;
  }
  const std::string& path() const noexcept { return path_; }
  void Remove() const { std::filesystem::remove_all(path_); }

 private:
  std::string path_;
};

// Returns what there is to say of the files.
std::string RunFiles(const std::vector<ListedFile>& files,
                     weft::jobs::Engine& engine, weft::Executor& executor,
                     const WorkContext& context, SubmissionResult& result) {
  constexpr int kLevel = 6;
  constexpr std::int64_t kMaxBytes = 1'000'000;
  constexpr std::size_t kTopWords = 1000;
  text_files::Totals totals(files.size());
  Submit(files, engine, executor, context,
         {.tenant_of = TenantOf,
          .level = kLevel,
          .max_bytes = kMaxBytes,
          .tokens = kTokens},
         totals, result);
  std::ostringstream text;
  totals.Print(text, kTopWords);
  totals.PrintFailures(text);
  return text.str();
}

std::string RunInProcess(const std::vector<ListedFile>& files,
                         weft::Executor& executor, int threads,
                         const WorkContext& context) {
  std::cout << "in this process:" << std::endl;
  const auto engine = MakeEngine(kInProcess, executor);
  const AttemptLog log("");
  const FileWorker worker(*engine, executor, context, log, threads, kLease);
  SubmissionResult result;
  return RunFiles(files, *engine, executor, context, result);
}

// Ends what waits for an engine that has gone.
class CancelAtEnd {
 public:
  explicit CancelAtEnd(weft::CancellationSource& source) : source_(source) {}
  CancelAtEnd(const CancelAtEnd&) = delete;
  CancelAtEnd& operator=(const CancelAtEnd&) = delete;
  ~CancelAtEnd() { source_.Cancel(); }

 private:
  weft::CancellationSource& source_;
};

// A kill -9, and when: after so many jobs have ended.
struct Kill {
  std::int64_t at;
  bool of_server;
  std::size_t worker;
};

// Some in the course of the run, none in its last third: enough is left to be
// done when the last one comes.
std::vector<Kill> PlanKills(const DemoOptions& options) {
  std::mt19937_64 random(options.seed);
  std::uniform_int_distribution<std::int64_t> any_time(0,
                                                       options.files * 2 / 3);
  std::uniform_int_distribution<int> any_worker(0, options.workers - 1);
  std::vector<Kill> kills;
  const auto plan = [&](std::int64_t many, bool of_server) {
    for (; many > 0; --many) {
      kills.push_back({any_time(random), of_server,
                       static_cast<std::size_t>(any_worker(random))});
    }
  };
  plan(std::max(options.files / kFilesAWorkerKill, kWorkerKillsAtLeast), false);
  std::int64_t server_kills = options.server_kills;
  if (server_kills < 0) {
    server_kills =
        options.server_kill_period > kNever
            ? 0
            : std::max(options.files / kFilesAServerKill, kServerKillsAtLeast);
  }
  plan(server_kills, true);
  std::sort(kills.begin(), kills.end(),
            [](const Kill& a, const Kill& b) { return a.at < b.at; });
  return kills;
}

// The ends of processes that a kill -9 has come to.
struct Killed {
  int workers = 0;
  int servers = 0;
  std::size_t as_planned = 0;
};

// Kills workers and the server as planned, and the server besides each `period`
// that has passed, until the run has ended. Cancels one that does not get on.
Killed KillUntilEnd(const std::future<std::string>& run, CountedEngine& engine,
                    const std::vector<Kill>& kills,
                    std::chrono::milliseconds period, WorkerFleet& workers,
                    examples::NatsServer& server,
                    weft::CancellationSource& cancellation) {
  constexpr std::chrono::milliseconds kBetweenLooks(100);
  constexpr std::chrono::seconds kNow(0);
  Killed killed;
  std::int64_t last_ended = 0;
  Clock::time_point last_change = Clock::now();
  Clock::time_point last_server_kill = Clock::now();
  auto next = kills.begin();
  while (run.wait_for(kNow) != std::future_status::ready) {
    if (examples::InterruptedBy() != 0) next = kills.end();
    const std::int64_t at = next != kills.end()
                                ? next->at
                                : std::numeric_limits<std::int64_t>::max();
    const std::int64_t ended = engine.WaitForEnds(at, kBetweenLooks);
    if (ended != last_ended) last_change = Clock::now();
    last_ended = ended;
    if (Clock::now() - last_change > kPatience) cancellation.Cancel();
    if (period > kNever && examples::InterruptedBy() == 0 &&
        Clock::now() - last_server_kill >= period) {
      killed.servers += server.Kill() ? 1 : 0;
      server.Restart();
      last_server_kill = Clock::now();
    }
    if (ended < at) continue;
    bool is_killed = false;
    if (!next->of_server) {
      is_killed = workers.Replace(next->worker);
      killed.workers += is_killed ? 1 : 0;
    } else {
      is_killed = server.Kill();
      killed.servers += is_killed ? 1 : 0;
      server.Restart();
    }
    killed.as_planned += is_killed ? 1 : 0;
    ++next;
  }
  return killed;
}

// The attempts that workers have begun.
struct Attempts {
  std::int64_t begun = 0;
  std::int64_t jobs = 0;   // that have one
  std::int64_t mixed = 0;  // of no job that was submitted
};

Attempts ReadAttempts(const std::string& file,
                      const std::vector<ListedFile>& files,
                      const SubmissionResult& submission) {
  std::set<std::string> submitted;
  for (std::size_t i = 0; i < submission.trace_ids.size(); ++i) {
    submitted.insert(
        AttemptLine(TenantOf(i), submission.trace_ids[i], files[i].path));
  }
  Attempts attempts;
  std::set<std::string> seen;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    ++attempts.begun;
    if (!submitted.contains(line)) {
      ++attempts.mixed;
    } else if (seen.insert(line).second) {
      ++attempts.jobs;
    }
  }
  return attempts;
}

// Prints what is wrong, if `is_right` is false.
bool Check(bool is_right, std::string_view wrong) {
  if (!is_right) std::cerr << "demo: " << wrong << '\n';
  return is_right;
}

// The run over worker processes. Returns whether all is well.
bool RunDistributed(const DemoOptions& options, const std::string& folder,
                    const std::vector<ListedFile>& files,
                    weft::Executor& executor, const WorkContext& context,
                    const std::string& expected) {
  const std::string attempt_file = absl::StrCat(folder, "/attempts");
  examples::NatsServer server(folder);
  std::cout << "by " << options.workers << " processes, over " << server.url()
            << ":" << std::endl;
  const auto engine = MakeEngine(server.url(), executor);
  CountedEngine counted(*engine);
  WorkerFleet workers(
      options.workers,
      {"--worker", absl::StrCat("--engine=", server.url()), "--threads=1",
       absl::StrCat("--lease_ms=", LeaseOf(options).count()),
       absl::StrCat("--log=", attempt_file)},
      absl::StrCat(folder, "/workers.log"));
  const std::vector<Kill> kills = PlanKills(options);
  weft::CancellationSource cancellation;
  SubmissionResult result;
  const Clock::time_point start = Clock::now();
  std::future<std::string> run = std::async(std::launch::async, [&] {
    const weft::CancellationScope cancellable(cancellation.token());
    return RunFiles(files, counted, executor, context, result);
  });
  const CancelAtEnd cancel_at_end(cancellation);
  const Killed killed =
      KillUntilEnd(run, counted, kills, options.server_kill_period, workers,
                   server, cancellation);
  const std::chrono::duration<double> elapsed = Clock::now() - start;
  std::string text;
  std::string problem;
  try {
    text = run.get();
  } catch (const std::exception& error) {
    problem = error.what();
  }
  const int bad_workers = workers.Stop();
  const EndCounts ends = counted.ends();
  const std::int64_t lost = ends.submitted - ends.ended;
  const Attempts attempts = ReadAttempts(attempt_file, files, result);
  const std::int64_t mixed = result.mixed + attempts.mixed;
  const bool is_whole = examples::InterruptedBy() == 0;
  // All are looked at, so that all that is wrong is told.
  const bool checks[] = {
      Check(problem.empty(), problem),
      Check(result.results == ends.submitted, "not all jobs have a result"),
      Check(attempts.jobs == ends.submitted,
            "not all jobs were begun by a worker"),
      Check(lost == 0 && ends.twice == 0 && mixed == 0,
            "jobs are lost, have two results, or are mixed up"),
      Check(bad_workers == 0, "a worker ended badly"),
      Check(!is_whole || ends.submitted == options.files,
            "not all files were submitted"),
      Check(!is_whole || killed.as_planned == kills.size(),
            "not all were killed that should have been"),
      Check(!is_whole || text == expected,
            "the result is not that of this process")};
  std::cout << "demo: jobs=" << ends.submitted << " results=" << result.results
            << " lost=" << lost << " twice=" << ends.twice << " mixed=" << mixed
            << " redelivered="
            << attempts.begun - attempts.jobs - attempts.mixed
            << " workers_killed=" << killed.workers
            << " server_killed=" << killed.servers << " jobs_per_second="
            << static_cast<std::int64_t>(static_cast<double>(result.results) /
                                         elapsed.count())
            << std::endl;
  return std::all_of(std::begin(checks), std::end(checks),
                     [](bool ok) { return ok; });
}

}  // namespace

int RunDemo(const DemoOptions& options) {
  const TemporaryFolder folder;
  std::cout << "demo: seed=" << options.seed << ", files and logs in "
            << folder.path() << std::endl;
  const std::string inputs = absl::StrCat(folder.path(), "/files");
  MakeDemoFiles(inputs, options.files, options.seed);
  const std::vector<ListedFile> files = text_files::ListFiles({inputs});
  const int threads = weft::HardwareConcurrency();
  const WorkContext context;
  weft::Executor executor({.concurrency = threads, .thread_name = "jobs"});
  const std::string alone = RunInProcess(files, executor, threads, context);
  const bool is_good =
      examples::InterruptedBy() == 0 &&
      RunDistributed(options, folder.path(), files, executor, context, alone);
  if (const int signal = examples::InterruptedBy(); signal != 0) {
    folder.Remove();
    std::cout << "interrupted by signal " << signal << std::endl;
    return examples::kSignalBase + signal;
  }
  if (!is_good) return EXIT_FAILURE;
  folder.Remove();
  return EXIT_SUCCESS;
}

}  // namespace distributed_pipeline
