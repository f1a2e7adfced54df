// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/retention.h
// -----------------------------------------------------------------------------
//
// A store lives as long as something can still reach it: a task that is queued,
// a timer, a coroutine that is suspended, a snapshot. `ReadRetention()` says
// what keeps which stores, since when, and what led to it: for memory that
// grows, and for a request that is over and whose store is still there.
//
// Example:
//
//   weft::observe::StartRetention();
//   weft::observe::SetLevel(weft::observe::Level::kFull);
//   ...
//   std::cerr << weft::observe::ReadRetention().ToString();
//
//   retention: 2 holders keep 2 contexts; all made in the last 75 s are known
//     request: 2 stores in 2 contexts
//       1 timer for 61 s, async id 93
//         TIMEOUT from client.cc:57 (void Client::Retry())
//         TASK from server.cc:42 (void Serve())
//       1 snapshot for 12 s
//         SNAPSHOT from query.cc:17 (void Query::OnRow())
//
// A holder is what keeps a context that is not current anywhere, or may outlive
// the place where it is: see holder_kind.h. These are no holders, and not known
// here: a scope or a `Run()` that is open; what a thread has entered; and the
// spare references that a worker keeps until it runs out of work
// (executor/internal/README.md).
//
// `LiveResources` (hooks/live_resources.h) tells of all resources, with and
// without a context, and of nothing but these.
//
// Node counterpart: none; there it takes a heap snapshot.

#ifndef WEFT_OBSERVE_RETENTION_H_
#define WEFT_OBSERVE_RETENTION_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/base/language.h"
#include "weft/hooks/async_backtrace.h"
#include "weft/hooks/async_id.h"
#include "weft/observe/holder_kind.h"
#include "weft/observe/level.h"

namespace weft::observe {

// One holder.
struct StoreHolder {
  // Which of these it is.
  HolderKind kind{};
  // Its async id; 0 for a snapshot, which has none.
  AsyncId async_id = 0;
  // What led to it, itself first; nothing more while causes are not kept
  // (causes.h).
  AsyncBacktrace backtrace;
  // For how long it has existed.
  std::chrono::nanoseconds age{};
  // The labels of its context that logs may show, names and texts; at kFull
  // only.
  std::vector<std::pair<std::string, std::string>> labels;
};

// Holders of one kind that were made in the same way.
struct RetainedSite {
  // Which kind, and what led to them, themselves first.
  HolderKind kind{};
  AsyncBacktrace backtrace;
  // How many they are.
  std::uint64_t holders = 0;
  // The oldest of them, for how long it has existed, and its id.
  std::chrono::nanoseconds oldest{};
  AsyncId oldest_async_id = 0;
};

// The stores of one storage that holders keep.
struct RetainedStorage {
  // The most sites that are told of one storage.
  static constexpr std::size_t kMaxSites = 16;

  // The name that the storage was given; empty if none was, or if it is not
  // bound.
  std::string name;
  // True if the storage has no label: no text of its stores is anywhere.
  bool is_private = true;
  // False if the storage has been disabled or destroyed. Its stores are seen by
  // nobody, and go with their holders.
  bool is_bound = true;
  // How many stores, in how many contexts, which how many holders keep.
  std::uint64_t stores = 0;
  std::uint64_t contexts = 0;
  std::uint64_t holders = 0;
  // The same holders by HolderKind.
  std::array<std::uint64_t, kHolderKinds> by_kind{};
  // For how long the oldest of them has existed.
  std::chrono::nanoseconds oldest{};
  // Where they were made, the most holders first; and how many more of these
  // there are.
  std::vector<RetainedSite> sites;
  std::uint64_t sites_left_out = 0;
};

// All that is kept, at about one moment.
struct Retention {
  // The level, and the part of the holders that is known at it, chosen by their
  // ids: 1 of 1 at kFull, 1 of 64 at kFlight; 0 below, where none is known.
  Level level{};
  std::uint64_t one_in = 0;
  // Only holders that were made within this time, up to now, are known; before
  // that the level was another.
  std::chrono::nanoseconds known_for{};
  // How many holders, of how many contexts: tasks may share one, a snapshot has
  // one of its own. They are of those that are known; so are all other counts.
  std::uint64_t holders = 0;
  std::uint64_t contexts = 0;
  // How many of those that were made since are not known for want of room or
  // memory.
  std::uint64_t missed = 0;
  // The storages, the most holders first.
  std::vector<RetainedStorage> storages;

  // Returns it as lines of text, as above. Throws std::bad_alloc.
  std::string ToString() const;
  // Returns it as one JSON object; times are in seconds. Throws std::bad_alloc.
  std::string ToJson() const;
};

// The options of `StartRetention()`.
struct RetentionOptions {
  // The most holders that are known at a time; at least 1.
  std::size_t capacity = 100'000;
};

// StartRetention()
//
// Begins to note what keeps stores, from kFlight on. If that has been begun,
// only the options change. Throws std::invalid_argument if the capacity is 0.
//
// Thread-safety: thread-safe.
// Memory: for each known holder some 150 bytes, and 24 for each store that its
//   context holds.
// Cost: nothing is noted of what has no context. At kFull each holder costs a
//   microsecond or two, allocates, and takes a lock that others share; at
//   kFlight that is so for 1 of 64. Below, and without this call, there is no
//   cost but a load and a branch for each snapshot that is captured.
// fork(): a child goes on with what was noted.
void StartRetention(RetentionOptions options = {});

// ReadRetention()
//
// Returns what is kept. Holders that are made or go meanwhile may be in it or
// not.
//
// Thread-safety: thread-safe; it stops others for the time that it takes to
//   copy half of the holders.
// Cost: some microseconds for each thousand holders.
// Errors: throws std::bad_alloc.
Retention ReadRetention();

// HoldersOf()
//
// Returns what keeps stores of the storages of that name, the oldest first, and
// at most `most` of them. With labels it tells which store each keeps.
//
// Thread-safety: as `ReadRetention()`.
// Errors: throws std::bad_alloc.
std::vector<StoreHolder> HoldersOf(std::string_view storage,
                                   std::size_t most = 100);

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_RETENTION_H_
