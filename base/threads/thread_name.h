// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The names of threads, as debuggers and `ps -T` show them.
//
// A thread begins with the name of the one that made it. Threads of oneTBB are
// made by whichever thread adds work for which there are too few, so also by
// the timer thread and by workers; and some of them never work for Weft, so it
// is too late to name them when they do.

#ifndef WEFT_BASE_THREADS_THREAD_NAME_H_
#define WEFT_BASE_THREADS_THREAD_NAME_H_

#include <array>
#include <cstddef>
#include <optional>

#include "weft/base/language.h"

namespace weft::base {

inline constexpr std::size_t kThreadNameSize = 16;  // the kernel's limit

// Names the calling thread for the life of the scope: `name`, or `name`, '-'
// and a number.
class ThreadNameScope {
 public:
  explicit ThreadNameScope(const char* name) noexcept;
  ThreadNameScope(const char* name, int number) noexcept;
  ThreadNameScope(const ThreadNameScope&) = delete;
  ThreadNameScope& operator=(const ThreadNameScope&) = delete;
  ~ThreadNameScope();

 private:
  std::array<char, kThreadNameSize> outer_{};
  const bool outer_is_ours_;
};

// Threads that the calling one makes during the life of the scope do not
// inherit a name that Weft gave it: it has that of the process meanwhile. Costs
// next to nothing on a thread that Weft has not named.
class PlainThreadNameScope {
 public:
  PlainThreadNameScope() noexcept;

 private:
  std::optional<ThreadNameScope> scope_;
};

}  // namespace weft::base

#endif  // WEFT_BASE_THREADS_THREAD_NAME_H_
