// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/bounded_options.h
// -----------------------------------------------------------------------------

#ifndef WEFT_EXECUTOR_BOUNDED_OPTIONS_H_
#define WEFT_EXECUTOR_BOUNDED_OPTIONS_H_

#include <cstddef>
#include <cstdint>

#include "weft/base/language.h"

namespace weft {

// The ways in which a `BoundedExecutor` treats a task when as many wait as it
// has capacity for.
enum class WhenFull {
  // Throws RejectedError to the submitter.
  kReject,
  // Makes the submitter wait for a place, the longest waiting first. Inside a
  // task it sleeps as in any wait, and another thread of its executor goes on.
  // So it cannot deadlock, unless one of the tasks that have places waits for
  // something that the submitter does later. Throws WaitLimitError as waits do.
  // Over a `ManualExecutor`, where no other thread runs tasks, the submitter
  // runs the oldest waiting tasks until there is a place. The task is accepted
  // over the capacity where no place could come while the submitter waits: over
  // a `ManualExecutor` if none of these tasks waits there, inside a task of a
  // strand that this executor stands over, and in a hook's callback during a
  // submission that has its place already.
  kBlock,
  // Runs the task on the submitting thread before the submission returns.
  kRunInCaller,
};

// BoundedOptions
//
// The options of a `BoundedExecutor`.
struct BoundedOptions {
  // The greatest capacity.
  static constexpr std::size_t kMaxCapacity = 1'000'000'000;

  // The most tasks that may wait to be run: 1 to kMaxCapacity.
  std::size_t capacity = 1024;

  // Says how a submission is treated when so many wait.
  WhenFull when_full = WhenFull::kReject;

  // Throws std::invalid_argument, naming the option, if one is out of range.
  // Executors do this themselves.
  void Validate() const;
};

// Counts of what has become of the tasks that were submitted to a
// `BoundedExecutor` by Post(), Submit(), TaskGroup::Run(), TryPost(),
// TrySubmit() and PostBefore(). Whenever they are read, offered == accepted +
// rejected + expired + blocked.
struct BoundedCounts {
  std::uint64_t offered = 0;   // so far
  std::uint64_t accepted = 0;  // ran, run, wait, or were dropped by Shutdown()
  std::uint64_t rejected = 0;  // as it was full, or has been shut down
  std::uint64_t expired = 0;  // past their deadline, before or after acceptance
  std::uint64_t blocked = 0;  // submitters that wait for a place just now

  // The number of tasks that wait to be run just now, including those that are
  // not counted as offered: deferred tasks, continuations, parts of forks.
  std::uint64_t waiting = 0;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_BOUNDED_OPTIONS_H_
