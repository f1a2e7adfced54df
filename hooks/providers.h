// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/providers.h
// -----------------------------------------------------------------------------
//
// This header lists the types of resource that the runtime itself makes, by
// name and number. An init event tells the name as its `type()`; numbers are
// stable within a release only. Types of `AsyncResource` are the user's own and
// are not listed.
//
// Node counterpart: `async_hooks.asyncWrapProviders`.

#ifndef WEFT_HOOKS_PROVIDERS_H_
#define WEFT_HOOKS_PROVIDERS_H_

#include <cstddef>
#include <span>
#include <string_view>

#include "weft/base/language.h"

namespace weft {

// The types of resource, by number.
enum class Provider : unsigned char {
  kNone = 0,          // id 0, no resource
  kThread = 1,        // the root of a thread
  kTask = 2,          // a function given to Executor::Post()
  kFutureTask = 3,    // a function given to Executor::Submit()
  kGroupTask = 4,     // a function given to TaskGroup::Run()
  kDeferred = 5,      // a function given to Executor::Defer()
  kPromise = 6,       // a Promise
  kContinuation = 7,  // a function given to Then()
  kForkTask = 8,      // a function given to Join()
  kLoopTask = 9,      // a part of a ParallelFor() or ParallelReduce()
  kTimeout = 10,      // a function given to PostAfter(), PostAt(), PostEvery()
  kCoroutine = 11,    // a coroutine that returns a Task
};

namespace hooks_internal {

// The names of the types, by number.
inline constexpr std::string_view kProviderNames[] = {
    "NONE",       "THREAD",    "TASK",    "FUTURE_TASK",
    "GROUP_TASK", "DEFERRED",  "PROMISE", "CONTINUATION",
    "FORK_TASK",  "LOOP_TASK", "TIMEOUT", "COROUTINE",
};

}  // namespace hooks_internal

// Returns the name of a type: "NONE", "THREAD", ...
constexpr std::string_view ProviderName(Provider provider) noexcept {
  return hooks_internal::kProviderNames[static_cast<std::size_t>(provider)];
}

// Returns all of them, in the order of their numbers.
std::span<const Provider> Providers() noexcept;

}  // namespace weft

#endif  // WEFT_HOOKS_PROVIDERS_H_
