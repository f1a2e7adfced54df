// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Prints the file of a flight recorder (flight_recorder.h) as a trace, which
// Chrome's developer tools and others show:
//
//   ./bazelw run //observe:weft_trace -- "$PWD/server.weft" >trace.json
//
// The files of several processes become one trace, with arrows from the jobs
// and other messages that one has sent to where they have come:
//
//   ./bazelw run //observe:weft_trace -- "$PWD"/{shop,worker}.weft >trace.json
//
// With --format=otlp in front of the file, which must be one, it prints
// OpenTelemetry's spans. Then it says, on standard error, what was running at
// the end, and what is lost. Exits with 1 if a file cannot be read, 2 if it is
// called wrongly.

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

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
  std::vector<std::string> files(argv + std::min(argc, 1), argv + argc);
  bool is_otlp = false;
  bool is_usage_good = true;
  if (!files.empty() && files.front().starts_with("--format=")) {
    is_otlp = files.front() == "--format=otlp";
    is_usage_good = is_otlp || files.front() == "--format=chrome";
    files.erase(files.begin());
  }
  if (!is_usage_good || files.empty() || (is_otlp && files.size() > 1)) {
    std::cerr << "usage: weft_trace [--format=chrome] FILE... >trace.json\n"
                 "       weft_trace --format=otlp FILE >spans.json\n";
    return kBadUsage;
  }
  try {
    std::vector<weft::observe::Recording> recordings;
    for (const std::string& file : files) {
      recordings.push_back(weft::observe::ReadRecording(file));
    }
    std::cout << (is_otlp ? weft::observe::OtlpJson(recordings.front())
                          : weft::observe::TraceJson(recordings))
              << std::flush;
    for (const weft::observe::Recording& recording : recordings) {
      PrintRunning(recording);
      PrintLosses(recording);
    }
    return std::cout ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (const std::exception& error) {
    std::cerr << "weft_trace: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
