// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/internal/pipeline_run.h"

#include <stdexcept>
#include <utility>

#include "weft/executor/errors.h"
#include "weft/pipelines/errors.h"
#include "weft/pipelines/stage_mode.h"

namespace weft::pipelines_internal {
namespace {

using base::MutexLock;

}  // namespace

PipelineRun::Item::Item(std::size_t item_index, StageValuePtr item_value,
                        std::source_location where)
    : index(item_index),
      resource("PIPELINE_ITEM", {}, where),
      context(ContextSnapshot::CaptureForTask()),
      value(std::move(item_value)) {}

void PipelineRun::Item::Drop() {
  if (value != nullptr) context.Run([this] { value.reset(); });
}

PipelineRun::PipelineRun(StageList& stages, Executor& executor,
                         const PipelineOptions& options,
                         std::source_location where)
    : stages_(stages),
      options_(options),
      call_("PIPELINE", {}, where),
      gates_(stages.size()),
      group_(executor) {}

void PipelineRun::Finish(PipelineResult& result) {
  Wait();
  const MutexLock lock(mutex_);
  // Items that were lost for any other reason: a task that was not run, an
  // exception of the executor's, a turn that did not come.
  result_.unfinished =
      result_.items - through_ - result_.dropped - result_.failed;
  result = result_;
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

void PipelineRun::Wait() {
  try {
    AskSource();
    group_.Wait();
  } catch (...) {
    // Exceptions of stages do not arrive here; this is the executor's own.
    Stop(std::current_exception());
  }
  // A group only counts the tasks that its flow's cancellation has prevented.
  if (group_.cancelled() == 0) return;
  Stop(std::make_exception_ptr(CancelledError(
      "Pipeline::Run: it was cancelled before all items were through; "
      "last_result() has their numbers")));
}

void PipelineRun::AskSource() {
  {
    const MutexLock lock(mutex_);
    if (failure_ != nullptr || is_source_asked_ || is_source_empty_ ||
        in_flight_ == options_.tokens) {
      return;
    }
    is_source_asked_ = true;
    ++in_flight_;
  }
  group_.Run([this] { Pull(); }, call_.resource().source_location());
}

void PipelineRun::Pull() {
  ItemPtr item = TakeItem();
  {
    const MutexLock lock(mutex_);
    is_source_asked_ = false;
    if (item != nullptr) {
      ++result_.items;
    } else {
      is_source_empty_ = true;
      --in_flight_;
    }
  }
  if (item == nullptr) return;
  AskSource();
  Carry(std::move(item), 1, Entry::kAtTheDoor);
}

PipelineRun::ItemPtr PipelineRun::TakeItem() {
  return call_.RunInAsyncScope([this]() -> ItemPtr {
    std::size_t index;
    {
      const MutexLock lock(mutex_);
      if (failure_ != nullptr) return nullptr;
      index = result_.items;
    }
    Stage& source = *stages_.front();
    try {
      StageValuePtr value = source.Call(nullptr);
      if (value == nullptr) return nullptr;
      return std::make_unique<Item>(index, std::move(value),
                                    call_.resource().source_location());
    } catch (...) {
      Stop(std::make_exception_ptr(PipelineError(index, source.name())));
      return nullptr;
    }
  });
}

void PipelineRun::Carry(ItemPtr item, std::size_t stage, Entry entry) {
  for (; stage < stages_.size(); ++stage, entry = Entry::kAtTheDoor) {
    const StageMode mode = stages_[stage]->mode();
    // An empty item has no business in a stage that keeps no order.
    const bool has_turn =
        mode == StageMode::kSerialInOrder ||
        (mode == StageMode::kSerial && item->value != nullptr) ||
        entry == Entry::kInside;
    if (has_turn && entry == Entry::kAtTheDoor && !Enter(stage, item)) return;
    RunStage(stage, *item);
    if (has_turn) Leave(stage);
  }
  const bool is_through = item->is_through;
  item.reset();
  {
    const MutexLock lock(mutex_);
    --in_flight_;
    if (is_through) ++through_;
  }
  AskSource();
}

bool PipelineRun::Enter(std::size_t stage, ItemPtr& item) {
  const MutexLock lock(mutex_);
  InOrderGate<ItemPtr>& in_order_gate = gates_[stage];
  return in_order_gate.Enter(stages_[stage]->mode() == StageMode::kSerialInOrder
                                 ? item->index
                                 : in_order_gate.TakeTicket(),
                             item);
}

void PipelineRun::Leave(std::size_t stage) {
  ItemPtr next;
  {
    const MutexLock lock(mutex_);
    next = gates_[stage].Leave();
  }
  if (next == nullptr) return;
  group_.Run(
      [this, stage, next = std::move(next)]() mutable {
        Carry(std::move(next), stage, Entry::kInside);
      },
      call_.resource().source_location());
}

void PipelineRun::RunStage(std::size_t stage, Item& item) {
  // relaxed: a thread that does not see it yet runs the stage as if it had come
  // sooner.
  if (is_stopped_.load(std::memory_order_relaxed)) item.Drop();
  if (item.value == nullptr) return;
  bool is_dropped = false;
  item.resource.RunInAsyncScope([&] {
    item.context.Run([&] {
      try {
        item.value = stages_[stage]->Call(std::move(item.value));
        item.context = ContextSnapshot::Capture();
        item.is_through = stage + 1 == stages_.size();
        is_dropped = item.value == nullptr && !item.is_through;
      } catch (...) {
        item.value.reset();
        HandleFailure(stage, item);
      }
    });
  });
  if (is_dropped) {
    const MutexLock lock(mutex_);
    ++result_.dropped;
  }
}

void PipelineRun::HandleFailure(std::size_t stage, const Item& item) {
  try {
    {
      const MutexLock lock(mutex_);
      ++result_.failed;
    }
    const PipelineError error(item.index, stages_[stage]->name());
    if (!options_.on_item_error) throw error;
    options_.on_item_error(error);
  } catch (...) {
    Stop(std::current_exception());
  }
}

void PipelineRun::Stop(std::exception_ptr failure) {
  const MutexLock lock(mutex_);
  if (failure_ == nullptr) failure_ = std::move(failure);
  // relaxed: see RunStage().
  is_stopped_.store(true, std::memory_order_relaxed);
}

}  // namespace weft::pipelines_internal
