// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// One run of a pipeline. Each of its tasks asks the source once, if there was a
// free token, and then carries the item through the stages as far as it gets:
// to the end, or to a serial stage that holds another item; the task that
// leaves that stage starts a task that goes on with the waiting item. So no
// task waits, none runs longer than one item takes, and no more are queued than
// there are tokens.
//
// An item that is dropped, or whose run has failed, goes through all stages
// too, empty: its turn in the stages that keep the order must come and go.

#ifndef WEFT_PIPELINES_INTERNAL_PIPELINE_RUN_H_
#define WEFT_PIPELINES_INTERNAL_PIPELINE_RUN_H_

#include <atomic>
#include <cstddef>
#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/mutex.h"
#include "weft/context/context_snapshot.h"
#include "weft/executor/executor.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_resource.h"
#include "weft/pipelines/internal/in_order_gate.h"
#include "weft/pipelines/internal/stage.h"
#include "weft/pipelines/pipeline_options.h"

namespace weft::pipelines_internal {

// Thread-safe, once it runs.
class PipelineRun {
 public:
  // `stages` are a source and others; `options` are valid.
  PipelineRun(StageList& stages, Executor& executor,
              const PipelineOptions& options, std::source_location where);
  PipelineRun(const PipelineRun&) = delete;
  PipelineRun& operator=(const PipelineRun&) = delete;

  // Runs it, once. Throws PipelineError, CancelledError if the flow of the call
  // is cancelled before the run is through, and what TaskGroup throws. Writes
  // the fate of the items in any case.
  void Finish(PipelineResult& result);

 private:
  // Owner-only: the task that holds the pointer carries the item.
  struct Item {
    Item(std::size_t index, StageValuePtr value, std::source_location where);
    Item(const Item&) = delete;
    Item& operator=(const Item&) = delete;
    ~Item() { Drop(); }

    // Destroys the value, where it was made or last changed.
    void Drop();

    const std::size_t index;
    const AsyncResource resource;
    ContextSnapshot context;  // in which the next stage begins
    StageValuePtr value;
    bool is_through = false;  // the last stage has returned
  };
  using ItemPtr = std::unique_ptr<Item>;

  enum class Entry { kAtTheDoor, kInside };

  // Starts a task that asks the source, if there is a token and no task does
  // so.
  void AskSource() ABSL_LOCKS_EXCLUDED(mutex_);
  // The body of that task.
  void Pull() ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns the next item; null at the end.
  ItemPtr TakeItem();
  // Carries the item from `stage` on as far as it gets.
  void Carry(ItemPtr item, std::size_t stage, Entry entry)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // True if the item may go on; otherwise the in_order_gate has taken it.
  bool Enter(std::size_t stage, ItemPtr& item) ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave(std::size_t stage) ABSL_LOCKS_EXCLUDED(mutex_);
  void RunStage(std::size_t stage, Item& item) ABSL_LOCKS_EXCLUDED(mutex_);
  // Records the exception that is being handled.
  void HandleFailure(std::size_t stage, const Item& item)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits until all that will be done for the run is done.
  void Wait() ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends the run with `failure`, unless it has failed before.
  void Stop(std::exception_ptr failure) ABSL_LOCKS_EXCLUDED(mutex_);

  StageList& stages_;
  const PipelineOptions& options_;
  const AsyncResource call_;  // the resource as which the source runs

  base::Mutex mutex_;
  PipelineResult result_ ABSL_GUARDED_BY(mutex_);
  std::exception_ptr failure_ ABSL_GUARDED_BY(mutex_);
  std::size_t through_ ABSL_GUARDED_BY(mutex_) = 0;  // of the items
  std::size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_source_asked_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_source_empty_ ABSL_GUARDED_BY(mutex_) = false;
  // One for each stage; those of parallel stages are not used.
  std::vector<InOrderGate<ItemPtr>> gates_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> is_stopped_{false};  // `failure_` is set, to be asked often

  TaskGroup group_;  // goes first: waits for what uses the others
};

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_PIPELINE_RUN_H_
