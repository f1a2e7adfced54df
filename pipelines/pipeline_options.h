// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// pipelines/pipeline_options.h
// -----------------------------------------------------------------------------

#ifndef WEFT_PIPELINES_PIPELINE_OPTIONS_H_
#define WEFT_PIPELINES_PIPELINE_OPTIONS_H_

#include <cstddef>
#include <functional>
#include <optional>

#include "weft/context/duration.h"
#include "weft/executor/executor_options.h"
#include "weft/pipelines/errors.h"

namespace weft {

// The options of `Pipeline::Run()`.
struct PipelineOptions {
  // The most items that may be in flight, that is taken from the source, and
  // neither through the last stage nor dropped; at least 1. It bounds memory,
  // and how far the source runs ahead of the slowest stage. More than 65,536
  // count as that many. If `Each()`, `Batch()` and `Gather()` divide the chain,
  // each part of it has this number of tokens.
  std::size_t tokens = 2 * static_cast<std::size_t>(HardwareConcurrency());

  // If set, the time that each item has, from when the source returns it: its
  // deadline, for all that waits in its stages (context/deadline.h), unless the
  // run's is earlier. An item that comes late to a stage fails there: as if the
  // stage had thrown DeadlineExceededError. It costs an item two allocations.
  std::optional<Duration> item_time = std::nullopt;

  // If set, a stage that throws ends the item, and not the run. This is called
  // where the stage ran, in the item's context, perhaps for several items at a
  // time. If it throws itself, that ends the run. A source that throws ends the
  // run in any case, as it is unknown what is left.
  std::function<void(const PipelineError&)> on_item_error = {};
};

// Counts of what became of the items of a run. Items that none of the last
// three numbers counts went through the last stage, or were split or joined;
// what they became counts as items of its own.
struct PipelineResult {
  std::size_t items = 0;    // that there were
  std::size_t dropped = 0;  // of these, that a stage has dropped
  std::size_t failed = 0;   // of these, for which a stage threw
  // Counts the items that were in flight when the run was ended, and did not
  // get through; 0 if `Pipeline::Run()` has not thrown.
  std::size_t unfinished = 0;

  bool operator==(const PipelineResult&) const = default;
};

}  // namespace weft

#endif  // WEFT_PIPELINES_PIPELINE_OPTIONS_H_
