// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Locks that fork() must find free. Its child has the memory of all threads,
// but only the thread that called it: a lock that another thread held would
// stay locked there for ever, and what it guards would be half changed.

#ifndef WEFT_BASE_THREADS_AT_FORK_H_
#define WEFT_BASE_THREADS_AT_FORK_H_

#include "weft/base/sync/mutex.h"

namespace weft::base {

// As long as it lives, fork() waits for `mutex`, and leaves it free in parent
// and child. Before that, while fork() still holds all such locks, the child
// calls `in_child`, to repair what assumes that the other threads exist.
//
// It is for locks of the process as a whole, and of objects that any thread may
// come to use unasked; not for those of single executors. Order of locks:
// fork() takes the lock of the list of these objects first, then theirs, from
// oldest to newest, those that are kInner last. Any order of the outer ones
// would do, and any of the inner ones, because a thread that holds one
//   - takes no other lock with an AtFork, but an inner one within an outer one;
//     and makes and destroys no AtFork,
//   - calls no user code, such as hooks, which may call fork().
//
// Handlers of pthread_atfork() that the program itself registers, from main()
// on, may use Weft: they run before these when a fork begins, after them when
// it ends.
//
// ThreadSanitizer gives up on a thread that holds more than 64 locks: under it
// no more than that may exist when fork() is called.
//
// It is made where the lock is, `static` and leaked, or as a member after it.
class AtFork {
 public:
  using InChild = void (*)() noexcept;
  // Whether a thread may take the lock within another one with an AtFork.
  enum class Nesting { kOuter, kInner };

  explicit AtFork(Mutex& mutex, InChild in_child = nullptr,
                  Nesting nesting = Nesting::kOuter) noexcept;
  AtFork(const AtFork&) = delete;
  AtFork& operator=(const AtFork&) = delete;
  ~AtFork();

 private:
  friend struct AtForkList;

  Mutex& mutex_;
  const InChild in_child_;
  const Nesting nesting_;
  AtFork* older_;
  AtFork* newer_ = nullptr;
};

}  // namespace weft::base

#endif  // WEFT_BASE_THREADS_AT_FORK_H_
