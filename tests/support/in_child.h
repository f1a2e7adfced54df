// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Runs a test's code in a child made by fork().

#ifndef WEFT_TESTS_SUPPORT_IN_CHILD_H_
#define WEFT_TESTS_SUPPORT_IN_CHILD_H_

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <latch>

namespace weft::tests {

inline constexpr int kFailed =
    99;  // an expectation did, or something was thrown
inline constexpr int kSignal = 1000;

// Forks, and runs `run` in the child. Returns the code with which the child has
// exited: 0 if `run` returns; kSignal and its number if a signal has ended it,
// as SIGALRM does when it hangs.
int InChild(const std::function<void()>& run);

// A fork() that comes while another thread holds a lock.
//
// Edges:
//   [K1] The forking thread's stores <-> the holder's loads: what the forking
//        thread did happens before the holder goes on. Test: AtForkTest.
class ForkMeeting {
 public:
  // Called by the holder of the lock. Returns when another thread waits inside
  // fork(), or has come back from it without waiting.
  void HoldUntilForkWaits() noexcept;
  // Makes another thread call `holds()`, which calls HoldUntilForkWaits(), and
  // meanwhile does what InChild() does.
  int InChild(const std::function<void()>& holds,
              const std::function<void()>& run);

 private:
  std::latch held_{1};
  std::atomic<pid_t> forking_{0};
  std::atomic<bool> has_forked_{false};
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_IN_CHILD_H_
