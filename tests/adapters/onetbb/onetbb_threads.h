// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Arenas with as many threads as a test asks for, whatever the machine has.

#ifndef WEFT_TESTS_ADAPTERS_ONETBB_ONETBB_THREADS_H_
#define WEFT_TESTS_ADAPTERS_ONETBB_ONETBB_THREADS_H_

#include <string>

#include "gtest/gtest.h"
#include "oneapi/tbb/global_control.h"
#include "oneapi/tbb/task_arena.h"

namespace weft::tests {

// Calls `fn` in an arena of `threads`, of which the calling thread is one.
template <typename Fn>
void InArena(int threads, const Fn& fn) {
  const ::tbb::global_control control(
      ::tbb::global_control::max_allowed_parallelism, 16);
  ::tbb::task_arena arena(threads);
  arena.execute(fn);
}

// Some work, so that threads meet.
inline void Work(int amount = 500) {
  volatile int sum = 0;
  for (int i = 0; i < amount; ++i) sum = sum + i;
}

// A test with 1, 2 and 8 threads.
class OneTbbTest : public testing::TestWithParam<int> {
 protected:
  template <typename Fn>
  static void InArena(const Fn& fn) {
    tests::InArena(GetParam(), fn);
  }
};

inline std::string ThreadsName(const testing::TestParamInfo<int>& info) {
  return "Threads" + std::to_string(info.param);
}

// In each test file that uses it.
#define WEFT_ONETBB_THREADS(Suite)                                   \
  INSTANTIATE_TEST_SUITE_P(Threads, Suite, testing::Values(1, 2, 8), \
                           tests::ThreadsName)

}  // namespace weft::tests

#endif  // WEFT_TESTS_ADAPTERS_ONETBB_ONETBB_THREADS_H_
