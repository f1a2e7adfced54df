// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/internal/pipeline_run.h"

#include <algorithm>
#include <utility>

#include "weft/executor/errors.h"
#include "weft/pipelines/errors.h"
#include "weft/pipelines/stage_mode.h"

namespace weft::pipelines_internal {
namespace {

using base::MutexLock;

// Bounds the rings of serial stages, which have a place for each token.
constexpr std::size_t kMostTokens = 65'536;

std::size_t TokensOf(const PipelineOptions& options) {
  return std::min(options.tokens, kMostTokens);
}

}  // namespace

class PipelineRun::Part {
 public:
  explicit Part(PipelineRun& run) : run_(run) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  ~Part() {
    const MutexLock lock(run_.mutex_);
    if (record_ != nullptr) PutBack(*record_);
    run_.result_.items += items_;
    run_.result_.dropped += dropped;
    run_.result_.failed += failed;
    run_.through_ += through;
  }

  // Returns a record for the next item. Throws std::bad_alloc.
  Item& record() {
    if (record_ == nullptr) [[unlikely]] {
      const MutexLock lock(run_.mutex_);
      record_ = run_.free_items_;
      if (record_ != nullptr) {
        run_.free_items_ = record_->next_free;
      } else {
        run_.items_.push_back(std::make_unique<Item>());
        record_ = run_.items_.back().get();
      }
    }
    return *record_;
  }
  // Takes the record of an item that has ended.
  void GiveRecord(Item& item) noexcept {
    if (record_ == nullptr) [[likely]] {
      record_ = &item;
      return;
    }
    const MutexLock lock(run_.mutex_);
    PutBack(item);
  }

  // Count an item that is begun, and one that is through, put aside or dropped.
  void BeginItem() noexcept {
    record_ = nullptr;
    ++items_;
  }
  void EndItem() noexcept { is_over_ = shift_.IsOverAfterAnother(); }
  bool is_over() const noexcept { return is_over_; }

  std::size_t dropped = 0;
  std::size_t failed = 0;
  std::size_t through = 0;

 private:
  void PutBack(Item& item) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_.mutex_) {
    item.next_free = std::exchange(run_.free_items_, &item);
  }

  PipelineRun& run_;
  Shift shift_;
  bool is_over_ = false;
  Item* record_ = nullptr;  // without an item
  std::size_t items_ = 0;
};

// An item that was left: it dies in its context.
PipelineRun::Item::~Item() {
  if (!flow.has_begun()) return;
  {
    const ItemScope scope(flow);
    value.Reset();
  }
  flow.End();
}

PipelineRun::PipelineRun(StageList& stages, Executor& executor,
                         const PipelineOptions& options,
                         std::source_location where)
    : stages_(stages),
      options_(options),
      run_(where),
      source_(TokensOf(options)),
      group_(executor) {
  for (std::size_t i = 0; i < stages.size(); ++i) {
    turns_.emplace_back(stages[i]->mode() == StageMode::kParallel
                            ? std::size_t{1}
                            : TokensOf(options));
  }
}

void PipelineRun::Finish(PipelineResult& result) {
  Wait();
  const MutexLock lock(mutex_);
  result_.unfinished = unfinished();
  result = result_;
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

void PipelineRun::Wait() {
  std::exception_ptr ended;
  try {
    if (source_.Free(Token::kNone)) CallTask();
    group_.Wait();
  } catch (...) {
    // Exceptions of stages do not arrive here; this is the executor's own.
    ended = std::current_exception();
    if (group_.failures() == 0) return Stop(std::move(ended));
  }
  // A group only counts the tasks that its flow's cancellation has prevented.
  if (ended == nullptr && group_.cancelled() > 0) {
    ended = std::make_exception_ptr(CancelledError(
        "Pipeline::Run: it was cancelled before all items were through; "
        "last_result() has their numbers"));
  }
  // A task that was not run may have had nothing to do.
  if (ended != nullptr && !HasDoneAll()) Stop(std::move(ended));
}

bool PipelineRun::HasDoneAll() {
  const MutexLock lock(mutex_);
  return has_no_more_ && unfinished() == 0;
}

template <typename Body>
void PipelineRun::Start(Body body) noexcept {
  try {
    group_.Run(
        [this, body] {
          Part part(*this);
          try {
            TakeItems(part, body(part));
          } catch (...) {
            Stop(std::current_exception());
          }
        },
        run_.where());
  } catch (...) {
    Stop(std::current_exception());
  }
}

void PipelineRun::CallTask() noexcept {
  Start([this](Part&) {
    source_.Begin();
    return Token::kNone;
  });
}

void PipelineRun::HandOver(Item& item, std::size_t stage) noexcept {
  Start([this, &item, stage](Part& part) {
    return Carry(part, item, stage, Entry::kInside);
  });
}

void PipelineRun::TakeItems(Part& part, Token token) {
  // If the run's flow has reached a limit, the executor refuses the task that
  // is called here, and that one's group tells of it.
  while (!part.is_over() && !LimitIsReached()) {
    Item& item = part.record();
    if (!source_.Enter(token)) return;
    if (!AskSource(item)) return source_.LeaveAtEnd();
    part.BeginItem();
    if (source_.LeaveWithItem()) CallTask();
    token = Carry(part, item, 1, Entry::kAtTheDoor);
  }
  if (source_.Free(token)) CallTask();
}

bool PipelineRun::AskSource(Item& item) {
  const SourceScope scope(run_);
  Stage& source = *stages_.front();
  item.index = next_index_;
  try {
    source.Call(item.value);
    if (!item.value.has_value()) {
      const MutexLock lock(mutex_);
      has_no_more_ = true;
      return false;
    }
    item.flow.Begin(run_);
  } catch (...) {
    item.value.Reset();
    Stop(std::make_exception_ptr(PipelineError(item.index, source.name())));
    return false;
  }
  ++next_index_;
  return true;
}

PipelineRun::Token PipelineRun::Carry(Part& part, Item& first,
                                      std::size_t stage, Entry entry) {
  Item* item = &first;
  while (true) {
    const Halt halt = RunStages(part, *item, stage, entry);
    stage = halt.stage;
    entry = Entry::kInside;
    if (halt.reason == Halt::Reason::kTurn) {
      if (!turns_[stage].Enter(item->number, *item)) {
        part.EndItem();
        return Token::kNone;
      }
      continue;
    }
    if (halt.reason == Halt::Reason::kLeft && stage + 1 < stages_.size()) {
      HandOver(*halt.next, stage);
      ++stage;
      entry = Entry::kAtTheDoor;
      continue;
    }
    item->flow.End();
    part.EndItem();
    part.GiveRecord(*item);
    if (halt.next == nullptr) return Token::kHeld;
    item = halt.next;  // which has a token of its own
    if (source_.Free(Token::kHeld)) CallTask();
    if (part.is_over()) {
      HandOver(*item, stage);
      return Token::kNone;
    }
  }
}

PipelineRun::Halt PipelineRun::RunStages(Part& part, Item& item,
                                         std::size_t stage, Entry entry) {
  const ItemScope scope(item.flow);
  for (; stage < stages_.size(); ++stage, entry = Entry::kAtTheDoor) {
    const StageMode mode = stages_[stage]->mode();
    // An empty item has no business in a stage that keeps no order.
    const bool has_turn =
        mode == StageMode::kSerialInOrder ||
        (mode == StageMode::kSerial && item.value.has_value()) ||
        entry == Entry::kInside;
    if (has_turn && entry == Entry::kAtTheDoor) {
      item.number = mode == StageMode::kSerialInOrder
                        ? item.index
                        : turns_[stage].TakeNumber();
      if (!turns_[stage].TryEnter(item.number)) {
        return {Halt::Reason::kTurn, stage, nullptr};
      }
    }
    RunStage(part, stage, item);
    if (!has_turn) continue;
    if (Item* const next = turns_[stage].Leave(item.number)) {
      return {Halt::Reason::kLeft, stage, next};
    }
  }
  return {Halt::Reason::kEnd, stage, nullptr};
}

void PipelineRun::RunStage(Part& part, std::size_t stage, Item& item) {
  // relaxed: a thread that does not see it yet runs the stage as if it had come
  // sooner.
  if (is_stopped_.load(std::memory_order_relaxed)) item.value.Reset();
  if (!item.value.has_value()) return;
  const StageScope scope(item.flow);
  try {
    stages_[stage]->Call(item.value);
    if (item.value.has_value()) return;
    ++(stage + 1 == stages_.size() ? part.through : part.dropped);
  } catch (...) {
    item.value.Reset();
    HandleFailure(part, stage, item);
  }
}

void PipelineRun::HandleFailure(Part& part, std::size_t stage,
                                const Item& item) {
  try {
    ++part.failed;
    const PipelineError error(item.index, stages_[stage]->name());
    if (!options_.on_item_error) throw error;
    options_.on_item_error(error);
  } catch (...) {
    Stop(std::current_exception());
  }
}

void PipelineRun::Stop(std::exception_ptr failure) {
  source_.Close();
  const MutexLock lock(mutex_);
  if (failure_ == nullptr) failure_ = std::move(failure);
  // relaxed: see RunStage().
  is_stopped_.store(true, std::memory_order_relaxed);
}

}  // namespace weft::pipelines_internal
