// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Prints the file of a flight recorder (flight_recorder.h) as a trace, which
// Chrome's developer tools and others show:
//
//   ./bazelw run //observe:weft_trace -- "$PWD/server.weft" >trace.json
//
// With --format=otlp in front of the file it prints OpenTelemetry's spans.
// Then it says, on standard error, what was running at the end, and what is
// lost. Exits with 1 if the file cannot be read, 2 if it is called wrongly.

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

#include "weft/observe/trace/flight_recorder.h"
#include "weft/observe/trace/otlp_json.h"
#include "weft/observe/trace/recording.h"
#include "weft/observe/trace/trace_json.h"

namespace {

constexpr int kBadUsage = 2;

void PrintRunning(const weft::observe::Recording& recording) {
  for (const weft::observe::RecordedThread& thread : recording.threads) {
    for (const weft::observe::Record& record : thread.running) {
      const weft::observe::RecordedSite& site = recording.sites.at(record.site);
      std::cerr << "running: thread " << thread.system_id << " " << site.type
                << " " << record.async_id << ", made at " << site.file << ":"
                << site.line << '\n';
    }
  }
}

void PrintLosses(const weft::observe::Recording& recording) {
  unsigned long long overwritten = 0;
  unsigned long long damaged = 0;
  unsigned long long incomplete = 0;
  for (const weft::observe::RecordedThread& thread : recording.threads) {
    overwritten += thread.overwritten;
    damaged += thread.damaged;
    incomplete += thread.incomplete;
  }
  std::cerr << "lost: overwritten=" << overwritten << " damaged=" << damaged
            << " incomplete=" << incomplete
            << " without_ring=" << recording.lost_records
            << " without_site=" << recording.lost_sites << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view format = argc == 3 ? argv[1] : "--format=chrome";
  const bool is_otlp = format == "--format=otlp";
  if (argc < 2 || argc > 3 || (!is_otlp && format != "--format=chrome")) {
    std::cerr << "usage: weft_trace [--format=chrome|otlp] FILE >trace.json\n";
    return kBadUsage;
  }
  try {
    const weft::observe::Recording recording =
        weft::observe::ReadRecording(argv[argc - 1]);
    std::cout << (is_otlp ? weft::observe::OtlpJson(recording)
                          : weft::observe::TraceJson(recording))
              << std::flush;
    PrintRunning(recording);
    PrintLosses(recording);
    return std::cout ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << "weft_trace: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
