// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The errors of submissions, futures and promises, which templates throw. They
// are compiled once.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_SUBMISSION_ERRORS_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_SUBMISSION_ERRORS_H_

#include <cstddef>
#include <exception>

#include "weft/executor/internal/task/thread_state.h"
#include "weft/hooks/async_id.h"

namespace weft::executor_internal {

// Throws StackLimitError. `function` is the one that the user called.
[[noreturn]] void ThrowStackLimit(const char* function);

inline void CheckStack(const char* function) {
  if (StackIsShort()) [[unlikely]]
    ThrowStackLimit(function);
}

// Throws std::logic_error: `function` was called on a future without a result.
[[noreturn]] void ThrowNoResult(const char* function);

// Throws std::logic_error: `function` was called twice, or on a promise that is
// settled, or moved from.
[[noreturn]] void ThrowNotSettleable(const char* function);

// Throws std::invalid_argument: the future at `index`, of those given to
// `function`, has no result.
[[noreturn]] void ThrowNoInput(const char* function, std::size_t index);
// Throws std::invalid_argument: `function` was given no futures; `remedy` says
// what to do.
[[noreturn]] void ThrowNoInputs(const char* function, const char* remedy);

// Throws std::invalid_argument: `function` was given an empty task.
[[noreturn]] void ThrowEmptyTask(const char* function);

// Throws std::invalid_argument: Promise::SetException() was given a null one.
[[noreturn]] void ThrowNullException();

// Returns a ShutdownError, for a task that was dropped unrun.
std::exception_ptr DroppedError() noexcept;
// Returns a BrokenPromiseError, for a promise destroyed before it was settled.
std::exception_ptr BrokenError(AsyncId async_id) noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_SUBMISSION_ERRORS_H_
