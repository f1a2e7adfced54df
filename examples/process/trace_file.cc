// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/process/trace_file.h"

#include <fstream>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "weft/examples/printable.h"
#include "weft/observe/metrics/task_counter.h"
#include "weft/observe/trace/flight_recorder.h"
#include "weft/observe/trace/trace_json.h"

namespace examples {

void StartObserving(weft::observe::Level level) {
  weft::observe::StartTaskCounter();
  weft::observe::StartFlightRecorder();
  weft::observe::SetLevel(level);
}

void WriteTrace(const std::string& file) {
  weft::observe::SetLevel(weft::observe::Level::kOff);
  std::ofstream out(file);
  out << weft::observe::TraceJson(weft::observe::TakeSnapshot());
  out.close();
  if (!out) {
    throw std::runtime_error(absl::StrCat("cannot write ", Printable(file)));
  }
}

}  // namespace examples
