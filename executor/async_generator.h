// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/async_generator.h
// -----------------------------------------------------------------------------
//
// `AsyncGenerator<T>` is the return type of a coroutine that yields values, one
// each time that it is asked, and may await between them. It has a context and
// an async id of its own, as a `Task` has.
//
// Example:
//
//   weft::AsyncGenerator<Row> Rows(Cursor cursor) {
//     while (std::optional<Batch> batch = co_await cursor.Fetch()) {
//       for (Row& row : *batch) co_yield std::move(row);
//     }
//   }
//
//   weft::Task<> Print(Cursor cursor) {
//     auto rows = Rows(std::move(cursor));
//     while (std::optional<Row> row = co_await rows.Next()) Show(*row);
//   }
//
// Node counterpart: an async generator function.

#ifndef WEFT_EXECUTOR_ASYNC_GENERATOR_H_
#define WEFT_EXECUTOR_ASYNC_GENERATOR_H_

#include <type_traits>
#include <utility>

#include "weft/executor/coroutine.h"
#include "weft/executor/internal/coroutine/generator_promise.h"

namespace weft {

// AsyncGenerator
//
// A coroutine that runs when its next value is awaited, on the thread of the
// one that awaits it, until it yields, and then waits to be asked again. Each
// run is a segment of its own flow, with the context in which it was called and
// what it has entered since; nothing of that reaches its consumer, and nothing
// of the consumer's context reaches it, whoever asks. What it may await, and
// what holds then, is as for a `Task` (coroutine.h). To hooks it is a
// "COROUTINE", with before and after for each segment.
//
// Dropping it ends it where it is: its local variables die in its context.
//
// Thread-safety: owner-only. It must not be asked while it is being asked, nor
//   dropped: the second to ask gets a std::logic_error, if threads do not meet
//   there, and dropping it then ends the process.
// Lifetime: that of a `Task`, also for parameters and captures.
// Cost: one allocation, none for a frame up to some 800 bytes, whose memory is
//   used again; none for a value.
// Errors: what it throws, `Next()` throws, once; then it has ended.
template <typename T>
class [[nodiscard]] AsyncGenerator {
  static_assert(!std::is_reference_v<T>,
                "AsyncGenerator<T>: let it yield pointers");

 public:
  // The promise type that the compiler looks for.
  using promise_type = executor_internal::GeneratorPromise<T>;

  // Makes one that has ended.
  AsyncGenerator() = default;
  AsyncGenerator(AsyncGenerator&&) noexcept = default;
  AsyncGenerator& operator=(AsyncGenerator&&) noexcept = default;
  ~AsyncGenerator() = default;

  // Returns an awaitable of a std::optional<T>: the next value, or nothing if
  // the coroutine has ended.
  executor_internal::NextOperation<T> Next() noexcept { return {coroutine_}; }

  // Returns the id of the coroutine; kNoAsyncId once it has ended.
  AsyncId async_id() const noexcept {
    return coroutine_ ? coroutine_.task().resource().async_id() : kNoAsyncId;
  }

 private:
  friend executor_internal::GeneratorPromise<T>;

  explicit AsyncGenerator(
      executor_internal::OwnedGenerator<T> coroutine) noexcept
      : coroutine_(std::move(coroutine)) {}

  executor_internal::OwnedGenerator<T> coroutine_;
};

namespace executor_internal {

template <typename T>
AsyncGenerator<T> GeneratorPromise<T>::get_return_object() noexcept {
  return AsyncGenerator<T>(OwnedGenerator<T>(task()));
}

}  // namespace executor_internal

}  // namespace weft

#endif  // WEFT_EXECUTOR_ASYNC_GENERATOR_H_
