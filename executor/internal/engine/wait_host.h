// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a thread tells its engine when it is about to wait.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_WAIT_HOST_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_WAIT_HOST_H_

#include "weft/base/wait_deadline.h"
#include "weft/hooks/worker_id.h"

namespace weft::executor_internal {

class BlockedWait;
class Completion;
class Engine;

// What a thread waits for.
struct WaitFor {
  // May the wait end without its end having come? If it may, and this is the
  // last thread of its executor that runs, no other can take its place, and
  // tasks are queued, it fails, with a WaitLimitError.
  enum class MayFail { kYes, kNo };

  const Completion* completion;  // null: a place in a queue
  Engine* engine;                // whose tasks end it; null: anybody may
  MayFail may_fail;
  bool has_deadline;
};

// What a thread of an engine tells it before and after it sleeps. Owner-only.
class WaitHost {
 public:
  // The thread is about to sleep. May run destructors of what it has kept.
  virtual void BeginWait(BlockedWait& wait) noexcept = 0;
  // It goes on, at once.
  virtual void EndWait(BlockedWait& wait) noexcept = 0;
  // May it begin a wait that cannot fail? Not if nearly all threads wait that
  // there may be.
  virtual bool MayWaitForEver() const noexcept = 0;
  // Waits for `completion` as BlockedWait does, and runs on this stack what
  // that waits for and is queued here. False, and nothing was done, if it has
  // no queues for what runs here now.
  virtual bool RunOwnUntil(Completion&, const WaitFor&,
                           const base::WaitDeadline&) {
    return false;
  }
  virtual Engine& engine() const noexcept = 0;
  virtual WorkerId id() const noexcept = 0;

 protected:
  ~WaitHost() = default;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_WAIT_HOST_H_
