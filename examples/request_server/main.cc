// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// An HTTP server whose log knows which request each line belongs to, wherever
// the line is written: the logger of Node's manual, across threads.
//
//   ./bazelw run //examples:request_server -- --demo
//   ./bazelw run //examples:request_server
//   curl -i -H 'X-Request-Id: ada' http://127.0.0.1:8080/hops
//
// Each request runs inside `storage.Run(id, ...)` and makes several
// asynchronous hops (handler.cc): tasks on other threads, a timer, a task
// group, a callback bound to the I/O thread. The log (request_log.cc) and the
// response (hop.cc) find the id in the storage; it is never passed as an
// argument. A hook (event_counts.cc) counts what happens.
//
// The id, the tenant, the trace, the baggage and the time that is left arrive
// in the header of a request (request-timeout-ms: 500) and go on in that of the
// requests which the server makes: with --upstream it calls another such
// server.
//
// With --demo, clients in this process make thousands of requests over loopback
// to a server here, which calls one in a second process, and check that each
// gets its own context back from each hop of both. With --trace=FILE besides,
// what each thread of this process did last is written there, for the
// performance panel of Chrome's developer tools.
//
// With --debug_port=8081, http://127.0.0.1:8081/ shows what the process is
// doing. How much of it is noted is for --observe to say.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/signal_set.hpp"
#include "weft/examples/printable.h"
#include "weft/examples/process/command_line.h"
#include "weft/examples/process/debug_server.h"
#include "weft/examples/process/trace_file.h"
#include "weft/examples/progress.h"
#include "weft/examples/request_server/demo/demo_clients.h"
#include "weft/examples/request_server/demo/server_process.h"
#include "weft/examples/request_server/event_counts.h"
#include "weft/examples/request_server/request_log.h"
#include "weft/examples/request_server/server.h"
#include "weft/executor/executor_options.h"
#include "weft/observe/level.h"
#include "weft/propagation/propagator.h"

ABSL_FLAG(bool, demo, false, "make requests to the server, check, and exit");
ABSL_FLAG(std::optional<int>, port, std::nullopt,
          "port on 127.0.0.1, 0 to 65535; 0: any that is free, as with --demo; "
          "otherwise 8080");
ABSL_FLAG(
    std::optional<int>, workers, std::nullopt,
    "how many requests are worked on at once, 1 to 1024; default: as many "
    "as there are processors, but at least 2");
ABSL_FLAG(int, waiting, 1024,
          "how many requests may wait for a worker, 1 to 1000000; to more the "
          "answer is 503");
ABSL_FLAG(
    int, deadline_ms, 10'000,
    "how long a request may take, in milliseconds, 1 to 3600000; then the "
    "answer is 503 or 504");
ABSL_FLAG(bool, context, true,
          "--nocontext: requests carry neither id nor deadline; to see what "
          "that costs, not with --demo");
ABSL_FLAG(
    int, upstream, 0,
    "port on 127.0.0.1, 1 to 65535, of another such server that each "
    "request of /hops calls; 0: none; not with --demo, which has its own");
ABSL_FLAG(std::string, trust, "continue",
          "what to take of the context that a client sends: continue, link "
          "(all but the trace) or ignore");
ABSL_FLAG(bool, relay, false,
          "answer POST /relay, which makes the calls that a request names on "
          "127.0.0.1: the service that the W3C's harness tests");
ABSL_FLAG(bool, log, true, "--nolog: print no line for what requests do");
ABSL_FLAG(std::int64_t, requests, 15'000,
          "with --demo: how many requests to make, 1 to 1000000000");
ABSL_FLAG(int, clients, 32,
          "with --demo: how many connections make them, 1 to 256");
ABSL_FLAG(std::string, trace, "",
          "with --demo: the file to write a trace of the run to");
ABSL_FLAG(
    std::optional<int>, debug_port, std::nullopt,
    "port on 127.0.0.1, 0 to 65535, of a page that shows what the process "
    "is doing; 0: any that is free; default: none");
ABSL_FLAG(std::optional<std::string>, observe, std::nullopt,
          "how much the process notes of what it does: off, counters, flight "
          "or full; default: full with --trace, flight with --debug_port, "
          "otherwise off");

namespace request_server {
namespace {

using examples::CheckRange;
using examples::UsageError;

struct Settings {
  ServerOptions server;
  DemoOptions demo;
  std::string trace;
  std::optional<std::uint16_t> debug_port;
  weft::observe::Level level;
};

// The page, if it is wanted.
using Debugging = std::optional<examples::DebugServer>;

// Throws UsageError.
weft::Trust TrustFromFlag(const std::string& name) {
  if (name == "continue") return weft::Trust::kContinue;
  if (name == "link") return weft::Trust::kLink;
  if (name == "ignore") return weft::Trust::kIgnore;
  throw UsageError(absl::StrCat("--trust=", examples::Printable(name),
                                " must be continue, link or ignore"));
}

// Throws UsageError.
weft::observe::Level LevelFromFlags() {
  using weft::observe::Level;
  const std::optional<std::string> name = absl::GetFlag(FLAGS_observe);
  if (!name) {
    if (!absl::GetFlag(FLAGS_trace).empty()) return Level::kFull;
    return absl::GetFlag(FLAGS_debug_port) ? Level::kFlight : Level::kOff;
  }
  if (*name == "off") return Level::kOff;
  if (*name == "counters") return Level::kCounters;
  if (*name == "flight") return Level::kFlight;
  if (*name == "full") return Level::kFull;
  throw UsageError(absl::StrCat("--observe=", examples::Printable(*name),
                                " must be off, counters, flight or full"));
}

// Throws UsageError, naming flag, value and range.
Settings SettingsFromFlags(bool is_demo) {
  const int port = absl::GetFlag(FLAGS_port).value_or(is_demo ? 0 : 8080);
  const int workers = absl::GetFlag(FLAGS_workers)
                          .value_or(std::max(2, weft::HardwareConcurrency()));
  const std::int64_t requests = absl::GetFlag(FLAGS_requests);
  const int clients = absl::GetFlag(FLAGS_clients);
  CheckRange("port", port, 0, 65535);
  CheckRange("workers", workers, 1, weft::ExecutorOptions::kMaxConcurrency);
  const int waiting = absl::GetFlag(FLAGS_waiting);
  const int deadline_ms = absl::GetFlag(FLAGS_deadline_ms);
  const int upstream = absl::GetFlag(FLAGS_upstream);
  CheckRange("upstream", upstream, 0, 65535);
  CheckRange("waiting", waiting, 1, 1'000'000);
  CheckRange("deadline_ms", deadline_ms, 1, 3'600'000);
  if (is_demo && !absl::GetFlag(FLAGS_context)) {
    throw UsageError("--nocontext: --demo checks the ids that it takes away");
  }
  const weft::Trust trust = TrustFromFlag(absl::GetFlag(FLAGS_trust));
  if (is_demo && (upstream != 0 || trust != weft::Trust::kContinue)) {
    throw UsageError("--upstream and --trust are not for --demo");
  }
  CheckRange("requests", requests, 1, 1'000'000'000);
  CheckRange("clients", clients, 1, 256);
  std::optional<std::uint16_t> debug_port;
  if (const std::optional<int> wanted = absl::GetFlag(FLAGS_debug_port)) {
    CheckRange("debug_port", *wanted, 0, 65535);
    debug_port = static_cast<std::uint16_t>(*wanted);
  }
  const weft::observe::Level level = LevelFromFlags();
  if (!absl::GetFlag(FLAGS_trace).empty()) {
    if (!is_demo) throw UsageError("--trace: only with --demo");
    if (level < weft::observe::Level::kFlight) {
      throw UsageError("--trace: only with --observe=flight or full");
    }
  }
  return {
      .server = {.port = static_cast<std::uint16_t>(port),
                 .workers = workers,
                 .handling = {.waiting = static_cast<std::size_t>(waiting),
                              .deadline =
                                  std::chrono::milliseconds(deadline_ms),
                              .context = absl::GetFlag(FLAGS_context),
                              .trust = trust,
                              .upstream = static_cast<std::uint16_t>(upstream),
                              .relay = absl::GetFlag(FLAGS_relay)}},
      .demo = {.clients = clients,
               .requests = requests,
               .time = std::chrono::milliseconds(deadline_ms)},
      .trace = absl::GetFlag(FLAGS_trace),
      .debug_port = debug_port,
      .level = level};
}

void PrintLogEntry(const LogEntry& entry) {
  // One call, so that lines stay whole.
  const std::string line = FormatLogEntry(entry) + '\n';
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

void PrintAddress(const Server& server, int workers) {
  std::cout << "listening on http://127.0.0.1:" << server.port() << "/hops, "
            << workers << " workers" << std::endl;
}

// Throws std::runtime_error if it cannot listen there.
void StartDebugging(const Settings& settings, const Server& server,
                    Debugging& debugging) {
  if (!settings.debug_port) return;
  debugging.emplace(
      *settings.debug_port, "request_server",
      std::vector<examples::DebugServer::Shown>{{"http", server.executor()}});
  std::cout << "debug page on http://127.0.0.1:" << debugging->port() << "/"
            << std::endl;
}

int Serve(const Settings& settings) {
  const EventCounts counts;
  boost::asio::io_context io;
  std::optional<boost::asio::signal_set> signals(std::in_place, io, SIGINT,
                                                 SIGTERM);
  // A second signal does what it does by default.
  signals->async_wait([&signals](auto...) { signals.reset(); });
  const auto log_nothing = [](const LogEntry&) {};
  Server server(settings.server, absl::GetFlag(FLAGS_log)
                                     ? RequestLog::Sink(PrintLogEntry)
                                     : log_nothing);
  PrintAddress(server, settings.server.workers);
  Debugging debugging;
  StartDebugging(settings, server, debugging);
  io.run();
  server.Stop();
  std::cout << counts << std::flush;
  return counts.balanced() ? EXIT_SUCCESS : EXIT_FAILURE;
}

int Demo(const Settings& settings) {
  ServerOptions options = settings.server;
  DemoOptions demo = settings.demo;
  ServerProcess upstream(
      {"--port=0", "--nolog", absl::StrCat("--workers=", options.workers),
       absl::StrCat("--waiting=", options.handling.waiting),
       absl::StrCat("--deadline_ms=", options.handling.deadline.count())});
  options.handling.upstream = upstream.port();
  demo.has_upstream = true;
  const EventCounts counts;
  const auto log_first_requests = [](const LogEntry& entry) {
    for (const int number : {0, 1, 2}) {
      if (entry.request_id == DemoRequestId(number)) PrintLogEntry(entry);
    }
  };
  Server server(options, log_first_requests);
  PrintAddress(server, options.workers);
  std::cout << "which calls http://127.0.0.1:" << upstream.port()
            << "/hops, in process " << upstream.pid() << std::endl;
  Debugging debugging;
  StartDebugging(settings, server, debugging);
  demo.port = server.port();
  examples::Progress progress(demo.requests, "requests");
  const DemoResult result =
      RunDemoClients(demo, [&](std::int64_t ended) { progress.Show(ended); });
  server.Stop();
  const bool is_upstream_good = upstream.Stop();
  std::cout << counts;
  if (!is_upstream_good) std::cerr << "the second server failed\n";
  if (!result.ok()) {
    std::cerr << examples::Printable(result.first_problem) << '\n';
  }
  std::cout << "demo: requests=" << result.answered
            << " mismatches=" << result.mismatches
            << " workers=" << options.workers << " requests_per_second="
            << static_cast<std::int64_t>(static_cast<double>(result.answered) /
                                         result.elapsed.count())
            << std::endl;
  return result.ok() && is_upstream_good && counts.balanced() ? EXIT_SUCCESS
                                                              : EXIT_FAILURE;
}

int Main(const std::vector<char*>& arguments) {
  if (arguments.size() > 1) {
    throw UsageError(absl::StrCat("unexpected argument: ",
                                  examples::Printable(arguments[1])));
  }
  const bool is_demo = absl::GetFlag(FLAGS_demo);
  const Settings settings = SettingsFromFlags(is_demo);
  if (settings.level != weft::observe::Level::kOff || settings.debug_port) {
    examples::StartObserving(settings.level);
  }
  const int status = is_demo ? Demo(settings) : Serve(settings);
  if (!settings.trace.empty()) examples::WriteTrace(settings.trace);
  return status;
}

}  // namespace
}  // namespace request_server

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "An HTTP server whose log knows which request each line belongs to.");
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  try {
    return request_server::Main(arguments);
  } catch (const examples::UsageError& error) {
    std::cerr << "request_server: " << error.what() << '\n';
    return examples::kBadUsage;
  } catch (const std::exception& error) {
    std::cerr << "request_server: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
