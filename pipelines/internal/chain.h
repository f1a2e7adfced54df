// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The stages of a pipeline, and the junctions between them.

#ifndef WEFT_PIPELINES_INTERNAL_CHAIN_H_
#define WEFT_PIPELINES_INTERNAL_CHAIN_H_

#include <atomic>
#include <memory>
#include <source_location>
#include <vector>

#include "weft/executor/executor.h"
#include "weft/pipelines/internal/junction.h"
#include "weft/pipelines/internal/stage.h"
#include "weft/pipelines/pipeline_options.h"

namespace weft::pipelines_internal {

// Thread-compatible; a run that begins inside of another is detected.
class Chain {
 public:
  // Throws std::invalid_argument, naming `function`, if the stage's name is
  // empty or taken.
  void Add(const char* function, std::unique_ptr<Stage> stage);
  // Begins another section. Throws std::invalid_argument if it makes batches of
  // none, std::logic_error if there is no range whose items it could gather.
  void Add(std::unique_ptr<Junction> junction);

  // See Pipeline::Run().
  PipelineResult Run(Executor& executor, const PipelineOptions& options,
                     std::source_location where);
  const PipelineResult& last_result() const noexcept { return last_result_; }

 private:
  std::vector<SectionStages> sections_{1};
  std::vector<Junction*> open_;  // those whose items may be gathered
  PipelineResult last_result_;
  std::atomic<bool> is_running_{false};
};

// Throws the std::logic_error that names Pipeline's `function`.
[[noreturn]] void ThrowMovedFrom(const char* function);

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_CHAIN_H_
