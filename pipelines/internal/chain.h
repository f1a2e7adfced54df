// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The stages of a pipeline.

#ifndef WEFT_PIPELINES_INTERNAL_CHAIN_H_
#define WEFT_PIPELINES_INTERNAL_CHAIN_H_

#include <atomic>
#include <memory>
#include <source_location>

#include "weft/executor/executor.h"
#include "weft/pipelines/internal/stage.h"
#include "weft/pipelines/pipeline_options.h"

namespace weft::pipelines_internal {

// Thread-compatible; a run that begins inside of another is detected.
class Chain {
 public:
  // Throws std::invalid_argument, naming `function`, if the stage's name is
  // empty or taken.
  void Add(const char* function, std::unique_ptr<Stage> stage);

  // See Pipeline::Run().
  PipelineResult Run(Executor& executor, const PipelineOptions& options,
                     std::source_location where);
  const PipelineResult& last_result() const noexcept { return last_result_; }

 private:
  StageList stages_;
  PipelineResult last_result_;
  std::atomic<bool> is_running_{false};
};

// Throws the std::logic_error that names Pipeline's `function`.
[[noreturn]] void ThrowMovedFrom(const char* function);

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_CHAIN_H_
