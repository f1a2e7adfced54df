// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The places of a lane whose number of waiting tasks is limited, and the
// threads that wait for one. This is the part that the engine of a
// `BoundedExecutor` has, and the engines of other lanes have not.
//
// A task has a place from when it is accepted until it is taken to be run.
// Places and counts change under one lock, so that the counts agree whenever
// they are read.

#ifndef WEFT_EXECUTOR_INTERNAL_LANES_PLACES_H_
#define WEFT_EXECUTOR_INTERNAL_LANES_PLACES_H_

#include <chrono>
#include <string>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/sync/parker.h"
#include "weft/executor/bounded_options.h"

namespace weft::executor_internal {

class Engine;

// Thread-safe.
class Places {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  enum class Answer {
    kPlace,     // the caller has a place
    kRunHere,   // it runs the task itself
    kRejected,  // there is none
    kExpired,   // the deadline has passed
    kFull,      // it waits: it calls one of the functions below
    kRefused    // its wait has been ended, as no other thread could go on
  };

  // Throws std::invalid_argument for an option out of its range.
  explicit Places(const BoundedOptions& options);
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  const BoundedOptions& options() const noexcept { return options_; }
  BoundedCounts counts() const noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns the text of the error for a submission that has been rejected.
  std::string FullMessage() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Offers a task that is to have a place before `deadline`, if not null.
  Answer Ask(WhenFull when_full, const TimePoint* deadline)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // One of these follows the answer kFull. Each ends that wait, but for
  // AskAgain(), which may answer kFull again.
  //
  // Takes a place beyond the limit.
  Answer TakeOver() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // For a thread that runs tasks until a place is free; with `nothing_waits`,
  // none of those that have places is left for it to run, so it goes beyond the
  // limit.
  Answer AskAgain(bool nothing_waits, const TimePoint* deadline)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Sleeps until it is given a place of `engine`. Throws as BlockedWait.
  Answer Sleep(Engine& engine, const TimePoint* deadline)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes a place for what never waits for one: tasks that complete what was
  // accepted, and parts of forks.
  void Add() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Gives a place back. It goes to the thread that has waited longest, or a
  // newcomer would take it.
  void Return() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // Counts a task that was accepted, and then refused, as rejected.
  void CountRefused() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Counts a task that was accepted, and has not run in time, as expired.
  void CountExpired() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // A thread that waits for a place; lies on its stack.
  struct Producer {
    base::Parker& parker;
    Producer* next = nullptr;
    bool has_place = false;
  };

  bool IsFree() const noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return counts_.waiting < options_.capacity && first_ == nullptr;
  }
  // Counts a task that gets a place, and was not blocked.
  Answer Take() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Unlist(Producer& producer) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const BoundedOptions options_;
  mutable base::Mutex mutex_;
  BoundedCounts counts_ ABSL_GUARDED_BY(mutex_);
  Producer* first_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Producer* last_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_LANES_PLACES_H_
