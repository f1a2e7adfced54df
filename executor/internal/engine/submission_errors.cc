// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine/submission_errors.h"

#include <stdexcept>
#include <string>

#include "weft/executor/errors.h"

namespace weft::executor_internal {

void ThrowStackLimit(const char* function) {
  throw StackLimitError(
      std::string(function) +
      ": tasks are nested too deep on this thread: of its stack less than " +
      std::to_string((thread_state.stack.limit - thread_state.stack.end) /
                     1024) +
      " KiB is left; split the work in halves, or queue it, instead of "
      "nesting");
}

void ThrowNoResult(const char* function) {
  throw std::logic_error(
      std::string("Future::") + function +
      ": the future has no result: it was taken by Get(), moved from, or never "
      "came from an executor");
}

void ThrowNotSettleable(const char* function) {
  throw std::logic_error(
      std::string("Promise::") + function +
      ": called twice, or on a promise that is settled or moved from");
}

void ThrowNoInput(const char* function, std::size_t index) {
  throw std::invalid_argument(
      std::string(function) + ": futures[" + std::to_string(index) +
      "] has no result: it was taken by Get(), moved from, or never came from "
      "an executor");
}

void ThrowNoInputs(const char* function, const char* remedy) {
  throw std::invalid_argument(std::string(function) + ": futures is empty; " +
                              remedy);
}

void ThrowEmptyTask(const char* function) {
  throw std::invalid_argument(
      std::string(function) +
      ": task is empty: it was awaited, spawned or moved from before; a "
      "coroutine runs once, call it again for another");
}

void ThrowNullException() {
  throw std::invalid_argument(
      "Promise::SetException: exception is null; it must hold an exception");
}

std::exception_ptr BrokenError(AsyncId async_id) noexcept try {
  return std::make_exception_ptr(BrokenPromiseError(
      "Promise or Task: destroyed before it was settled; its async id was " +
      std::to_string(async_id)));
} catch (...) {
  return std::current_exception();
}

std::exception_ptr DroppedError() noexcept try {
  return std::make_exception_ptr(ShutdownError(
      "Executor: the task was dropped by Shutdown(OnShutdown::kStop) before it "
      "ran"));
} catch (...) {
  return std::current_exception();
}

}  // namespace weft::executor_internal
