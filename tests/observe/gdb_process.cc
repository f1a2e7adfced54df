// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A process for gdb_test.sh: each worker runs a task that does not end. Prints
// the lines where they were made.

#include <sys/prctl.h>
#include <unistd.h>

#include <iostream>
#include <latch>
#include <source_location>

#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/join.h"
#include "weft/hooks/default_trigger_scope.h"
#include "weft/observe/causes.h"
#include "weft/observe/level.h"

namespace {

using Location = std::source_location;

[[noreturn]] void Stay(std::latch& arrived) {
  arrived.count_down();
  while (true) pause();
}

}  // namespace

int main() {
  // Any process may look at this one.
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  weft::observe::StartCauses();
  weft::observe::SetLevel(weft::observe::Level::kFlight);
  weft::Executor executor({.concurrency = 3});
  std::latch arrived(3);
  std::latch others(2);  // than the one that joins
  const Location outer = Location::current();
  const Location inner = Location::current();
  const Location fork = Location::current();
  const Location scoped = Location::current();
  executor.Post(
      [&] {
        executor.Post(
            [&] {
              others.count_down();
              Stay(arrived);
            },
            inner);
        executor.Post(
            [&] {
              others.wait();  // None is idle then, and takes its part.
              weft::Join([] {}, [&] { Stay(arrived); }, fork);
            },
            inner);
      },
      outer);
  executor.Post(
      [&] {
        const weft::DefaultTriggerScope scope(weft::kNoAsyncId);
        others.count_down();
        Stay(arrived);
      },
      scoped);
  arrived.wait();
  std::cout << outer.line() << ' ' << inner.line() << ' ' << fork.line() << ' '
            << scoped.line() << std::endl;
  while (true) pause();
}
