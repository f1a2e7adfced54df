// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/live_resources.h
// -----------------------------------------------------------------------------
//
// `LiveResources` knows which resources are alive, that is made and not yet
// destroyed, which resource caused each, and where in the source it was made.
// Made at the start of a program and asked after its shutdown, it tells what
// was forgotten or does not end.
//
// Example:
//
//   weft::LiveResources live;
//   weft::Executor executor;
//   ...
//   if (!executor.ShutdownFor(5s).finished) std::cerr << live.Report();
//
//   2 resources are alive
//     TASK 71, triggered by 4, running, from server.cc:42 (void Serve())
//     TIMEOUT 93, triggered by 71, not run yet, from server.cc:57 (...)
//
// While causes are kept (observe/causes.h) it says below each how it came
// about:
//
//       caused by TASK from server.cc:42 (void Serve())
//
// Node counterpart: the package `why-is-node-running`.

#ifndef WEFT_HOOKS_LIVE_RESOURCES_H_
#define WEFT_HOOKS_LIVE_RESOURCES_H_

#include <cstddef>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "weft/hooks/async_backtrace.h"
#include "weft/hooks/async_id.h"

namespace weft {

// The facts that are known of a resource that is alive.
struct LiveResource {
  // Says whether the resource runs.
  enum class State : unsigned char {
    kNotRun,   // not started: queued, not due yet, or never runs (promises)
    kRunning,  // some thread is inside it
    kPaused    // has run, and may again: a coroutine, a timer that repeats
  };

  // The resource's id, the id of the resource that caused it, and its type.
  AsyncId async_id{};
  AsyncId trigger_async_id{};
  std::string type;
  std::source_location where;  // line 0: unknown
  State state = State::kNotRun;
  // What led to it, itself first; nothing more while causes are not kept
  // (observe/causes.h).
  AsyncBacktrace backtrace = {};
};

// Returns "not run yet", "running" or "paused".
std::string_view LiveStateName(LiveResource::State state) noexcept;

// The options of `LiveResources`.
struct LiveResourcesOptions {
  // The greatest number of resources that are remembered at once; at least 1.
  std::size_t capacity = 100'000;
  // If not empty, only resources of these types are remembered, such as "TASK".
  std::vector<std::string> types = {};
};

// LiveResources
//
// A hook (async_hook.h) that is enabled while the object exists. It sees the
// resources that are made meanwhile, and not those that were made before.
//
// A part of a fork or a loop and the root of a thread may be among them while
// they run, as they are resources as well.
//
// Thread-safety: thread-safe, except for destruction.
// Memory: about 150 bytes, and what a type of more than 15 characters takes,
//   for each resource that is alive, and for no more than `capacity` of them.
//   One that is made when that many are alive, or when there is no memory, is
//   only counted, by `missed()`.
// Cost: four events for a task, each with a lock common to all threads: for
//   tests and for servers that are to be watched, not for the shortest tasks.
class LiveResources {
 public:
  // Throws std::invalid_argument if `options.capacity` is 0.
  explicit LiveResources(LiveResourcesOptions options = {});
  LiveResources(const LiveResources&) = delete;
  LiveResources& operator=(const LiveResources&) = delete;
  // Must not be called inside a hook callback.
  ~LiveResources();

  // Returns the resources that are alive, in the order of their ids. Changes
  // that other threads make meanwhile may be in it or not. When it returns, a
  // state in it may be out of date, unless something holds the resource in it.
  std::vector<LiveResource> Alive() const;

  // Returns how many of those that are remembered are alive.
  std::size_t count() const noexcept;

  // Returns how many were made and not remembered, for want of capacity or
  // memory.
  std::size_t missed() const noexcept;

  // Returns `Alive()` as text, with a line for each: "no resources are alive",
  // or as above. A last line tells of those that were missed, if any were.
  std::string Report() const;

 private:
  class Table;

  const std::unique_ptr<Table> table_;
};

}  // namespace weft

#endif  // WEFT_HOOKS_LIVE_RESOURCES_H_
