// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/parallel_for.h
// -----------------------------------------------------------------------------
//
// `ParallelFor()` calls a function for each index of a range; parts of the
// range run at the same time.
//
// Example:
//
//   weft::ParallelFor(executor, std::size_t{0}, pixels.size(),
//                     [&](std::size_t i) { pixels[i] = Blur(i); });

#ifndef WEFT_EXECUTOR_PARALLEL_FOR_H_
#define WEFT_EXECUTOR_PARALLEL_FOR_H_

#include <concepts>
#include <source_location>
#include <type_traits>

#include "weft/executor/executor.h"
#include "weft/executor/internal/join/loop.h"
#include "weft/executor/internal/task/callable.h"
#include "weft/executor/loop_options.h"

namespace weft {

// ParallelFor
//
// Calls `body(i)` once for each i in [first, last). The range is cut into
// parts, and the indexes of a part are called in order. The range is split
// lazily: a part is halved when the worker that runs it has nothing else to be
// stolen (A. Tzannes, G. Caragea, R. Barua, U. Vishkin, "Lazy
// Binary-Splitting", PPoPP 2010), so a loop that no other worker helps with
// costs little more than a plain loop.
//
// Each part is a task of type "LOOP_TASK", in the context of this call, under
// an id of its own whose trigger is the caller; what it enters ends with it.
// Calls may run at the same time: `body` is called as a const object would be.
//
// With an executor it may be called anywhere. Without one it is called inside a
// task, whose executor does the work. In all else it is as `Join()` (join.h).
// An empty range calls nothing. If calls throw, the exception of the part that
// comes first is thrown when all have ended; the rest of a part that throws is
// not called, the other parts are.
//
// If its flow is cancelled (context/cancellation.h) or late
// (context/deadline.h), a loop ends before its next part, or within a part
// after as many calls as the grain says, and throws CancelledError or
// DeadlineExceededError: it is never silently incomplete.
template <std::integral Index, typename Body>
  requires std::is_invocable_v<const Body&, Index>
void ParallelFor(Executor& executor, Index first, Index last, const Body& body,
                 LoopOptions options = {},
                 std::source_location where = std::source_location::current()) {
  static_assert(!executor_internal::kIsToBeSpawned<const Body&, Index>,
                "body returns a coroutine, which only Spawn() runs");
  executor_internal::For(executor_internal::EngineOf::Get(executor), first,
                         last, options.grain, body, where);
}
template <std::integral Index, typename Body>
  requires std::is_invocable_v<const Body&, Index>
void ParallelFor(Index first, Index last, const Body& body,
                 LoopOptions options = {},
                 std::source_location where = std::source_location::current()) {
  static_assert(!executor_internal::kIsToBeSpawned<const Body&, Index>,
                "body returns a coroutine, which only Spawn() runs");
  executor_internal::For(
      executor_internal::EngineHere(executor_internal::LoopKind::kFunction),
      first, last, options.grain, body, where);
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_PARALLEL_FOR_H_
