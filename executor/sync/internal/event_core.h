// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What an event and those that wait for it share.

#ifndef WEFT_EXECUTOR_SYNC_INTERNAL_EVENT_CORE_H_
#define WEFT_EXECUTOR_SYNC_INTERNAL_EVENT_CORE_H_

#include <memory>
#include <source_location>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/base/ref.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/sync/internal/wait_queue.h"
#include "weft/executor/sync/value_future.h"

namespace weft::executor_internal {

// No lock is held while anything else is called.
//
// Thread-safe.
class EventCore final : public base::RefCounted {
 public:
  explicit EventCore(std::shared_ptr<Engine> engine) noexcept
      : engine_(std::move(engine)) {}

  bool Set() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  bool Reset() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  bool is_set() const noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  ValueFuture<void> Wait(std::source_location where)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Those that wait get a BrokenPromiseError.
  void Close() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  void Release() const noexcept {
    if (DropRefs(1)) delete this;
  }

 private:
  struct Nothing {};
  using Waiter = QueuedWaiter<void, EventCore, Nothing>;
  friend Waiter;

  ~EventCore() = default;

  void Leave(Waiter& waiter) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<Engine> engine_;
  mutable base::Mutex mutex_;
  bool is_set_ ABSL_GUARDED_BY(mutex_) = false;
  WaitQueue<Waiter> queue_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_SYNC_INTERNAL_EVENT_CORE_H_
