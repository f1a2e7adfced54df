// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/wait_helps.h
// -----------------------------------------------------------------------------

#ifndef WEFT_EXECUTOR_WAIT_HELPS_H_
#define WEFT_EXECUTOR_WAIT_HELPS_H_

namespace weft {

// What a thread that waits inside a task may run on its stack meanwhile.
enum class WaitHelps {
  // Its own children first, then anything: no thread is lost to the executor.
  kAnyTask,
  // The tasks of what it waits for, and what those run in turn. Nothing foreign
  // runs on its stack, as long as a foreign task may take: for who holds a lock
  // or a thread_local over the wait. The thread sleeps if none are left.
  kOwnTasks,
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_WAIT_HELPS_H_
