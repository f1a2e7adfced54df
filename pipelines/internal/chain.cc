// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/internal/chain.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "weft/pipelines/internal/pipeline_run.h"

namespace weft::pipelines_internal {
namespace {

// Sets the flag for the life of the scope. Throws std::logic_error if it is set
// already.
class RunningScope {
 public:
  explicit RunningScope(std::atomic<bool>& is_running)
      : is_running_(is_running) {
    // relaxed: detects a misuse, and hands nothing over.
    if (is_running_.exchange(true, std::memory_order_relaxed)) {
      throw std::logic_error("Pipeline::Run: the pipeline is running already");
    }
  }
  RunningScope(const RunningScope&) = delete;
  RunningScope& operator=(const RunningScope&) = delete;
  // relaxed: see above.
  ~RunningScope() { is_running_.store(false, std::memory_order_relaxed); }

 private:
  std::atomic<bool>& is_running_;
};

}  // namespace

void Chain::Add(const char* function, std::unique_ptr<Stage> stage) {
  const std::string& name = stage->name();
  if (name.empty()) {
    throw std::invalid_argument(std::string(function) +
                                ": name must not be empty");
  }
  for (const SectionStages& section : sections_) {
    for (const std::unique_ptr<Stage>& other : section.stages) {
      if (other->name() != name) continue;
      throw std::invalid_argument(std::string(function) + ": name is \"" +
                                  name + "\", which another stage has");
    }
  }
  sections_.back().stages.push_back(std::move(stage));
}

void Chain::Add(std::unique_ptr<Junction> junction) {
  switch (junction->kind()) {
    case Junction::Kind::kEach:
      open_.push_back(junction.get());
      break;
    case Junction::Kind::kBatch:
      if (junction->size() == 0) {
        throw std::invalid_argument(
            "Pipeline::Batch: size must be at least 1; it is 0");
      }
      open_.clear();
      break;
    case Junction::Kind::kGather:
      if (open_.empty()) {
        throw std::logic_error(
            "Pipeline::Gather: there is no Each() before it, or a Batch() "
            "between, or another Gather()");
      }
      open_.back()->set_gathered();
      open_.pop_back();
      break;
  }
  sections_.push_back({std::move(junction), {}});
}

PipelineResult Chain::Run(Executor& executor, const PipelineOptions& options,
                          std::source_location where) {
  if (options.tokens == 0) {
    throw std::invalid_argument(
        "PipelineOptions: tokens must be at least 1; it is 0");
  }
  const RunningScope running(is_running_);
  last_result_ = {};
  PipelineRun(sections_, executor, options, where).Finish(last_result_);
  return last_result_;
}

void ThrowMovedFrom(const char* function) {
  throw std::logic_error("Pipeline::" + std::string(function) +
                         ": the pipeline has been moved from");
}

}  // namespace weft::pipelines_internal
