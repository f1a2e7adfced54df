// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// pipelines/pipeline_options.h
// -----------------------------------------------------------------------------

#ifndef WEFT_PIPELINES_PIPELINE_OPTIONS_H_
#define WEFT_PIPELINES_PIPELINE_OPTIONS_H_

#include <cstddef>
#include <functional>

#include "weft/executor/executor_options.h"
#include "weft/pipelines/errors.h"

namespace weft {

// What `Pipeline::Run()` is told besides.
struct PipelineOptions {
  // How many items may be in flight: taken from the source, and neither through
  // the last stage nor dropped. At least 1. It bounds memory, and how far the
  // source runs ahead of the slowest stage.
  std::size_t tokens = 2 * static_cast<std::size_t>(HardwareConcurrency());

  // If set, a stage that throws costs the item, and not the run: this is called
  // where the stage ran, in the item's context, perhaps for several items at a
  // time. What it throws itself ends the run. A source that throws ends the run
  // in any case: nobody knows what is left.
  std::function<void(const PipelineError&)> on_item_error = {};
};

// What became of the items of a run. Those that are none of the last three are
// through the last stage.
struct PipelineResult {
  std::size_t items = 0;    // the source has returned
  std::size_t dropped = 0;  // of these, a stage has dropped
  std::size_t failed = 0;   // of these, a stage threw for
  // Of these, were in flight when the run was ended, and did not get through: 0
  // if `Pipeline::Run()` has not thrown.
  std::size_t unfinished = 0;

  bool operator==(const PipelineResult&) const = default;
};

}  // namespace weft

#endif  // WEFT_PIPELINES_PIPELINE_OPTIONS_H_
