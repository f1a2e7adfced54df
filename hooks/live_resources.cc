// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/live_resources.h"

#include <algorithm>
#include <new>
#include <sstream>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/hook_event.h"

namespace weft {

using base::AtFork;
using base::Mutex;
using base::MutexLock;

std::string_view LiveStateName(LiveResource::State state) noexcept {
  switch (state) {
    case LiveResource::State::kNotRun:
      return "not run yet";
    case LiveResource::State::kRunning:
      return "running";
    case LiveResource::State::kPaused:
      return "paused";
  }
  return "unknown";
}

class LiveResources::Table {
 public:
  explicit Table(LiveResourcesOptions options)
      : capacity_(options.capacity), hook_(MakeHook(std::move(options.types))) {
    if (capacity_ == 0) {
      throw std::invalid_argument(
          "LiveResources: capacity is 0; it must be at least 1");
    }
    hook_.Enable();
  }

  std::vector<LiveResource> Alive() const ABSL_LOCKS_EXCLUDED(mutex_) {
    std::vector<LiveResource> alive;
    {
      const MutexLock lock(mutex_);
      alive.reserve(entries_.size());
      for (const auto& [id, entry] : entries_) alive.push_back(entry.resource);
    }
    std::sort(alive.begin(), alive.end(), [](const auto& a, const auto& b) {
      return a.async_id < b.async_id;
    });
    return alive;
  }
  std::size_t count() const noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    return entries_.size();
  }
  std::size_t missed() const noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    return missed_;
  }

 private:
  struct Entry {
    LiveResource resource;
    std::size_t inside = 0;  // before without after: some nest
  };

  AsyncHook MakeHook(std::vector<std::string> types) {
    return CreateHook(
        {.init = [this](const InitEvent& event) { Add(event); },
         .before =
             [this](const BeforeEvent& event) {
               Change(event.async_id(), true);
             },
         .after =
             [this](const AfterEvent& event) {
               Change(event.async_id(), false);
             },
         .destroy =
             [this](const DestroyEvent& event) { Remove(event.async_id()); }},
        {.types = std::move(types)});
  }

  void Add(const InitEvent& event) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    // Before the lock: it takes one of its own, and fork() takes them all.
    const AsyncBacktrace backtrace = AsyncBacktrace::Of(event.resource());
    const MutexLock lock(mutex_);
    try {
      if (entries_.size() < capacity_) {
        entries_.try_emplace(
            event.async_id(),
            Entry{.resource = {.async_id = event.async_id(),
                               .trigger_async_id = event.trigger_async_id(),
                               .type = std::string(event.type()),
                               .where = event.where(),
                               .backtrace = backtrace}});
        return;
      }
    } catch (const std::bad_alloc&) {
      // Counts it as missed, like those for which there is no room.
    }
    ++missed_;
  }

  void Change(AsyncId id, bool enters) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    enters ? ++entry.inside : --entry.inside;
    entry.resource.state = entry.inside > 0 ? LiveResource::State::kRunning
                                            : LiveResource::State::kPaused;
  }

  void Remove(AsyncId id) noexcept ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    entries_.erase(id);
  }

  const std::size_t capacity_;
  mutable Mutex mutex_;
  std::unordered_map<AsyncId, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::size_t missed_ ABSL_GUARDED_BY(mutex_) = 0;
  // The hooks of every thread take the lock, also in a child.
  const AtFork at_fork_{mutex_};
  AsyncHook hook_;  // last: it goes first
};

LiveResources::LiveResources(LiveResourcesOptions options)
    : table_(std::make_unique<Table>(std::move(options))) {}

LiveResources::~LiveResources() = default;

std::vector<LiveResource> LiveResources::Alive() const {
  return table_->Alive();
}

std::size_t LiveResources::count() const noexcept { return table_->count(); }

std::size_t LiveResources::missed() const noexcept { return table_->missed(); }

std::string LiveResources::Report() const {
  const std::vector<LiveResource> alive = Alive();
  std::ostringstream out;
  if (alive.empty()) {
    out << "no resources are alive\n";
  } else {
    out << alive.size()
        << (alive.size() == 1 ? " resource is alive\n"
                              : " resources are alive\n");
  }
  for (const LiveResource& resource : alive) {
    out << "  " << resource.type << ' ' << resource.async_id
        << ", triggered by " << resource.trigger_async_id << ", "
        << LiveStateName(resource.state);
    if (resource.where.line() != 0) {
      out << ", from " << resource.where.file_name() << ':'
          << resource.where.line() << " (" << resource.where.function_name()
          << ')';
    }
    out << '\n' << resource.backtrace.cause().ToString("    caused by ");
  }
  if (const std::size_t count = missed(); count > 0) {
    out << "  " << count
        << " more were made when there was no room for them, and may be alive "
           "or not\n";
  }
  return out.str();
}

}  // namespace weft
