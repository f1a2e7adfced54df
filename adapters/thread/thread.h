// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/thread/thread.h
// -----------------------------------------------------------------------------
//
// `MakeThread()` starts a thread whose function runs in the context of the
// caller.
//
// Example:
//
//   request_id.Run(RequestId{42}, [] {
//     const std::jthread thread =
//         weft::MakeThread([] { Log(*request_id.GetStore()); });  // logs 42
//   });

#ifndef WEFT_ADAPTERS_THREAD_THREAD_H_
#define WEFT_ADAPTERS_THREAD_THREAD_H_

#include <source_location>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>

#include "weft/adapters/internal/carried_function.h"

namespace weft {

// A function that a std::jthread can run.
template <typename Fn>
concept ThreadFunction = std::is_invocable_v<std::decay_t<Fn>> ||
                         std::is_invocable_v<std::decay_t<Fn>, std::stop_token>;

// MakeThread
//
// Returns a std::jthread that runs `fn()`, or `fn(stop_token)` if it takes one,
// as a resource of type "STD_THREAD".
//
// Hook events: init comes in this call, with the caller as the trigger; before,
//   after and destroy come on the thread, all of them before `join()` returns.
//   If no thread can be had, init and destroy come.
// Lifetime: that of any std::jthread, which joins when destroyed. The function
//   and its captures are destroyed on the thread, in the context.
// Cost: some 200 bytes besides the thread.
// Errors: std::system_error if no thread can be had. An exception that leaves
//   `fn` ends the process, as in any thread.
template <ThreadFunction Fn>
[[nodiscard]] std::jthread MakeThread(
    Fn&& fn, std::source_location where = std::source_location::current()) {
  return std::jthread(
      adapters_internal::Carry(std::forward<Fn>(fn), "STD_THREAD", where));
}

}  // namespace weft

#endif  // WEFT_ADAPTERS_THREAD_THREAD_H_
