// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The interface by which a thread tells its engine that it is about to wait.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_WAIT_HOST_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_WAIT_HOST_H_

#include <optional>

#include "weft/base/sync/wait_deadline.h"
#include "weft/hooks/worker_id.h"

namespace weft::executor_internal {

class BlockedWait;
class Completion;
class Engine;
class EngineThreads;

// Describes a wait.
struct WaitFor {
  // Says whether the wait may end before its event. A wait that may fails with
  // a WaitLimitError if its thread is the last of its executor that runs, no
  // other can take its place, and tasks are queued.
  enum class MayFail { kYes, kNo };

  const Completion* completion;  // null: a place in a queue
  Engine* engine;                // whose tasks end it; null: any thread may
  MayFail may_fail;
  bool has_deadline;
  // The thread looks for what `completion` waits for before it sleeps.
  bool looks_again = false;
};

// A thread of an engine calls it before and after it sleeps. Owner-only.
class WaitHost {
 public:
  // The thread is about to sleep. May run destructors of what it has kept.
  virtual void BeginWait(BlockedWait& wait) noexcept = 0;
  // The thread goes on, at once.
  virtual void EndWait(BlockedWait& wait) noexcept = 0;
  // True if it may begin a wait that cannot fail. False if nearly all threads
  // that there may be are waiting.
  virtual bool MayWaitForEver() const noexcept = 0;
  // Waits for `completion` as BlockedWait does, and runs on this stack what
  // that waits for and is queued here. Returns true if it was done at some
  // moment, false if `deadline` has passed; and nothing, having done nothing,
  // if there are no queues here for what runs now.
  virtual std::optional<bool> RunOwnUntil(Completion&, const WaitFor&,
                                          const base::WaitDeadline&) {
    return std::nullopt;
  }
  virtual WorkerId id() const noexcept = 0;

  // Returns the threads that this is one of.
  EngineThreads& threads() const noexcept { return threads_; }

 protected:
  explicit WaitHost(EngineThreads& threads) noexcept : threads_(threads) {}
  ~WaitHost() = default;

 private:
  EngineThreads& threads_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_WAIT_HOST_H_
