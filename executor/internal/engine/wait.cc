// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine/wait.h"

#include "weft/base/sync/parker.h"
#include "weft/base/sync/pause.h"
#include "weft/base/sync/waiter.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/engine_threads.h"
#include "weft/executor/internal/engine/inline_wait.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {
namespace {

// How many times a thread that waits inside a task polls before it sleeps:
// about 20 us, the price of two wake-ups.
constexpr int kSpins = 1024;

bool IsDoneSoon(const Completion& completion) noexcept {
  for (int i = 0; i < kSpins; ++i) {
    if (completion.done()) return true;
    base::Pause();
  }
  return false;
}

}  // namespace

void CheckWait(Engine& engine, const Completion& completion) {
  if (completion.done()) return;
  // Await() looks for that in any case; here only where it says more.
  if (!engine.MayWait()) ThrowIfWaitsForItself(completion);
  engine.CheckNotLeftBehind();
  engine.CheckWait();
}

bool Await(Completion& completion, Engine* awaited, WaitKind kind,
           const base::WaitDeadline& deadline) {
  if (completion.done()) return true;
  WaitHelper* const helper = awaited != nullptr ? awaited->helper() : nullptr;
  // A job that has not begun is not on this stack. Nested waits of a manual
  // executor are of that kind, and looking through all jobs of the stack at
  // each would make their cost quadratic.
  if (helper == nullptr || !helper->EndsWithNext(completion)) {
    ThrowIfWaitsForItself(completion);
  }
  FlushBatched();
  Engine::QueueDeferred();
  Engine::DiscardRefused();
  if (completion.done()) return true;
  if (helper != nullptr) {
    // A thread that waits for a manual executor runs its tasks, wherever that
    // is.
    if (MayFail(kind) == WaitFor::MayFail::kYes) {
      CheckStack("a wait for a ManualExecutor");
    }
    return helper->HelpUntil(completion, *awaited, kind, deadline);
  }
  Engine* const ends_it = kind == WaitKind::kPromise ? nullptr : awaited;
  const bool is_group = kind == WaitKind::kGroup || kind == WaitKind::kGroupEnd;
  const WaitFor what{&completion, ends_it, MayFail(kind), deadline.has_value()};
  WaitHost* const host = thread_state.host;
  // Its tasks may be in this thread's queues.
  if (is_group && thread_state.running != nullptr && awaited->IsItsThread()) {
    const auto was_done = host->RunOwnUntil(completion, what, deadline);
    if (was_done.has_value()) return *was_done;
  }
  if (host != nullptr && IsDoneSoon(completion)) return true;
  const InlineWait wait;
  while (!completion.done()) {
    if (base::HasPassed(deadline)) return false;
    if (is_group && thread_state.running != nullptr &&
        awaited->RunOwnQueued(completion)) {
      continue;
    }
    if (SleepOnce(completion, what, deadline)) break;
  }
  return true;
}

bool SleepOnce(Completion& completion, const WaitFor& what,
               const base::WaitDeadline& deadline) {
  base::Parker& parker = base::Parker::OfThisThread();
  bool is_done = false;
  bool is_refused = false;
  {
    const BlockedWait blocked(parker, what);
    is_done = completion.ParkUntilDone(parker, deadline);
    is_refused = blocked.refused();
  }
  if (is_refused && !is_done && !completion.done()) ThrowWaitRefused();
  return is_done;
}

}  // namespace weft::executor_internal
