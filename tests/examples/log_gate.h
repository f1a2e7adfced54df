// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A sink of the log by which a test waits for a request to get somewhere, and
// keeps it there.

#ifndef WEFT_TESTS_EXAMPLES_LOG_GATE_H_
#define WEFT_TESTS_EXAMPLES_LOG_GATE_H_

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "weft/examples/request_server/request_log.h"

namespace request_server {

// Lines are "ada: task". Thread-safe.
class LogGate {
 public:
  RequestLog::Sink sink() {
    return [this](const LogEntry& entry) {
      Pass(std::string(entry.request_id) + ": " + std::string(entry.message));
    };
  }

  // From now on, who logs `line` does not get past it until `Open()`.
  void CloseAt(std::string line) {
    const std::lock_guard lock(mutex_);
    closed_at_ = std::move(line);
  }

  void Open() {
    const std::lock_guard lock(mutex_);
    closed_at_.clear();
    changed_.notify_all();
  }

  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

  void Clear() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }

  // Returns once `line` has been logged, or is kept at the gate.
  void WaitFor(const std::string& line) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      return std::find(lines_.begin(), lines_.end(), line) != lines_.end();
    });
  }

 private:
  void Pass(std::string line) {
    std::unique_lock lock(mutex_);
    lines_.push_back(line);
    changed_.notify_all();
    changed_.wait(lock, [&] { return line != closed_at_; });
  }

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::string closed_at_;
  std::vector<std::string> lines_;
};

}  // namespace request_server

#endif  // WEFT_TESTS_EXAMPLES_LOG_GATE_H_
