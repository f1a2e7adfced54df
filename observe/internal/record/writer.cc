// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/record/writer.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "weft/base/steady_now.h"
#include "weft/context/label.h"
#include "weft/context/labels.h"
#include "weft/hooks/providers.h"

namespace weft::observe_internal {
void Writer::EndOther(const Resource& resource, Ticks now) noexcept {
  if (too_deep_ > 0) [[unlikely]] {
    --too_deep_;
    return CountIncomplete(1);
  }
  const std::size_t depth = thread_.open.depth();
  for (std::size_t above = 0; above < depth; ++above) {
    const std::size_t index = depth - 1 - above;
    const auto [begin, id, trigger] = thread_.open.Get(index);
    if (!IsOf(resource, id)) continue;
    const bool divides = above > 0 && base::simulated_now != nullptr;
    if (divides) [[unlikely]]
      RecordFrom(index + 1, now);
    ring_.Put({now, begin, id, trigger});
    thread_.open.Cut(index);
    if (above > 0) [[unlikely]] {
      divides ? GoOnFrom(index + 1, above, now) : CountIncomplete(above);
    }
    return;
  }
  CountIncomplete(1);
}

void Writer::NoteLabels(Ticks now) noexcept {
  LabelText text;
  std::size_t used = 0;
  VisitLabels(Visibility::kTrace,
              [&](std::string_view name, std::string_view value) {
                // One that does not fit is left out.
                const std::size_t size = name.size() + value.size() + 2;
                if (size > text.size() - used) return;
                for (const std::string_view part : {name, value}) {
                  used += part.copy(text.data() + used, part.size());
                  text[used++] = '\0';
                }
              });
  if (used == 0 && label_bytes_ == 0) return;
  const bool is_same = used == label_bytes_ &&
                       std::memcmp(text.data(), labels_.data(), used) == 0;
  // Those that are put are written over some time, and those that last are not.
  if (is_same && (head() - labels_put_at_) * 2 < image_.head().ring_capacity) {
    return;
  }
  std::memcpy(labels_.data(), text.data(), used);
  label_bytes_ = used;
  PutLabels(now);
}

void Writer::EndLabels(Ticks now) noexcept {
  label_bytes_ = 0;
  PutLabels(now);
}

void Writer::PutLabels(Ticks now) noexcept {
  labels_put_at_ = head();
  if (label_bytes_ == 0) return ring_.Put({now, 0, 0, PackLabels(0, 0)});
  const std::size_t count =
      (label_bytes_ + kLabelRecordBytes - 1) / kLabelRecordBytes;
  for (std::size_t number = 0; number < count; ++number) {
    const std::size_t at = number * kLabelRecordBytes;
    std::array<std::uint64_t, 2> words{};
    static_assert(sizeof(words) == kLabelRecordBytes);
    std::memcpy(words.data(), labels_.data() + at,
                std::min(kLabelRecordBytes, label_bytes_ - at));
    ring_.Put({now, words[0], words[1], PackLabels(number, count)});
  }
}

void Writer::RecordFrom(std::size_t first, Ticks now) noexcept {
  for (std::size_t depth = thread_.open.depth(); depth > first; --depth) {
    const auto [begin, id, trigger] = thread_.open.Get(depth - 1);
    ring_.Put({now, begin, id, trigger});
  }
}

void Writer::GoOnFrom(std::size_t first, std::size_t count,
                      Ticks now) noexcept {
  // What has been cut off is there until something is pushed in its place.
  for (std::size_t index = first; index < first + count; ++index) {
    const auto [begin, id, trigger] = thread_.open.Get(index);
    static_cast<void>(thread_.open.Push({now, id, trigger}));
  }
}

void Writer::Idle(WorkerId worker) noexcept {
  if (thread_.open.depth() != 0) [[unlikely]]
    thread_.open.Cut(0);
  too_deep_ = 0;
  Become(worker);
}

void Writer::Become(WorkerId worker) noexcept {
  // relaxed: numbers.
  thread_.executor.store(worker.executor, std::memory_order_relaxed);
  thread_.worker.store(
      static_cast<std::uint64_t>(static_cast<std::int64_t>(worker.worker)),
      std::memory_order_relaxed);
}

void Writer::Sleep(RecordKind kind, Ticks now) noexcept {
  BeInSession();
  Slept(kind) = now;
}

void Writer::Wake(RecordKind kind, const Resource* waits, Ticks now) noexcept {
  BeInSession();
  const Ticks begin = std::exchange(Slept(kind), 0);
  if (begin == 0) return CountIncomplete(1);
  ring_.Put({now, begin, waits != nullptr ? Id(*waits) : 0,
             waits != nullptr ? Trigger(*waits, kind) : PackTrigger(0, kind)});
}

void Writer::Enter(std::uint64_t session) noexcept {
  thread_.open.Cut(0);
  too_deep_ = 0;
  parked_ = 0;
  waited_ = 0;
  // relaxed: a number.
  thread_.session.store(session, std::memory_order_relaxed);
}

void Writer::CountIncomplete(std::size_t spans) noexcept {
  if (spans == 0) return;
  // relaxed: written by this thread only.
  thread_.incomplete.store(
      thread_.incomplete.load(std::memory_order_relaxed) + spans,
      std::memory_order_relaxed);
}

std::uint16_t Writer::FindSite(const Resource& resource, const Place& place,
                               Cached& cached) noexcept {
  const std::uint16_t site = sites_.Find(image_, resource);
  const ImageSite& found = image_.site(site);
  // One that was lost, or is cut, is looked for again.
  const std::string_view type = resource.type();
  if (site != 0 && type.size() < found.type.size()) {
    cached = {place, {found.type.data(), type.size()}, nullptr, site};
    if (std::ranges::any_of(
            hooks_internal::kProviderNames, [type](std::string_view name) {
              return name.data() == type.data() && name.size() == type.size();
            })) {
      cached.lasting = type.data();
    }
  }
  return site;
}

}  // namespace weft::observe_internal
