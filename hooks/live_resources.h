// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/live_resources.h
// -----------------------------------------------------------------------------
//
// `LiveResources` knows which resources are alive: made and not yet destroyed,
// by whom, and where in the source. Made at the start of a program and asked
// after its shutdown it tells what was forgotten, or does not end.
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
// Node counterpart: the package `why-is-node-running`.

#ifndef WEFT_HOOKS_LIVE_RESOURCES_H_
#define WEFT_HOOKS_LIVE_RESOURCES_H_

#include <cstddef>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "weft/hooks/async_id.h"

namespace weft {

// What is known of a resource that is alive.
struct LiveResource {
  // Whether it runs.
  enum class State : unsigned char {
    kNotRun,   // queued, or waiting for its time, or nothing that runs
    kRunning,  // some thread is inside it
    kPaused    // has run, and may again: a coroutine, a timer that repeats
  };

  // Who it is, and who caused it.
  AsyncId async_id{};
  AsyncId trigger_async_id{};
  std::string type;
  std::source_location where;  // line 0: unknown
  State state = State::kNotRun;
};

// "not run yet", "running", "paused".
std::string_view LiveStateName(LiveResource::State state) noexcept;

// What `LiveResources` are made with.
struct LiveResourcesOptions {
  // No more resources are remembered than so many at once; at least 1.
  std::size_t capacity = 100'000;
  // If not empty, only those of these types, such as "TASK".
  std::vector<std::string> types = {};
};

// LiveResources
//
// A hook (async_hook.h), enabled while the object exists. It sees what is made
// meanwhile, and not what was made before.
//
// A part of a fork or a loop and the root of a thread may be among them while
// they run: they are resources as well.
//
// Thread-safety: thread-safe, but for destruction.
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

  // Those that are alive, by their ids. What other threads do meanwhile may be
  // in it or not. Where they run is no longer so when it returns, unless
  // something holds them.
  std::vector<LiveResource> Alive() const;

  // How many are alive, of those that are remembered.
  std::size_t count() const noexcept;

  // How many were made and not remembered, for want of capacity or memory.
  std::size_t missed() const noexcept;

  // `Alive()` as text, in a line each: "no resources are alive" or as above;
  // with a last line on those that were missed, if any were.
  std::string Report() const;

 private:
  class Table;

  const std::unique_ptr<Table> table_;
};

}  // namespace weft

#endif  // WEFT_HOOKS_LIVE_RESOURCES_H_
