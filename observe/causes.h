// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/causes.h
// -----------------------------------------------------------------------------
//
// Causes of tasks are kept, so that `AsyncBacktrace` (hooks/async_backtrace.h)
// knows the whole way that led to a task:
//
//   weft::observe::StartCauses();
//   weft::observe::SetLevel(weft::observe::Level::kFlight);
//
// From kFlight on each task and other resource that is made is given its cause.
// The message of an exception that nobody handles, `LiveResources` and the
// watchdog show it.
//
// Node counterpart: none.

#ifndef WEFT_OBSERVE_CAUSES_H_
#define WEFT_OBSERVE_CAUSES_H_

#include "weft/base/language.h"

namespace weft::observe {

// StartCauses()
//
// Starts keeping causes, unless it has been started, whenever the level
// (`SetLevel()`) is kFlight or more.
//
// Thread-safety: thread-safe.
// Cost: at kFlight a look-up for each resource that is made.
void StartCauses() noexcept;

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_CAUSES_H_
