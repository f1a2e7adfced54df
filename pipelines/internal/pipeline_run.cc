// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/internal/pipeline_run.h"

#include <algorithm>
#include <utility>

#include "weft/context/deadline.h"
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

// Throws DeadlineExceededError if the item, whose flow is the calling one, is
// late.
void ThrowIfLate() {
  if (!Deadline::Current().has_passed()) return;
  throw DeadlineExceededError("the item is late");
}

}  // namespace

class PipelineRun::Part {
 public:
  explicit Part(PipelineRun& run) : run_(run) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  ~Part() {
    const MutexLock lock(run_.mutex_);
    if (record_ != nullptr) Push(*record_);
    PutBack(kMostRecords + 1);
    run_.result_.items += items_;
    run_.result_.dropped += dropped;
    run_.result_.failed += failed;
    run_.through_ += through;
  }

  // Returns a record for the next item. Throws std::bad_alloc.
  Item& record() {
    if (record_ == nullptr) [[unlikely]] {
      if (count_ == 0) TakeRecords();
      record_ = Pop();
    }
    return *record_;
  }
  // Takes the record of an item that has ended.
  void GiveRecord(Item& item) noexcept {
    if (record_ == nullptr) [[likely]] {
      record_ = &item;
      return;
    }
    Push(item);
    if (count_ <= kMostRecords) return;
    const MutexLock lock(run_.mutex_);
    PutBack(kMostRecords / 2);
  }

  // Count an item that is begun, and one that is through, put aside or dropped.
  void BeginItem() noexcept {
    record_ = nullptr;
    ++items_;
  }
  // Begins one that is none.
  void BeginEmptyItem() noexcept { record_ = nullptr; }
  void EndItem() noexcept { is_over_ = shift_.IsOverAfterAnother(); }
  bool is_over() const noexcept { return is_over_; }

  std::size_t dropped = 0;
  std::size_t failed = 0;
  std::size_t through = 0;

 private:
  // The most records that it keeps besides: who goes on with items that others
  // have begun gives records back, and those others take some, a few at a time.
  static constexpr int kMostRecords = 8;

  void Push(Item& item) noexcept {
    item.next = std::exchange(records_, &item);
    ++count_;
  }
  Item* Pop() noexcept {
    --count_;
    return std::exchange(records_, records_->next);
  }
  // Takes some that are free; if there are none, makes one.
  void TakeRecords() {
    const MutexLock lock(run_.mutex_);
    while (run_.free_items_ != nullptr && count_ < kMostRecords / 2) {
      Push(*std::exchange(run_.free_items_, run_.free_items_->next));
    }
    if (count_ > 0) return;
    run_.items_.push_back(std::make_unique<Item>(run_));
    Push(*run_.items_.back());
  }
  // Gives up to `most` of them back.
  void PutBack(int most) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_.mutex_) {
    for (; most > 0 && count_ > 0; --most) {
      Item* const item = Pop();
      item->next = std::exchange(run_.free_items_, item);
    }
  }

  PipelineRun& run_;
  Shift shift_;
  bool is_over_ = false;
  Item* record_ = nullptr;   // for the next item
  Item* records_ = nullptr;  // others without an item
  int count_ = 0;            // of those
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

void PipelineRun::Item::GoOn() noexcept {
  run.HandOver(*section, *this, stage, Entry::kReturned);
}

PipelineRun::Section::Section(SectionStages& its, std::size_t tokens)
    : junction(its.junction.get()),
      first(junction == nullptr ? 1 : 0),
      exit(tokens),
      gate(tokens) {
  for (const std::unique_ptr<Stage>& stage : its.stages) {
    const StageMode mode = stage->mode();
    turns.emplace_back(mode == StageMode::kParallel ? std::size_t{1} : tokens);
    steps.push_back({*stage, mode, turns.back()});
  }
}

void PipelineRun::Section::Hold(Item& item) {
  item.next = nullptr;
  const MutexLock lock(mutex);
  (first_held == nullptr ? first_held : last_held->next) = &item;
  last_held = &item;
}

PipelineRun::Item* PipelineRun::Section::FirstHeld() {
  const MutexLock lock(mutex);
  if (first_held == nullptr) gate.LeaveWithNothing();
  return first_held;
}

void PipelineRun::Section::RemoveFirstHeld() {
  const MutexLock lock(mutex);
  first_held = first_held->next;
}

PipelineRun::PipelineRun(std::vector<SectionStages>& sections,
                         Executor& executor, const PipelineOptions& options,
                         std::source_location where)
    : options_(options), run_(where), group_(executor) {
  for (SectionStages& section : sections) {
    Section* const last = sections_.empty() ? nullptr : &sections_.back();
    sections_.emplace_back(section, TokensOf(options));
    if (last != nullptr) last->next = &sections_.back();
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
    Section& first = sections_.front();
    if (first.gate.Free(Token::kNone)) CallTask(first);
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
void PipelineRun::Start(Section& section, Body body) noexcept {
  try {
    group_.Run(
        [this, &section, body] {
          Part part(*this);
          try {
            TakeItems(part, section, body(part));
          } catch (...) {
            Stop(std::current_exception());
          }
        },
        run_.where());
  } catch (...) {
    Stop(std::current_exception());
  }
}

void PipelineRun::CallTask(Section& section) noexcept {
  Start(section, [](Part&) { return Token::kCalled; });
}

void PipelineRun::HandOver(Section& section, Item& item, std::size_t stage,
                           Entry entry) noexcept {
  Start(section, [this, &section, &item, stage, entry](Part& part) {
    return Carry(part, section, item, stage, entry);
  });
}

void PipelineRun::TakeItems(Part& part, Section& section, Token token) {
  // If the run's flow has reached a limit, the executor refuses the task that
  // is called here, and that one's group tells of it.
  while (!part.is_over() && !LimitIsReached()) {
    Item& item = part.record();
    if (!section.gate.Enter(token)) return;
    switch (section.junction == nullptr ? AskSource(section, item)
                                        : AskJunction(part, section, item)) {
      case Answer::kItem:
        part.BeginItem();
        break;
      case Answer::kEmptyItem:
        part.BeginEmptyItem();
        break;
      case Answer::kEndMark:
        part.BeginEmptyItem();
        section.gate.Close();
        break;
      case Answer::kNothing:
        return;
      case Answer::kEnd:
        return section.gate.LeaveAtEnd();
    }
    if (section.gate.LeaveWithItem()) CallTask(section);
    token = Carry(part, section, item, section.first, Entry::kAtTheDoor);
  }
  if (section.gate.Free(token)) CallTask(section);
}

PipelineRun::Answer PipelineRun::AskSource(Section& section, Item& item) {
  const SourceScope scope(run_);
  Stage& source = section.steps.front().stage;
  item.index = section.next_index;
  item.kinship = {};
  try {
    source.Call(item.value);
    if (!item.value.has_value()) return EndOf(section, item);
    item.flow.Begin(run_);
    SetItemTime(item);
  } catch (...) {
    DropUnbegun(item, source.name());
    return Answer::kEnd;
  }
  ++section.next_index;
  return Answer::kItem;
}

PipelineRun::Answer PipelineRun::EndOf(Section& section, Item& item) {
  if (section.next != nullptr) {
    item.kinship.is_end = true;
    return Answer::kEndMark;
  }
  const MutexLock lock(mutex_);
  has_no_more_ = true;
  return Answer::kEnd;
}

PipelineRun::Answer PipelineRun::AskJunction(Part& part, Section& section,
                                             Item& item) {
  const Junction& junction = *section.junction;
  item.index = section.next_index;
  while (true) {
    Item* const held = section.FirstHeld();
    if (held == nullptr) return Answer::kNothing;
    item.kinship = {};
    Section& before = *held->section;
    const bool is_end = held->kinship.is_end;
    if (!held->value.has_value() && is_end) {
      section.RemoveFirstHeld();
      EndItem(part, before, *held);
      return EndOf(section, item);
    }
    bool is_last = true;
    try {
      if (held->value.has_value()) is_last = TakeHeld(section, *held, item);
    } catch (...) {
      DropUnbegun(item, junction.name());
      return Answer::kEnd;
    }
    if (is_last && !is_end) section.RemoveFirstHeld();
    switch (junction.kind()) {
      case Junction::Kind::kEach:
        if (junction.is_gathered()) {
          item.kinship = {held, is_last, false};
        } else if (is_last) {
          EndItem(part, before, *held);
        }
        break;
      case Junction::Kind::kBatch:
        if (!is_end) EndItem(part, before, *held);
        break;
      case Junction::Kind::kGather:
        Item& parent = *held->kinship.parent;
        item.kinship = {parent.kinship.parent, parent.kinship.is_last, false};
        EndItem(part, *parent.section, parent);
        EndItem(part, before, *held);
        break;
    }
    if (item.value.has_value()) {
      ++section.next_index;
      return Answer::kItem;
    }
    if (item.kinship.parent != nullptr) {
      ++section.next_index;
      return Answer::kEmptyItem;
    }
  }
}

bool PipelineRun::TakeHeld(Section& section, Item& held, Item& item) {
  Junction& junction = *section.junction;
  bool has_more = false;
  const auto take = [&] {
    has_more = junction.Next(held.value, item.value);
    if (item.value.has_value()) item.flow.BeginChild(run_);
  };
  if (junction.kind() == Junction::Kind::kBatch) {
    const RunScope scope(run_);
    take();
    SetItemTime(item);
  } else {
    const ItemScope scope(junction.kind() == Junction::Kind::kEach
                              ? held.flow
                              : held.kinship.parent->flow);
    take();
  }
  return !has_more;
}

void PipelineRun::SetItemTime(Item& item) {
  if (options_.item_time) item.flow.Limit(Deadline::In(*options_.item_time));
}

void PipelineRun::DropUnbegun(Item& item, const std::string& where) {
  const auto failure =
      std::make_exception_ptr(PipelineError(item.index, where));
  item.value.Reset();
  if (item.flow.has_begun()) item.flow.End();
  Stop(failure);
}

PipelineRun::Token PipelineRun::Carry(Part& part, Section& section, Item& first,
                                      std::size_t stage, Entry entry) {
  Item* item = &first;
  while (true) {
    const Halt halt = RunStages(part, section, *item, stage, entry);
    stage = halt.stage;
    entry = Entry::kInside;
    if (halt.reason == Halt::Reason::kTurn) {
      if (!section.steps[stage].turns.Enter(item->number, *item)) {
        part.EndItem();
        return Token::kNone;
      }
      continue;
    }
    if (halt.reason == Halt::Reason::kAway) [[unlikely]] {
      SendAway(section, *item, stage);
      part.EndItem();
      return Token::kNone;
    }
    if (halt.reason == Halt::Reason::kLeft && !section.IsLastStage(stage)) {
      HandOver(section, *halt.next, stage, Entry::kInside);
      ++stage;
      entry = Entry::kAtTheDoor;
      continue;
    }
    if (section.next != nullptr) [[unlikely]] {
      Deliver(part, section, *item);
      part.EndItem();
      return Token::kNone;
    }
    if (item->flow.has_begun()) [[likely]]
      item->flow.End();
    part.EndItem();
    part.GiveRecord(*item);
    if (halt.next == nullptr) return Token::kHeld;
    item = halt.next;  // which has a token of its own
    if (section.gate.Free(Token::kHeld)) CallTask(section);
    if (part.is_over()) {
      HandOver(section, *item, stage, Entry::kInside);
      return Token::kNone;
    }
  }
}

PipelineRun::Halt PipelineRun::RunStages(Part& part, Section& section,
                                         Item& item, std::size_t stage,
                                         Entry entry) {
  if (!item.flow.has_begun()) [[unlikely]] {
    return RunStagesHere(part, section, item, stage, entry);
  }
  const ItemScope scope(item.flow);
  return RunStagesHere(part, section, item, stage, entry);
}

PipelineRun::Halt PipelineRun::RunStagesHere(Part& part, Section& section,
                                             Item& item, std::size_t stage,
                                             Entry entry) {
  const std::size_t end = section.steps.size();
  for (; stage < end; ++stage, entry = Entry::kAtTheDoor) {
    const StageMode mode = section.steps[stage].mode;
    // An empty item has no business in a stage that keeps no order.
    const bool has_turn =
        mode == StageMode::kSerialInOrder ||
        (mode == StageMode::kSerial && item.value.has_value()) ||
        entry == Entry::kInside;
    Turns<Item>& turns = section.steps[stage].turns;
    if (has_turn && entry == Entry::kAtTheDoor) {
      item.number =
          mode == StageMode::kSerialInOrder ? item.index : turns.TakeNumber();
      if (!turns.TryEnter(item.number)) {
        return {Halt::Reason::kTurn, stage, nullptr};
      }
    }
    if (!RunStage(part, section, stage, item, entry)) [[unlikely]] {
      return {Halt::Reason::kAway, stage, nullptr};
    }
    if (!has_turn) continue;
    if (Item* const next = turns.Leave(item.number)) {
      return {Halt::Reason::kLeft, stage, next};
    }
  }
  return {Halt::Reason::kEnd, stage, nullptr};
}

bool PipelineRun::RunStage(Part& part, Section& section, std::size_t stage,
                           Item& item, Entry entry) {
  // relaxed: a thread that does not see it yet runs the stage as if it had come
  // sooner.
  if (is_stopped_.load(std::memory_order_relaxed)) item.value.Reset();
  if (!item.value.has_value()) return true;
  const StageScope scope(item.flow);
  Stage& called = section.steps[stage].stage;
  try {
    if (entry == Entry::kReturned) [[unlikely]] {
      called.Finish(item.value);
    } else {
      if (options_.item_time) [[unlikely]]
        ThrowIfLate();
      if (!called.Call(item.value)) [[unlikely]]
        return false;
    }
    if (item.value.has_value()) return true;
    ++(section.IsLastStage(stage) ? part.through : part.dropped);
  } catch (...) {
    item.value.Reset();
    HandleFailure(part, called, item);
  }
  return true;
}

void PipelineRun::SendAway(Section& section, Item& item,
                           std::size_t stage) noexcept {
  item.section = &section;
  item.stage = stage;
  try {
    section.steps[stage].stage.Start(item.value, group_, item);
  } catch (...) {
    Stop(std::current_exception());
  }
}

void PipelineRun::Deliver(Part& part, Section& section, Item& first) {
  if (!section.exit.Enter(first.index, first)) return;
  Item* item = &first;
  while (item != nullptr) {
    const std::size_t index = item->index;
    if (!TakeIn(part, section, *item)) EndItem(part, section, *item);
    item = section.exit.Leave(index);
  }
}

bool PipelineRun::TakeIn(Part& part, Section& section, Item& item) {
  Section& next = *section.next;
  Junction& junction = *next.junction;
  const Item::Kinship& kinship = item.kinship;
  bool is_held = kinship.is_end;
  try {
    std::size_t count = 0;
    if (item.value.has_value()) {
      const ItemScope scope(item.flow);
      count = junction.Arrive(item.value, next.gathered);
      ++part.through;
    }
    switch (junction.kind()) {
      case Junction::Kind::kEach:
        is_held = is_held || count > 0 || junction.is_gathered();
        break;
      case Junction::Kind::kBatch:
        if (count == junction.size() ||
            (kinship.is_end && next.gathered.has_value())) {
          junction.Complete(next.gathered, item.value);
          is_held = true;
        }
        break;
      case Junction::Kind::kGather:
        if (!kinship.is_last) break;
        // Otherwise the parent itself was dropped.
        if (kinship.parent->value.has_value()) {
          junction.Complete(next.gathered, item.value);
        }
        is_held = true;
        break;
    }
  } catch (...) {
    Stop(std::make_exception_ptr(PipelineError(item.index, junction.name())));
    return false;
  }
  if (!is_held) return false;
  // Only the items of a range go on in its item's context.
  if (junction.kind() != Junction::Kind::kEach && item.flow.has_begun()) {
    item.flow.End();
  }
  item.section = &section;
  next.Hold(item);
  if (next.gate.Free(Token::kNone)) CallTask(next);
  return true;
}

void PipelineRun::EndItem(Part& part, Section& section, Item& item) {
  if (item.flow.has_begun()) {
    {
      const ItemScope scope(item.flow);
      item.value.Reset();
    }
    item.flow.End();
  }
  item.value.Reset();
  part.GiveRecord(item);
  if (section.gate.Free(Token::kHeld)) CallTask(section);
}

void PipelineRun::HandleFailure(Part& part, const Stage& stage,
                                const Item& item) {
  try {
    ++part.failed;
    const PipelineError error(item.index, stage.name());
    if (!options_.on_item_error) throw error;
    options_.on_item_error(error);
  } catch (...) {
    Stop(std::current_exception());
  }
}

void PipelineRun::Stop(std::exception_ptr failure) {
  for (Section& section : sections_) section.gate.Close();
  const MutexLock lock(mutex_);
  if (failure_ == nullptr) failure_ = std::move(failure);
  // relaxed: see RunStage().
  is_stopped_.store(true, std::memory_order_relaxed);
}

}  // namespace weft::pipelines_internal
