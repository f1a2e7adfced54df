// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How long each stage has worked, all threads together.

#ifndef WEFT_EXAMPLES_JOB_PIPELINE_STAGE_TIMES_H_
#define WEFT_EXAMPLES_JOB_PIPELINE_STAGE_TIMES_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <utility>

namespace job_pipeline {

class StageTimes {
 public:
  struct Entry {
    std::string stage;
    std::atomic<std::chrono::nanoseconds::rep> nanoseconds{0};
  };

  // Returns a function that does what `fn` does, and is measured. Stages are
  // listed in the order of these calls. Thread-compatible; the functions may be
  // called on several threads at once.
  template <typename Fn>
  auto Measure(std::string stage, Fn fn) {
    entries_.emplace_back().stage = std::move(stage);
    return [&entry = entries_.back(), fn = std::move(fn)](auto argument) {
      const Stopwatch stopwatch(entry);
      return fn(std::move(argument));
    };
  }

  const std::list<Entry>& entries() const { return entries_; }

 private:
  using Clock = std::chrono::steady_clock;

  class Stopwatch {
   public:
    explicit Stopwatch(Entry& entry) : entry_(entry) {}
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() {
      const std::chrono::nanoseconds elapsed = Clock::now() - start_;
      // relaxed: a sum, read when the pipeline has ended.
      entry_.nanoseconds.fetch_add(elapsed.count(), std::memory_order_relaxed);
    }

   private:
    Entry& entry_;
    const Clock::time_point start_ = Clock::now();
  };

  std::list<Entry> entries_;  // which do not move
};

}  // namespace job_pipeline

#endif  // WEFT_EXAMPLES_JOB_PIPELINE_STAGE_TIMES_H_
