// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Writes what one thread does into its part of an image (image.h).

#ifndef WEFT_OBSERVE_INTERNAL_RECORD_WRITER_H_
#define WEFT_OBSERVE_INTERNAL_RECORD_WRITER_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "weft/hooks/resource.h"
#include "weft/hooks/worker_id.h"
#include "weft/observe/internal/clock.h"
#include "weft/observe/internal/record/image.h"
#include "weft/observe/internal/record/site_table.h"
#include "weft/observe/trace/recording.h"

namespace weft::observe_internal {

using observe::RecordKind;

// Owner-only: the thread's own.
class Writer {
 public:
  Writer(Image image, std::size_t index, SiteTable& sites) noexcept
      : image_(image),
        index_(index),
        sites_(sites),
        thread_(image.thread(index)),
        ring_(image.ring(index)) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Returns which part of the image it writes.
  std::size_t index() const noexcept { return index_; }

  // `resource` begins to run, and has ended.
  [[gnu::always_inline]] inline void Begin(const Resource& resource,
                                           Ticks now) noexcept {
    BeInSession();
    if (!thread_.open.Push(
            {now, Id(resource), Trigger(resource, RecordKind::kRun)}))
        [[unlikely]] {
      ++too_deep_;
    }
  }
  void End(const Resource& resource, Ticks now) noexcept {
    const std::size_t depth = thread_.open.depth();
    if (depth > 0 && too_deep_ == 0) [[likely]] {
      const auto [begin, id, trigger] = thread_.open.Get(depth - 1);
      if (IsOf(resource, id)) [[likely]] {
        ring_.Put({now, begin, id, trigger});
        return thread_.open.Cut(depth - 1);
      }
    }
    EndOther(resource, now);
  }

  // Notes the labels of what has begun now, unless they are those of what began
  // before it.
  void NoteLabels(Ticks now) noexcept;
  // What begins from now on does not tell its labels.
  bool has_labels() const noexcept { return label_bytes_ != 0; }
  void EndLabels(Ticks now) noexcept;

  void Moment(RecordKind kind, const Resource& resource, Ticks now,
              std::uint64_t detail = 0) noexcept {
    ring_.Put({now, detail, Id(resource), Trigger(resource, kind)});
  }

  // A worker is between tasks.
  void Idle(WorkerId worker) noexcept;
  // The thread is a worker.
  void Become(WorkerId worker) noexcept;

  // The thread goes to sleep, for want of tasks or in `waits`, and wakes up.
  void Sleep(RecordKind kind, Ticks now) noexcept;
  void Wake(RecordKind kind, const Resource* waits, Ticks now) noexcept;

 private:
  struct Cached {
    // A type may be a text of the user's that has gone: its letters count.
    // Those of the runtime's own stay, and have one address.
    bool IsOf(std::string_view other) const noexcept {
      if (other.size() != type.size()) return false;
      return other.data() == lasting || other == type;
    }

    Place place;
    std::string_view type;
    const char* lasting = nullptr;
    std::uint16_t site = 0;  // 0: nothing is cached
  };

  // Forgets what has begun in an earlier session: its end may not have been
  // told.
  void BeInSession() noexcept {
    // relaxed: numbers, the latter this thread's own.
    const std::uint64_t session =
        image_.head().session.load(std::memory_order_relaxed);
    if (thread_.session.load(std::memory_order_relaxed) != session)
        [[unlikely]] {
      Enter(session);
    }
  }
  void Enter(std::uint64_t session) noexcept;

  // True if `id` is a record's, of that resource.
  static bool IsOf(const Resource& resource, std::uint64_t id) noexcept {
    return id >> 16 == resource.async_id() << 16 >> 16;
  }
  // End() of a resource that is not the one that began last.
  void EndOther(const Resource& resource, Ticks now) noexcept;

  Ticks& Slept(RecordKind kind) noexcept {
    return kind == RecordKind::kPark ? parked_ : waited_;
  }
  // So many have ended unseen.
  void CountIncomplete(std::size_t spans) noexcept;
  // The stacks of a simulation's thread take turns: spans that are open above
  // one that ends are under way on other stacks. Each is recorded until now,
  // the innermost first, and goes on as a span of its own, so that all stand
  // one inside the other. `first` is the index of the outermost of them, and
  // the second function is called when they have been cut off.
  void RecordFrom(std::size_t first, Ticks now) noexcept;
  void GoOnFrom(std::size_t first, std::size_t count, Ticks now) noexcept;

  std::uint64_t Id(const Resource& resource) noexcept {
    return PackId(resource.async_id(), Site(resource));
  }
  static std::uint64_t Trigger(const Resource& resource,
                               RecordKind kind) noexcept {
    return PackTrigger(resource.trigger_async_id(), kind);
  }

  std::uint16_t Site(const Resource& resource) noexcept {
    const Place place(resource);
    const std::string_view type = resource.type();
    const auto hash = (reinterpret_cast<std::uintptr_t>(type.data()) >> 3) ^
                      (place.line * 31 + place.column);
    Cached& cached = cache_[hash % cache_.size()];
    if (cached.site != 0 && cached.place == place && cached.IsOf(type))
        [[likely]] {
      return cached.site;
    }
    return FindSite(resource, place, cached);
  }
  std::uint16_t FindSite(const Resource& resource, const Place& place,
                         Cached& cached) noexcept;

  using LabelText = std::array<char, kLabelTextBytes>;
  void PutLabels(Ticks now) noexcept;
  std::uint64_t head() const noexcept {
    // relaxed: written by this thread only.
    return thread_.head.load(std::memory_order_relaxed);
  }

  const Image image_;
  const std::size_t index_;
  SiteTable& sites_;
  ImageThread& thread_;
  ImageRing ring_;
  std::uint64_t too_deep_ = 0;
  Ticks parked_ = 0;
  Ticks waited_ = 0;
  std::array<Cached, 128> cache_{};
  // The labels that were put last, and the number of their first record.
  std::size_t label_bytes_ = 0;
  std::uint64_t labels_put_at_ = 0;
  LabelText labels_;
};

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_RECORD_WRITER_H_
