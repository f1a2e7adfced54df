// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/record/recorder.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/hooks/async_id.h"
#include "weft/observe/internal/record/site_table.h"
#include "weft/observe/internal/record/writer.h"
#include "weft/observe/internal/tap.h"
#include "weft/observe/level.h"
#include "weft/observe/trace/recording.h"

namespace weft::observe_internal {
namespace {

using base::MutexLock;
using observe::Level;

constexpr EventBits kSignals =
    SignalBit(Signal::kBefore) | SignalBit(Signal::kAfter) |
    SignalBit(Signal::kSteal) | SignalBit(Signal::kDrop) |
    SignalBit(Signal::kThrow) | SignalBit(Signal::kSend) |
    SignalBit(Signal::kReceive) | SignalBit(Signal::kPark) |
    SignalBit(Signal::kUnpark) | SignalBit(Signal::kWait) |
    SignalBit(Signal::kAwait) | SignalBit(Signal::kWaitEnd) |
    SignalBit(Signal::kSearch) | SignalBit(Signal::kWorkerStart) |
    SignalBit(Signal::kWorkerStop);
constexpr EventBits kFlightSignals =
    kSignals | SignalBit(Signal::kEnqueueSample);
constexpr EventBits kFullSignals =
    kSignals | SignalBit(Signal::kEnqueue) | SignalBit(Signal::kInit) |
    SignalBit(Signal::kSettle) | SignalBit(Signal::kDestroy) |
    SignalBit(Signal::kForkInit) | SignalBit(Signal::kForkBefore) |
    SignalBit(Signal::kForkAfter);

// The calling thread's; null if it has none, or if it is ending.
constinit thread_local Writer* this_writer = nullptr;
// If it is ending this is true, and if it has found no ring the number of rings
// that had been given back by then, and one.
constinit thread_local bool this_thread_is_ending = false;
constinit thread_local std::uint64_t refused_at = 0;

// Edges:
//   [X7] the store of `image_` <-> the loads of it: the image is complete.
//        Breaks if weakened: a thread records into an image whose head is not
//        written. Test: FlightRecorderTest (TSan).
class Recorder final : public Listener {
 public:
  base::Mutex& mutex() noexcept ABSL_LOCK_RETURNED(mutex_) { return mutex_; }
  base::Mutex& sites_mutex() noexcept { return sites_.mutex(); }

  void RecordInto(Image image) {
    {
      const MutexLock lock(mutex_);
      if (memory() != nullptr) {
        throw std::logic_error("weft: there is a flight recorder already");
      }
      rings_.assign(image.head().threads, 0);
      image_.store(&image.head(), std::memory_order_release);  // [X7]
    }
    Listen(Seat::kRecorder, *this);
  }

  Image image() const noexcept {
    return Image(reinterpret_cast<std::byte*>(memory()));
  }

  EventBits SetLevel(Level level) noexcept override {
    // relaxed: a hint: what is recorded of another level is true.
    is_full_.store(level == Level::kFull, std::memory_order_relaxed);
    if (level >= Level::kFlight) {
      return level == Level::kFull ? kFullSignals : kFlightSignals;
    }
    if (const Image image = this->image()) {
      // relaxed: a number.
      image.head().session.fetch_add(1, std::memory_order_relaxed);
    }
    return 0;
  }

  void Hear(const Told& told, Stamp& stamp) noexcept override {
    if (Writer* const writer = OwnWriter()) Write(*writer, told, stamp);
  }
  void HearBegin(const Told& told, Stamp& stamp) noexcept override {
    Writer* const writer = OwnWriter();
    if (writer == nullptr) [[unlikely]]
      return;
    const Ticks now = stamp.Get();
    writer->Begin(*told.resource, now);
    // relaxed: see SetLevel().
    if (is_full_.load(std::memory_order_relaxed)) {
      writer->NoteLabels(now);
    } else if (writer->has_labels()) [[unlikely]] {
      writer->EndLabels(now);
    }
  }
  void HearEnd(const Told& told, Stamp& stamp) noexcept override {
    if (Writer* const writer = OwnWriter()) {
      writer->End(*told.resource, stamp.Get());
    }
  }

  void Detach(Writer& writer) noexcept;

  // In a child after fork(), which has one thread.
  void Forget() noexcept {
    // relaxed: there is no other thread.
    image_.store(nullptr, std::memory_order_relaxed);
    delete std::exchange(this_writer, nullptr);
    refused_at = 0;
  }

 private:
  static constexpr std::uint64_t kInUse = ~std::uint64_t{0};

  ImageHead* memory() const noexcept {
    return image_.load(std::memory_order_acquire);  // [X7]
  }

  // Returns the calling thread's; null if it can have none, which is counted.
  Writer* OwnWriter() noexcept {
    return this_writer != nullptr ? this_writer : Attach();
  }

  static void Write(Writer& writer, const Told& told, Stamp& stamp) noexcept {
    switch (told.signal) {
      case Signal::kEnqueue:
      case Signal::kEnqueueSample:
        return writer.Moment(RecordKind::kEnqueue, *told.resource, stamp.Get(),
                             told.worker.executor);
      case Signal::kSteal:
        return writer.Moment(RecordKind::kSteal, *told.resource, stamp.Get(),
                             told.detail);
      case Signal::kDrop:
        return writer.Moment(RecordKind::kDrop, *told.resource, stamp.Get(),
                             told.detail);
      case Signal::kThrow:
        return writer.Moment(RecordKind::kThrow, *told.resource, stamp.Get());
      case Signal::kSend:
        return writer.Moment(RecordKind::kSend, *told.resource, stamp.Get(),
                             told.detail);
      case Signal::kReceive:
        return writer.Moment(RecordKind::kReceive, *told.resource, stamp.Get(),
                             told.detail);
      case Signal::kInit:
      case Signal::kForkInit:
        return writer.Moment(RecordKind::kInit, *told.resource, stamp.Get());
      case Signal::kSettle:
        return writer.Moment(RecordKind::kSettle, *told.resource, stamp.Get());
      case Signal::kDestroy:
        return writer.Moment(RecordKind::kDestroy, *told.resource, stamp.Get());
      case Signal::kPark:
        writer.Become(told.worker);
        return writer.Sleep(RecordKind::kPark, stamp.Get());
      case Signal::kUnpark:
        return writer.Wake(RecordKind::kPark, nullptr, stamp.Get());
      case Signal::kWait:
        return writer.Sleep(RecordKind::kWait, stamp.Get());
      case Signal::kWaitEnd:
        return writer.Wake(RecordKind::kWait, told.resource, stamp.Get());
      case Signal::kSearch:
      case Signal::kWorkerStart:
      case Signal::kWorkerStop:
        return writer.Idle(told.worker);
      default:
        return;
    }
  }

  Writer* Attach() noexcept;
  // Returns the ring that has been without an owner for longest; none if all
  // have one.
  std::optional<std::size_t> FindRing() const noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<ImageHead*> image_{nullptr};  // [X7]
  std::atomic<bool> is_full_{false};
  // How often a ring was given back.
  std::atomic<std::uint64_t> given_back_{0};
  base::Mutex mutex_;
  // For each ring: kInUse, or how many had been given back before it; 0 if it
  // has had no owner.
  std::vector<std::uint64_t> rings_ ABSL_GUARDED_BY(mutex_);
  SiteTable sites_;
};

// Never destroyed: threads may be told of after static destruction.
Recorder& TheRecorder() noexcept {
  static Recorder& recorder = *new Recorder;
  static const base::AtFork& known_at_fork = *new base::AtFork(
      recorder.mutex(), []() noexcept { TheRecorder().Forget(); });
  static const base::AtFork& sites_known_at_fork =
      *new base::AtFork(recorder.sites_mutex());
  static_cast<void>(known_at_fork);
  static_cast<void>(sites_known_at_fork);
  return recorder;
}
// At load: fork() may come while another thread makes it.
[[maybe_unused]] const Recorder& made_at_load = TheRecorder();

// Gives the thread's ring back at its end. Destructors of thread_locals may be
// told of after that: it is lost.
class ThreadGuard {
 public:
  void Arm() noexcept { armed_ = true; }
  ~ThreadGuard() {
    this_thread_is_ending = true;
    if (armed_ && this_writer != nullptr) {
      TheRecorder().Detach(*std::exchange(this_writer, nullptr));
    }
  }

 private:
  bool armed_ = false;
};
thread_local ThreadGuard thread_guard;

Writer* Recorder::Attach() noexcept {
  const Image image = this->image();
  if (!image) return nullptr;  // in a child after fork()
  // relaxed: a hint.
  const std::uint64_t given_back =
      given_back_.load(std::memory_order_relaxed) + 1;
  if (!this_thread_is_ending && refused_at != given_back) {
    refused_at = given_back;
    const MutexLock lock(mutex_);
    if (const std::optional<std::size_t> index = FindRing()) {
      // Null: there is no memory.
      if (auto* const writer =
              new (std::nothrow) Writer(image, *index, sites_)) {
        rings_[*index] = kInUse;
        Own(image.thread(*index));
        refused_at = 0;
        thread_guard.Arm();
        return this_writer = writer;
      }
    }
  }
  // relaxed: a number.
  image.head().lost_records.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

std::optional<std::size_t> Recorder::FindRing() const noexcept {
  const auto oldest = std::min_element(rings_.begin(), rings_.end());
  if (*oldest == kInUse) return std::nullopt;
  return static_cast<std::size_t>(oldest - rings_.begin());
}

void Recorder::Detach(Writer& writer) noexcept {
  {
    const MutexLock lock(mutex_);
    // relaxed: written under the lock; to others a hint.
    rings_[writer.index()] =
        given_back_.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  delete &writer;
}

}  // namespace

void RecordInto(Image image) { TheRecorder().RecordInto(image); }

Image CurrentImage() noexcept { return TheRecorder().image(); }

}  // namespace weft::observe_internal
