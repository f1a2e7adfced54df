// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A chain of gRPC servers. Each answers with what its handler sees of the
// call's context, and asks the next one in turn.
//
//   ./bazelw run //examples:grpc_server -- --demo
//
//   ./bazelw run //examples:grpc_server -- --port=50052 &
//   ./bazelw run //examples:grpc_server -- --port=50051 --next=127.0.0.1:50052
//
// Handlers are coroutines that run on an executor, not on gRPC's threads, in
// the context that the caller has sent: its trace, its tenant, and the time
// that is left. Calls to the next server take it along; a caller that cancels
// ends the handlers of all servers behind. hops.proto has the methods, one of
// each kind that gRPC has.
//
// With --demo three servers run as processes of their own, and clients in C++
// and in Python make thousands of calls at once, each with a trace, a tenant
// and a deadline of its own; it is counted what comes back to the wrong one.

#include <chrono>
#include <csignal>
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
#include "absl/strings/str_cat.h"
#include "weft/examples/grpc_server/demo/demo.h"
#include "weft/examples/grpc_server/hop_service.h"
#include "weft/examples/printable.h"
#include "weft/examples/process/command_line.h"
#include "weft/examples/process/interruption.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"

ABSL_FLAG(bool, demo, false,
          "show that no call of thousands has another's context, and exit");
ABSL_FLAG(int, port, 50051,
          "where to serve, on 127.0.0.1: 0 to 65535; 0 is any that is free");
ABSL_FLAG(std::string, next, "",
          "the server to ask, host:port; empty: this one is the last");
ABSL_FLAG(int, threads, weft::HardwareConcurrency(),
          "how many threads run handlers, 1 to 1024");
ABSL_FLAG(int, demo_calls, 4000,
          "with --demo: how many calls each client makes, 4 to 1000000");

namespace hop_server {
namespace {

using examples::CheckRange;
using examples::UsageError;

int Serve() {
  examples::InterruptBy({SIGINT, SIGTERM},
                        "grpc_server: interrupted; no more calls\n");
  weft::Executor executor({.concurrency = absl::GetFlag(FLAGS_threads)});
  const HopContext context;
  const std::string next = absl::GetFlag(FLAGS_next);
  HopService service(executor, context,
                     next.empty() ? nullptr : ChannelTo(next));
  const HopServer server(service, context, absl::GetFlag(FLAGS_port));
  std::cout << kServing << "127.0.0.1:" << server.port << std::endl;
  examples::CheckOutput();
  examples::WaitForInterruption();
  // Calls that are being handled have a second; then they are cancelled.
  server.server->Shutdown(std::chrono::system_clock::now() +
                          std::chrono::seconds(1));
  return EXIT_SUCCESS;
}

int Main(const std::vector<char*>& arguments) {
  CheckRange("port", absl::GetFlag(FLAGS_port), 0, 65535);
  CheckRange("threads", absl::GetFlag(FLAGS_threads), 1,
             weft::ExecutorOptions::kMaxConcurrency);
  CheckRange("demo_calls", absl::GetFlag(FLAGS_demo_calls), 4, 1'000'000);
  if (arguments.size() > 1) {
    throw UsageError(absl::StrCat("unexpected argument: ",
                                  examples::Printable(arguments[1])));
  }
  if (!absl::GetFlag(FLAGS_demo)) return Serve();
  if (!absl::GetFlag(FLAGS_next).empty()) {
    throw UsageError("--next is not for --demo, which has its own servers");
  }
  return RunDemo({.calls = absl::GetFlag(FLAGS_demo_calls),
                  .threads = absl::GetFlag(FLAGS_threads)});
}

}  // namespace
}  // namespace hop_server

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "A gRPC server that tells of the contexts of its calls: grpc_server "
      "[flags].\nOr shows that none is mixed up: --demo.\nExit status: 0 if "
      "all is well, 1 if not, 2 if a flag is out of range.");
  absl::FlagsUsageConfig usage;
  // --help shows the flags of this file.
  usage.contains_help_flags = [](auto file) {
    return absl::EndsWith(file, "grpc_server/main.cc");
  };
  absl::SetFlagsUsageConfig(usage);
  try {
    return hop_server::Main(absl::ParseCommandLine(argc, argv));
  } catch (const examples::UsageError& error) {
    std::cerr << "grpc_server: " << error.what() << '\n';
    return examples::kBadUsage;
  } catch (const std::exception& error) {
    std::cerr << "grpc_server: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
