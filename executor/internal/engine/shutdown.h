// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Empties an engine, and ends it.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_SHUTDOWN_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_SHUTDOWN_H_

#include <chrono>
#include <cstddef>
#include <memory>

#include "weft/base/sync/wait_deadline.h"
#include "weft/executor/shutdown.h"

namespace weft::executor_internal {

class Engine;

// Waits until all that `engine` has accepted has ended. Returns false if
// `deadline` has passed first, or, with a deadline, if no thread is left to run
// it. Throws DeadlockError where the engine may not be waited for: see
// Engine::MayAwaitAll().
bool Drain(Engine& engine, const base::WaitDeadline& deadline = {});

// See Executor::Shutdown(). Returns how many queued tasks were dropped.
std::size_t Shutdown(Engine& engine, OnShutdown how);

// See Executor::ShutdownUntil().
ShutdownReport ShutdownUntil(Engine& engine,
                             std::chrono::steady_clock::time_point deadline);

// For an executor that is destroyed while tasks of `engine` run, one of which
// may be the caller: the engine accepts nothing from outside any more, and the
// thread that ends its last task closes and releases it. Returns false, with
// nothing done, if such an engine cannot outlive its executor.
bool Abandon(std::shared_ptr<Engine>& engine) noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_SHUTDOWN_H_
