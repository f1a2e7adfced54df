// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Records into the file that is its argument. When its last task runs it says
// so on standard output, and waits to be killed.

#include <unistd.h>

#include <iostream>

#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/observe/level.h"
#include "weft/observe/trace/flight_recorder.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  weft::observe::StartFlightRecorder({.file = argv[1]});
  weft::observe::SetLevel(weft::observe::Level::kFull);
  weft::Executor executor({.concurrency = 2});
  for (int i = 0; i < 100; ++i) executor.Submit([] {}).Get();
  const auto last = [] {
    std::cout << "at the last task" << std::endl;
    while (true) pause();
  };
  executor.Submit(last).Get();
}
