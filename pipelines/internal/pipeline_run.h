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
// A stage may be a coroutine: the item stays with that, inside the stage, and a
// task of the coroutine's making goes on with it.
//
// An item that is dropped, or whose run has failed, goes through all stages
// too, empty: its turn in the stages that keep the order must come and go.
//
// Junctions divide the chain into sections, each with a gate, tokens and
// numbers of its own. The items of one come to the junction at its end in the
// order of their numbers. The junction's own are the source of the next
// section: an item that holds some of them is held, with its record and its
// token, until they have been taken; so no more wait there than there are
// tokens. Where the items of a range are gathered again, the one that had the
// range is held until then, as their parent, and the last of them is marked: it
// comes also if it is dropped, and if there is none an empty one does. The end
// of a source goes through its section too, as an empty item with a mark.

#ifndef WEFT_PIPELINES_INTERNAL_PIPELINE_RUN_H_
#define WEFT_PIPELINES_INTERNAL_PIPELINE_RUN_H_

#include <atomic>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/executor.h"
#include "weft/executor/task_group.h"
#include "weft/pipelines/internal/item_flow.h"
#include "weft/pipelines/internal/item_value.h"
#include "weft/pipelines/internal/junction.h"
#include "weft/pipelines/internal/shift.h"
#include "weft/pipelines/internal/source_gate.h"
#include "weft/pipelines/internal/stage.h"
#include "weft/pipelines/internal/turns.h"
#include "weft/pipelines/pipeline_options.h"
#include "weft/pipelines/stage_mode.h"

namespace weft::pipelines_internal {

// Thread-safe, once it runs.
class PipelineRun {
 public:
  // `sections` begin with one that has a source; `options` are valid.
  PipelineRun(std::vector<SectionStages>& sections, Executor& executor,
              const PipelineOptions& options, std::source_location where);
  PipelineRun(const PipelineRun&) = delete;
  PipelineRun& operator=(const PipelineRun&) = delete;

  // Runs it, once. Throws PipelineError, CancelledError if the flow of the call
  // is cancelled before the run is through, and what TaskGroup throws. Writes
  // the fate of the items in any case.
  void Finish(PipelineResult& result);

 private:
  using Token = SourceGate::Token;
  struct Section;

  // How a task comes to a stage with an item.
  enum class Entry {
    kAtTheDoor,
    kInside,   // it is the item's turn
    kReturned  // the stage's coroutine has ended
  };

  // The record of an item, used again for others; there are no more than
  // tokens, and a few that tasks keep. Owner-only: the task that carries the
  // item, or is to go on with it, owns it. A line of its own keeps the threads
  // apart.
  struct alignas(64) Item final : WayBack {
    explicit Item(PipelineRun& its_run) : run(its_run) {}
    ~Item();

    // Has the item gone on with when the coroutine of `stage` has ended.
    void GoOn() noexcept override;

    // What it is to others of the run.
    struct Kinship {
      Item* parent = nullptr;  // the one whose range it is of, if gathered
      bool is_last = false;    // of that range
      bool is_end = false;     // it is none, but comes after all of its section
    };

    PipelineRun& run;
    std::size_t index;
    std::size_t number;  // at the serial stage that it is in, or waits for
    ItemFlow flow;       // not begun: an empty one of a junction's
    ItemValue value;
    Kinship kinship;
    Section* section = nullptr;  // while it is away, or held
    std::size_t stage = 0;       // while it is away
    Item* next = nullptr;        // among free records, or held ones
  };

  // A stage as the items of a run go through it.
  struct Step {
    Stage& stage;
    const StageMode mode;
    Turns<Item>& turns;  // not used if the stage is parallel
  };

  // The stages between two junctions, or the ends of the chain. What all tasks
  // read lies apart from what each of them writes for each item.
  struct Section {
    Section(SectionStages& its, std::size_t tokens);

    // Adds an item that is held for this section.
    void Hold(Item& item) ABSL_LOCKS_EXCLUDED(mutex);
    // Returns the first one; if there is none, null, and the gate is left.
    Item* FirstHeld() ABSL_LOCKS_EXCLUDED(mutex);
    void RemoveFirstHeld() ABSL_LOCKS_EXCLUDED(mutex);
    // True if items that leave `stage` are through.
    bool IsLastStage(std::size_t stage) const noexcept {
      return stage + 1 == steps.size() && next == nullptr;
    }

    std::vector<Step> steps;   // one for each stage
    Junction* const junction;  // what its items come from; null: a source
    const std::size_t first;   // of the stages that items go through
    Section* next = nullptr;   // the one behind it
    std::deque<Turns<Item>> turns;
    Turns<Item> exit;  // to the junction behind it

    SourceGate gate;
    alignas(64) std::size_t next_index = 0;  // for the task that asks
    ItemValue gathered;  // for who brings an item to `junction`

    base::Mutex mutex;
    Item* first_held ABSL_GUARDED_BY(mutex) = nullptr;
    Item* last_held ABSL_GUARDED_BY(mutex) = nullptr;
  };

  // One task's part in the run: its shift, the records that it uses next, and
  // the counts of its items, which are added to the run's when it ends.
  class Part;

  // Where an item has got to.
  struct Halt {
    enum class Reason {
      kEnd,   // it is through all stages
      kTurn,  // it is not its turn in `stage`
      kLeft,  // it has left `stage`, where `next` is inside now
      kAway   // it is with the coroutine of `stage`, to be started
    };
    Reason reason;
    std::size_t stage;
    Item* next;
  };

  // What is there for a task that asks.
  enum class Answer {
    kItem,
    kEmptyItem,
    kNothing,  // yet; the gate has been left
    kEndMark,
    kEnd
  };

  // Starts a task: `body(part)`, which says whether it has a token then, and
  // what items of `section` it may take.
  template <typename Body>
  void Start(Section& section, Body body) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Starts one that takes items, as the gate has said.
  void CallTask(Section& section) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Starts one that goes on with an item inside of `stage` first.
  void HandOver(Section& section, Item& item, std::size_t stage,
                Entry entry) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeItems(Part& part, Section& section, Token token)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Make the next item, inside the gate.
  Answer AskSource(Section& section, Item& item) ABSL_LOCKS_EXCLUDED(mutex_);
  Answer AskJunction(Part& part, Section& section, Item& item)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes the next value of `held`; returns true if it was the last.
  bool TakeHeld(Section& section, Item& held, Item& item);
  void SetItemTime(Item& item);
  // Says that no item comes after those there were: by `item`, as the mark, if
  // there is a section behind.
  Answer EndOf(Section& section, Item& item) ABSL_LOCKS_EXCLUDED(mutex_);
  // Drops what there is of an item whose making at `where` has thrown what is
  // being handled, and ends the run.
  void DropUnbegun(Item& item, const std::string& where)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Carries an item from `stage`, of which it may be inside, as far as it gets,
  // and then others that it finds waiting at the last stage. Returns whether
  // the caller has a token.
  Token Carry(Part& part, Section& section, Item& item, std::size_t stage,
              Entry entry) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same up to where the item's scope has to end.
  Halt RunStages(Part& part, Section& section, Item& item, std::size_t stage,
                 Entry entry) ABSL_LOCKS_EXCLUDED(mutex_);
  Halt RunStagesHere(Part& part, Section& section, Item& item,
                     std::size_t stage, Entry entry)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns false if the item is away now.
  bool RunStage(Part& part, Section& section, std::size_t stage, Item& item,
                Entry entry) ABSL_LOCKS_EXCLUDED(mutex_);
  // Starts the coroutine, which takes the item.
  void SendAway(Section& section, Item& item, std::size_t stage) noexcept;

  // Brings an item to the junction behind its section, when it is its turn, and
  // then those that wait for theirs.
  void Deliver(Part& part, Section& section, Item& item)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes in one. Returns true if it is held now, and so may be gone.
  bool TakeIn(Part& part, Section& section, Item& item)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Ends an item of `section` and frees its token, by which another may be
  // taken.
  void EndItem(Part& part, Section& section, Item& item)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Records the exception that is being handled.
  void HandleFailure(Part& part, const Stage& stage, const Item& item)
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

  const PipelineOptions& options_;
  RunFlow run_;

  std::deque<Section> sections_;
  std::atomic<bool> is_stopped_{false};  // `failure_` is set, to be asked often

  alignas(64) base::Mutex mutex_;
  PipelineResult result_ ABSL_GUARDED_BY(mutex_);
  std::size_t through_ ABSL_GUARDED_BY(mutex_) = 0;   // of the items
  bool has_no_more_ ABSL_GUARDED_BY(mutex_) = false;  // the last section
  std::exception_ptr failure_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Item>> items_ ABSL_GUARDED_BY(mutex_);
  Item* free_items_ ABSL_GUARDED_BY(mutex_) = nullptr;

  // Goes first: waits for what uses the others.
  alignas(64) TaskGroup group_;
};

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_PIPELINE_RUN_H_
