// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/timer/timer_queue.h"

#include <algorithm>
#include <utility>

#include "weft/base/check.h"
#include "weft/context/duration.h"
#include "weft/executor/internal/engine/engine.h"

namespace weft::executor_internal {

using base::MutexLock;

namespace {

bool IsOpen(const TimerEntry& timer) noexcept {
  return timer.engine().accepted().Accepts(Admission::Caller::kOutside);
}

}  // namespace

void TimerEntry::QueueDue() noexcept {
  static_cast<void>(engine_->EnqueueAnnounced(*this, QueuePosition::kQueued));
}

void TimerEntry::Announcer::Run(Engine&) noexcept { timer_.QueueDue(); }

const Resource& TimerEntry::Announcer::resource() const noexcept {
  WEFT_CHECK(false, "an announcer has no resource for hooks");
}

bool TimerQueue::Add(TimerEntry& timer, Clock::time_point due) {
  const MutexLock lock(mutex_);
  if (!IsOpen(timer)) return false;
  if (heap_.capacity() <= alive_) {
    heap_.reserve(std::max<std::size_t>(16, 2 * alive_));
  }
  ++alive_;
  Insert(timer, due);
  return true;
}

bool TimerQueue::AddAgain(TimerEntry& timer, Clock::time_point now) noexcept {
  const MutexLock lock(mutex_);
  if (timer.is_cancelled_ || !IsOpen(timer)) return false;
  // Skips times that have passed during the run, or while it was late.
  const Clock::duration period = timer.period_;
  Clock::time_point due = timer.due_;
  if (now > due) due = now - context_internal::Between(due, now) % period;
  Insert(timer, context_internal::Later(due, period));
  return true;
}

TimerQueue::Cancelled TimerQueue::Cancel(TimerEntry& timer) noexcept {
  const MutexLock lock(mutex_);
  const bool comes_again = timer.phase_ == TimerEntry::Phase::kRunning &&
                           timer.period_ > Clock::duration(0);
  switch (timer.phase_) {
    case TimerEntry::Phase::kPending:
      Remove(timer.place_);
      timer.engine().timers().Count(-1);
      timer.phase_ = TimerEntry::Phase::kQueued;  // until it has been ended
      timer.is_cancelled_ = true;
      return Cancelled::kRemoved;
    case TimerEntry::Phase::kQueued:
    case TimerEntry::Phase::kRunning:
      if (timer.phase_ == TimerEntry::Phase::kRunning && !comes_again) break;
      return std::exchange(timer.is_cancelled_, true) ? Cancelled::kTooLate
                                                      : Cancelled::kMarked;
    case TimerEntry::Phase::kNew:
    case TimerEntry::Phase::kEnded:
      break;
  }
  return Cancelled::kTooLate;
}

void TimerQueue::MakeDueNow(TimerEntry& timer) noexcept {
  const MutexLock lock(mutex_);
  timer.is_due_now_ = true;
  if (timer.phase_ != TimerEntry::Phase::kPending) return;
  Remove(timer.place_);
  timer.engine().timers().Count(-1);
  Insert(timer, timer.due_);  // was here before: has room
}

bool TimerQueue::Begin(TimerEntry& timer) noexcept {
  const MutexLock lock(mutex_);
  if (timer.is_cancelled_) return false;
  timer.phase_ = TimerEntry::Phase::kRunning;
  return true;
}

void TimerQueue::End(TimerEntry& timer) noexcept {
  const MutexLock lock(mutex_);
  if (timer.phase_ != TimerEntry::Phase::kNew) --alive_;
  timer.phase_ = TimerEntry::Phase::kEnded;
}

TaskQueue TimerQueue::TakeAllOf(const Engine& engine) noexcept {
  TaskQueue taken;
  const MutexLock lock(mutex_);
  std::size_t kept = 0;
  for (const Place& entry : heap_) {
    if (&entry.timer->engine() == &engine) {
      entry.timer->phase_ = TimerEntry::Phase::kQueued;
      // Makes Cancel() say from now on that it does not prevent anything.
      entry.timer->is_cancelled_ = true;
      taken.Push(*entry.timer);
      entry.timer->engine().timers().Count(-1);
    } else {
      Put(kept++, entry);
    }
  }
  heap_.resize(kept);
  for (std::size_t place = kept / 2; place-- > 0;) {
    SiftDown(place, heap_[place]);
  }
  return taken;
}

TimerQueue::Clock::time_point TimerQueue::earliest() const noexcept {
  return heap_.empty() ? Clock::time_point::max() : heap_.front().due;
}

TimerEntry* TimerQueue::TakeDue(Clock::time_point now) noexcept {
  if (heap_.empty() || heap_.front().due > now) return nullptr;
  TimerEntry& timer = *heap_.front().timer;
  Remove(0);
  timer.phase_ = TimerEntry::Phase::kQueued;
  timer.OnDue();
  Engine& engine = timer.engine();
  engine.timers().Count(-1);
  // The engine is not stopped: see the class.
  const bool accepted = engine.AcceptAnnounced();
  WEFT_CHECK(accepted, "a timer was left to an executor that has ended");
  return &timer;
}

void TimerQueue::Queue(TimerEntry& timer) noexcept { timer.QueueDue(); }

void TimerQueue::Insert(TimerEntry& timer, Clock::time_point due) noexcept {
  timer.phase_ = TimerEntry::Phase::kPending;
  timer.due_ = timer.is_due_now_ ? Clock::time_point::min()
                                 : std::min(due, timer.latest_);
  const Place entry{timer.due_, next_number_++, &timer};
  heap_.push_back(entry);
  timer.engine().timers().Count(1);
  SiftUp(heap_.size() - 1, entry);
  if (timer.place_ == 0) OnEarlier();
}

void TimerQueue::Remove(std::size_t place) noexcept {
  const Place last = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return;
  if (last < heap_[place]) {
    SiftUp(place, last);
  } else {
    SiftDown(place, last);
  }
}

void TimerQueue::SiftUp(std::size_t place, Place entry) noexcept {
  while (place > 0) {
    const std::size_t above = (place - 1) / 2;
    if (!(entry < heap_[above])) break;
    Put(place, heap_[above]);
    place = above;
  }
  Put(place, entry);
}

void TimerQueue::SiftDown(std::size_t place, Place entry) noexcept {
  while (true) {
    std::size_t below = 2 * place + 1;
    if (below >= heap_.size()) break;
    if (below + 1 < heap_.size() && heap_[below + 1] < heap_[below]) ++below;
    if (!(heap_[below] < entry)) break;
    Put(place, heap_[below]);
    place = below;
  }
  Put(place, entry);
}

void TimerQueue::Put(std::size_t place, const Place& entry) noexcept {
  const Place copy = entry;
  heap_[place] = copy;
  copy.timer->place_ = place;
}

}  // namespace weft::executor_internal
