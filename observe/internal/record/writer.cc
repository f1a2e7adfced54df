// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/record/writer.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace weft::observe_internal {
namespace {

// What a record keeps of an id.
constexpr AsyncId Low48(AsyncId id) noexcept { return id << 16 >> 16; }

}  // namespace

void Writer::End(const Resource& resource, Ticks now) noexcept {
  if (too_deep_ > 0) [[unlikely]] {
    --too_deep_;
    return CountIncomplete();
  }
  // Those above it have ended unseen.
  std::uint64_t unseen = 0;
  for (std::size_t depth = thread_.open.depth(); depth > 0; --depth, ++unseen) {
    const auto [begin, id, trigger] = thread_.open.Get(depth - 1);
    if (id >> 16 != Low48(resource.async_id())) continue;
    for (; unseen > 0; --unseen) CountIncomplete();
    ring_.Put({now, begin, id, trigger});
    thread_.open.Cut(depth - 1);
    return;
  }
  CountIncomplete();
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
  if (begin == 0) return CountIncomplete();
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

void Writer::CountIncomplete() noexcept {
  // relaxed: written by this thread only.
  thread_.incomplete.store(
      thread_.incomplete.load(std::memory_order_relaxed) + 1,
      std::memory_order_relaxed);
}

std::uint16_t Writer::FindSite(const Resource& resource, const Place& place,
                               Cached& cached) noexcept {
  const std::uint16_t site = sites_.Find(image_, resource);
  const ImageSite& found = image_.site(site);
  // One that was lost, or is cut, is looked for again.
  if (site != 0 && resource.type().size() < found.type.size()) {
    cached = {place, {found.type.data(), resource.type().size()}, site};
  }
  return site;
}

}  // namespace weft::observe_internal
