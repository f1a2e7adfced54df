// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Threads that an engine owns: it starts them, and goes when they have ended.
//
// A thread's last steps are its users': destructors of thread_locals, which may
// take any time, and may call the engine. So nobody waits for them but who ends
// all threads, by JoinAll(), and that without a lock. A thread that has ended
// is joined, which takes no time, when the next one is started.

#ifndef WEFT_BASE_OWNED_THREADS_H_
#define WEFT_BASE_OWNED_THREADS_H_

#include <cstddef>
#include <functional>
#include <list>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "weft/base/mutex.h"

namespace weft::base {

// Thread-safe. Its lock is a leaf: nothing of the user's is called under it.
class OwnedThreads {
 public:
  // `owner`, a literal, is named in errors.
  explicit OwnedThreads(const char* owner) noexcept;
  OwnedThreads(const OwnedThreads&) = delete;
  OwnedThreads& operator=(const OwnedThreads&) = delete;
  // After JoinAll().
  ~OwnedThreads();

  // Throws std::system_error: `owner` has asked for a thread, in vain.
  [[noreturn]] static void ThrowNoThread(const char* owner, int error);

  // Starts a thread that calls `function`, which must not throw, and destroys
  // it. Throws std::system_error, which names the owner, if no thread can be
  // had, and std::bad_alloc; then nothing has changed. Looks at those that are
  // about to end, and at no others.
  void Start(std::function<void()> function) ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits for the end of all that have been started, destructors of
  // thread_locals included; but the calling thread, if it is one of them, ends
  // later, and touches nothing of this object any more. Holding no lock that
  // one of them may want. For the owner's end: none is to be started meanwhile.
  void JoinAll() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // How many have not been joined.
  std::size_t size() const noexcept ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Thread;
  using List = std::list<std::unique_ptr<Thread>>;

  // What a thread does; `thread` is a Thread.
  static void* Body(void* thread) noexcept;
  // Joins those of `leaving_` that have ended.
  void Reap() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const char* const owner_;
  mutable Mutex mutex_;
  List running_ ABSL_GUARDED_BY(mutex_);
  List leaving_ ABSL_GUARDED_BY(mutex_);  // their functions have returned
};

}  // namespace weft::base

#endif  // WEFT_BASE_OWNED_THREADS_H_
