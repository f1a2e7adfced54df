// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/support/event_log.h"

#include <utility>

#include "weft/hooks/hook_event.h"

namespace weft::tests {

HookCallbacks EventLog::Callbacks(std::string prefix) {
  const auto writer = [this, prefix](std::string name) {
    return [this, start = prefix + name + " "](const ResourceEvent& event) {
      Add(start + NameOf(event.async_id()));
    };
  };
  return {
      .init =
          [this, prefix](const InitEvent& event) {
            Name(event.async_id(), event.type());
            Add(prefix + "init " + NameOf(event.async_id()) + " <- " +
                NameOf(event.trigger_async_id()));
          },
      .before = writer("before"),
      .after = writer("after"),
      .destroy = writer("destroy"),
      .promise_resolve = writer("resolve"),
  };
}

void EventLog::Add(std::string line) {
  const std::lock_guard<std::mutex> lock(mutex_);
  lines_.push_back(std::move(line));
}

void EventLog::Name(AsyncId id, std::string_view name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto [place, is_new] = names_.try_emplace(id, name);
  if (!is_new) return;
  const int use = ++uses_[place->second];
  if (use > 1) place->second += "#" + std::to_string(use);
}

std::string EventLog::NameOf(AsyncId id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = names_.find(id);
  return found == names_.end() ? "?" : found->second;
}

std::vector<std::string> EventLog::lines() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return lines_;
}

}  // namespace weft::tests
