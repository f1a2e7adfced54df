// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Writes the events that hooks get as lines to compare: "init B <- A", "before
// B".

#ifndef WEFT_TESTS_SUPPORT_EVENT_LOG_H_
#define WEFT_TESTS_SUPPORT_EVENT_LOG_H_

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_callbacks.h"

namespace weft::tests {

// Writes names where the events have ids: "root" for 1, "none" for 0, a
// resource's type for its id, "A#2" if there was an "A" before, and "?" for
// resources that no hook of this log was told of. Thread-safe; outlives its
// hooks.
class EventLog {
 public:
  // Returns callbacks of every kind that write into this log, `prefix` before
  // each line.
  HookCallbacks Callbacks(std::string prefix = "");
  // Adds a line of the test's own.
  void Add(std::string line);
  // Names a resource that was made while no hook of this log was enabled.
  void Name(AsyncId id, std::string_view name);

  std::string NameOf(AsyncId id) const;
  std::vector<std::string> lines() const;

 private:
  mutable std::mutex mutex_;  // guards all below
  std::vector<std::string> lines_;
  std::map<AsyncId, std::string> names_{{kNoAsyncId, "none"},
                                        {kMainAsyncId, "root"}};
  std::map<std::string, int, std::less<>> uses_;  // of a name
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_EVENT_LOG_H_
