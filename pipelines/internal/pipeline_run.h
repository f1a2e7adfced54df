// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// One run of a pipeline. Its tasks take items, one after the other: each asks
// the source, if there is a free token and no other does so, and carries the
// item through the stages as far as it gets: to the end, or to a serial stage
// where it is not its turn. There the item stays, and the task takes the next.
// The task that leaves that stage goes on with it, at the last stage itself, at
// others by a task that it starts. So no task waits, and none runs longer than
// its shift and one item take.
//
// While one task carries an item another is queued to take the next, if there
// is a token (source_gate.h): a thread that has nothing to do takes that, and
// otherwise it begins when the shift of the first is over.
//
// An item that is dropped, or whose run has failed, goes through all stages
// too, empty: its turn in the stages that keep the order must come and go.

#ifndef WEFT_PIPELINES_INTERNAL_PIPELINE_RUN_H_
#define WEFT_PIPELINES_INTERNAL_PIPELINE_RUN_H_

#include <atomic>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <source_location>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/mutex.h"
#include "weft/executor/executor.h"
#include "weft/executor/task_group.h"
#include "weft/pipelines/internal/item_flow.h"
#include "weft/pipelines/internal/item_value.h"
#include "weft/pipelines/internal/shift.h"
#include "weft/pipelines/internal/source_gate.h"
#include "weft/pipelines/internal/stage.h"
#include "weft/pipelines/internal/turns.h"
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
  using Token = SourceGate::Token;

  // The record of an item, used again for others; there are no more than
  // tokens. Owner-only: the task that carries the item, or is to go on with it,
  // owns it. A line of its own keeps the threads apart.
  struct alignas(64) Item {
    ~Item();

    std::size_t index;
    std::size_t number;  // at the serial stage that it is in, or waits for
    ItemFlow flow;
    ItemValue value;
    Item* next_free = nullptr;
  };

  // One task's part in the run: its shift, the record that it uses next, and
  // the counts of its items, which are added to the run's when it ends.
  class Part;

  // Where an item has got to.
  struct Halt {
    enum class Reason {
      kEnd,   // it is through all stages
      kTurn,  // it is not its turn in `stage`
      kLeft   // it has left `stage`, where `next` is inside now
    };
    Reason reason;
    std::size_t stage;
    Item* next;
  };

  // Starts a task: `body(part)`, which says whether it has a token then, and
  // what items it may take.
  template <typename Body>
  void Start(Body body) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Starts one that takes items, as the gate has said.
  void CallTask() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Starts one that goes on with an item inside of `stage` first.
  void HandOver(Item& item, std::size_t stage) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeItems(Part& part, Token token) ABSL_LOCKS_EXCLUDED(mutex_);

  // Makes the next item, inside the gate. Returns false at the end.
  bool AskSource(Item& item) ABSL_LOCKS_EXCLUDED(mutex_);
  // Carries an item from `stage`, of which it may be inside, as far as it gets,
  // and then others that it finds waiting at the last stage. Returns whether
  // the caller has a token.
  enum class Entry { kAtTheDoor, kInside };
  Token Carry(Part& part, Item& item, std::size_t stage, Entry entry)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The same up to where the item's scope has to end.
  Halt RunStages(Part& part, Item& item, std::size_t stage, Entry entry)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void RunStage(Part& part, std::size_t stage, Item& item)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Records the exception that is being handled.
  void HandleFailure(Part& part, std::size_t stage, const Item& item)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits until all that will be done for the run is done.
  void Wait() ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasDoneAll() ABSL_LOCKS_EXCLUDED(mutex_);
  // Counts the items that were lost, when all tasks have ended: one that was
  // not run, an exception of the executor's, a turn that did not come.
  std::size_t unfinished() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return result_.items - through_ - result_.dropped - result_.failed;
  }
  // Ends the run with `failure`, unless it has failed before.
  void Stop(std::exception_ptr failure) ABSL_LOCKS_EXCLUDED(mutex_);

  StageList& stages_;
  const PipelineOptions& options_;
  RunFlow run_;

  SourceGate source_;
  std::size_t next_index_ = 0;  // for the task that asks the source
  // One for each stage; those of parallel stages are not used.
  std::deque<Turns<Item>> turns_;
  std::atomic<bool> is_stopped_{false};  // `failure_` is set, to be asked often

  base::Mutex mutex_;
  PipelineResult result_ ABSL_GUARDED_BY(mutex_);
  std::size_t through_ ABSL_GUARDED_BY(mutex_) = 0;   // of the items
  bool has_no_more_ ABSL_GUARDED_BY(mutex_) = false;  // the source
  std::exception_ptr failure_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Item>> items_ ABSL_GUARDED_BY(mutex_);
  Item* free_items_ ABSL_GUARDED_BY(mutex_) = nullptr;

  TaskGroup group_;  // goes first: waits for what uses the others
};

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_PIPELINE_RUN_H_
