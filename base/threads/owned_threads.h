// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The threads that an engine owns: it starts them, and is destroyed after they
// have ended.
//
// The last steps of a thread are user code: destructors of thread_locals, which
// may take any time, and may call the engine. So only JoinAll(), which ends all
// threads, waits for them, and it holds no lock meanwhile. A thread that has
// ended is joined, which takes no time, when the next one is started.

#ifndef WEFT_BASE_THREADS_OWNED_THREADS_H_
#define WEFT_BASE_THREADS_OWNED_THREADS_H_

#include <cstddef>
#include <functional>
#include <list>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"

namespace weft::base {

// Thread-safe. Its lock is a leaf: no user code is called under it.
class OwnedThreads {
 public:
  // `owner`, a literal, is named in errors.
  explicit OwnedThreads(const char* owner) noexcept;
  OwnedThreads(const OwnedThreads&) = delete;
  OwnedThreads& operator=(const OwnedThreads&) = delete;
  // Call JoinAll() first.
  ~OwnedThreads();

  // Throws the std::system_error that says that `owner` could not get a thread.
  [[noreturn]] static void ThrowNoThread(const char* owner, int error);

  // Starts a thread that calls `function`, which must not throw, and destroys
  // it. Throws std::system_error, which names the owner, if no thread can be
  // had, and std::bad_alloc; then nothing has changed. Joins the threads that
  // have ended, and looks only at those that are about to.
  void Start(std::function<void()> function) ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until all started threads have ended, destructors of thread_locals
  // included. If the calling thread is one of them it ends later, and touches
  // this object no more. The caller holds no lock that one of them may want.
  // Called when the owner ends: nobody may start a thread meanwhile.
  void JoinAll() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns how many have not been joined.
  std::size_t size() const noexcept ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Thread;
  using List = std::list<std::unique_ptr<Thread>>;

  // The body of a thread; `thread` is a Thread.
  static void* Body(void* thread) noexcept;
  // Joins those of `leaving_` that have ended.
  void Reap() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const char* const owner_;
  mutable Mutex mutex_;
  List running_ ABSL_GUARDED_BY(mutex_);
  List leaving_ ABSL_GUARDED_BY(mutex_);  // their functions have returned
};

}  // namespace weft::base

#endif  // WEFT_BASE_THREADS_OWNED_THREADS_H_
