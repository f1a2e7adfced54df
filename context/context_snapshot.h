// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/context_snapshot.h
// -----------------------------------------------------------------------------
//
// `ContextSnapshot` is what was current in all storages at one moment, as a
// value: keep it, copy it, hand it to another thread, and run code in it.
//
// Example:
//
//   class Query {
//    public:
//     void OnRow(std::function<void(Row)> callback) {
//       callback_ = weft::ContextSnapshot::Capture().Bind(std::move(callback));
//     }
//   };  // the callback sees the context of OnRow()'s caller
//
// Node counterpart: the results of `AsyncLocalStorage.snapshot()` and
// `AsyncLocalStorage.bind()`.

#ifndef WEFT_CONTEXT_CONTEXT_SNAPSHOT_H_
#define WEFT_CONTEXT_CONTEXT_SNAPSHOT_H_

#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/inherit.h"
#include "weft/context/internal/snapshot_watch.h"

namespace weft {

template <typename Fn>
class ContextBound;

// ContextSnapshot
//
// A value that holds the stores that were current at one moment.
//
// Thread-safety: thread-compatible; one snapshot may run on many threads at
//   once, each run starts from the capture.
// Lifetime: keeps the captured values alive.
// Cost: a capture or a copy costs one reference count. The first capture in a
//   `Run()` or scope of a storage allocates too: once for that scope, and once
//   for each store, there and in scopes around it, that stands on the stack.
// Differs from Node: it captures values only, not ids, and emits no hook
//   events; `AsyncResource` is the form with both.
class ContextSnapshot {
 public:
  // Makes the context in which nothing is bound.
  ContextSnapshot() = default;

  // ContextSnapshot::Capture()
  //
  // Returns what is current in the calling flow. `where` is for those who ask
  // what keeps a store (observe/retention.h). Throws std::bad_alloc, with
  // nothing changed.
  static ContextSnapshot Capture(
      std::source_location where = std::source_location::current()) {
    return ContextSnapshot(
        context_internal::Watched(context_internal::CaptureFrame(), where));
  }

  // ContextSnapshot::CaptureForTask()
  //
  // Returns the context that a task that is submitted now would see: that of
  // Capture(), but each storage is inherited by its own rule (inheritance.h),
  // and nothing is inherited in a `SuppressFlowScope`. It is meant for queues
  // and pools of your own. Throws what Capture() throws, and what the copy of a
  // store throws.
  static ContextSnapshot CaptureForTask(
      std::source_location where = std::source_location::current()) {
    return ContextSnapshot(
        context_internal::Watched(context_internal::Inherit().frame, where));
  }

  // ContextSnapshot::Run()
  //
  // Calls `fn(args...)` in the captured context and returns its result: every
  // storage reads as it did at the capture, and one that was bound only since
  // then reads as unbound. Afterwards, also if `fn` throws, the caller's whole
  // context is current again; what `fn` entered is gone.
  template <typename Fn, typename... Args>
    requires std::is_invocable_v<Fn, Args...>
  decltype(auto) Run(Fn&& fn, Args&&... args) const {
    const context_internal::FrameScope scope(frame_);
    return std::forward<Fn>(fn)(std::forward<Args>(args)...);
  }

  // Does the same as `Run()`; a snapshot is itself the function that Node
  // returns.
  template <typename Fn, typename... Args>
    requires std::is_invocable_v<Fn, Args...>
  decltype(auto) operator()(Fn&& fn, Args&&... args) const {
    return Run(std::forward<Fn>(fn), std::forward<Args>(args)...);
  }

  // ContextSnapshot::Bind()
  //
  // Returns a callable that runs `fn` in this snapshot. Binding what is bound
  // already changes nothing: the inner context is the one `fn` sees.
  template <typename Fn>
  ContextBound<std::decay_t<Fn>> Bind(Fn&& fn) const {
    return ContextBound<std::decay_t<Fn>>(*this, std::forward<Fn>(fn));
  }

 private:
  explicit ContextSnapshot(context_internal::FrameRef frame) noexcept
      : frame_(std::move(frame)) {}

  context_internal::FrameRef frame_;
};

// ContextBound
//
// A function object with the context in which it runs, wherever it is called.
// It forwards arguments and result. It is as copyable, and as thread-safe to
// call, as `Fn` is.
template <typename Fn>
class ContextBound {
 public:
  // Makes a function that runs `fn` in `snapshot`.
  ContextBound(ContextSnapshot snapshot, Fn fn)
      : snapshot_(std::move(snapshot)), fn_(std::move(fn)) {}

  // Calls the function in its context, and returns its result.
  template <typename... Args>
    requires std::is_invocable_v<Fn&, Args...>
  decltype(auto) operator()(Args&&... args) {
    return snapshot_.Run(fn_, std::forward<Args>(args)...);
  }
  template <typename... Args>
    requires std::is_invocable_v<const Fn&, Args...>
  decltype(auto) operator()(Args&&... args) const {
    return snapshot_.Run(fn_, std::forward<Args>(args)...);
  }

 private:
  ContextSnapshot snapshot_;
  Fn fn_;
};

}  // namespace weft

#endif  // WEFT_CONTEXT_CONTEXT_SNAPSHOT_H_
