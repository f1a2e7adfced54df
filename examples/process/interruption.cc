// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/process/interruption.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace examples {
namespace {

// What the handler reads is set before it is installed.
const char* interruption_message = "";
std::atomic<int> interrupted_by{0};  // 0: no signal has come

void OnSignal(int signal) {
  const int error = errno;  // of what it interrupts
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  // relaxed: it hands nothing over. A lock-free atomic may be notified in a
  // handler.
  interrupted_by.store(signal, std::memory_order_relaxed);
  interrupted_by.notify_all();
  // Nothing can be done if it fails.
  [[maybe_unused]] const auto written = write(
      STDERR_FILENO, interruption_message, std::strlen(interruption_message));
  errno = error;
}

}  // namespace

void InterruptBy(std::initializer_list<int> signals, const char* message) {
  interruption_message = message;
  for (const int signal : signals) std::signal(signal, OnSignal);
}

int InterruptedBy() {
  // relaxed: see OnSignal().
  return interrupted_by.load(std::memory_order_relaxed);
}

int WaitForInterruption() {
  // relaxed: see OnSignal().
  interrupted_by.wait(0, std::memory_order_relaxed);
  return InterruptedBy();
}

}  // namespace examples
