// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The seam: where pipelines meet frames, ids and hooks, and nowhere else.
//
//   RunFlow      one run: captures; init, ..., destroy
//   RunScope     makes a thread be the run
//   SourceScope  a call of the source, as the run: before, ..., after
//   ItemFlow     an item: init in the scope of what it comes of, ..., destroy
//   ItemScope    makes a thread be the item, for some of its stages
//   StageScope   a call of a stage: before, ..., after
//
// It includes internal headers of context and hooks because the public classes
// allocate and count: an AsyncResource and a ContextSnapshot for each item, and
// a scope of both for each stage, cost more than all that oneTBB's pipeline
// does for an item. Here an item lies in its record, takes over what the source
// has entered, and is installed once for all stages that it goes through on one
// thread.

#ifndef WEFT_PIPELINES_INTERNAL_ITEM_FLOW_H_
#define WEFT_PIPELINES_INTERNAL_ITEM_FLOW_H_

#include <optional>
#include <source_location>

#include "weft/context/deadline.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/hooks/internal/emit.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/internal/nobody_scope.h"
#include "weft/hooks/resource.h"

namespace weft::pipelines_internal {

// One run of a pipeline, which outlives its items.
//
// Any thread may open scopes of it; owner-only otherwise.
class RunFlow {
 public:
  // Captures the calling flow, as a task does; emits init. Throws
  // std::bad_alloc, and what the copy of a store throws.
  explicit RunFlow(std::source_location where);
  RunFlow(const RunFlow&) = delete;
  RunFlow& operator=(const RunFlow&) = delete;
  // Emits destroy.
  ~RunFlow();

  std::source_location where() const noexcept {
    return resource_.source_location();
  }

 private:
  friend class RunScope;
  friend class SourceScope;
  friend class ItemFlow;

  const context_internal::FrameRef frame_;
  Resource resource_;
};

// Makes the calling thread be the run for the life of the scope.
class RunScope {
 public:
  explicit RunScope(RunFlow& run) noexcept
      : execution_(run.resource_), frame_(run.frame_.get()) {}
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;

 private:
  const hooks_internal::ExecutionScope execution_;
  const hooks_internal::TaskFrameScope frame_;
};

// The same while it calls the source.
class SourceScope {
 public:
  explicit SourceScope(RunFlow& run) noexcept
      : resource_(run.resource_), scope_(run) {
    hooks_internal::EmitBefore(resource_);
  }
  SourceScope(const SourceScope&) = delete;
  SourceScope& operator=(const SourceScope&) = delete;
  ~SourceScope() { hooks_internal::EmitAfter(resource_); }

 private:
  Resource& resource_;
  const RunScope scope_;
};

// The context and the id of an item, one after the other: each begins and ends.
// Owner-only; whoever carries an item hands it over.
class ItemFlow {
 public:
  ItemFlow() = default;
  ItemFlow(const ItemFlow&) = delete;
  ItemFlow& operator=(const ItemFlow&) = delete;

  // Begins an item in the scope of the call that has returned it: takes over
  // what that has entered; emits init. Throws std::bad_alloc, and what the copy
  // of a store throws, with nothing begun.
  void Begin(const RunFlow& run);
  // Begins one in the scope of what it comes of, another item or the run:
  // inherits its context, as a task does. Otherwise the same.
  void BeginChild(const RunFlow& run);
  // Gives an item that has begun until `deadline`, or its context's if that is
  // earlier. Throws std::bad_alloc, with nothing changed.
  void Limit(Deadline deadline);
  bool has_begun() const noexcept { return resource_.has_value(); }
  // Releases what it has entered, as nobody; emits destroy.
  void End() noexcept;

 private:
  friend class ItemScope;
  friend class StageScope;

  void EmitInit(const RunFlow& run) noexcept;

  std::optional<Resource> resource_;
  // What is current in the item. What it does not own the run keeps.
  context_internal::Flow flow_ = {};
};

// Makes the calling thread be the item for the life of the scope. What is
// entered inside stays the item's.
class ItemScope {
 public:
  explicit ItemScope(ItemFlow& item) noexcept
      : item_(item),
        execution_(*item.resource_),
        outer_(context_internal::current_flow) {
    context_internal::current_flow = item.flow_;
  }
  ItemScope(const ItemScope&) = delete;
  ItemScope& operator=(const ItemScope&) = delete;
  ~ItemScope() {
    item_.flow_ = context_internal::current_flow;
    context_internal::current_flow = outer_;
  }

 private:
  ItemFlow& item_;
  const hooks_internal::ExecutionScope execution_;
  const context_internal::Flow outer_;
};

// One call of a stage, in an ItemScope.
class StageScope {
 public:
  explicit StageScope(const ItemFlow& item) noexcept
      : resource_(*item.resource_) {
    hooks_internal::EmitBefore(resource_);
  }
  StageScope(const StageScope&) = delete;
  StageScope& operator=(const StageScope&) = delete;
  ~StageScope() {
    hooks_internal::EmitAfter(resource_);
    if (context_internal::current_flow.scope != nullptr) [[unlikely]] {
      context_internal::StorageScopeOutlivedItsFlow();
    }
  }

 private:
  const Resource& resource_;
};

// True if the calling flow is cancelled, or late.
bool LimitIsReached() noexcept;

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_ITEM_FLOW_H_
