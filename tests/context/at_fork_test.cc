// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/threads/at_fork.h"

#include <pthread.h>

#include <deque>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "gtest/gtest.h"
#include "weft/base/sync/mutex.h"
#include "weft/tests/support/in_child.h"

namespace weft::context_internal {
namespace {

using tests::ForkMeeting;
using tests::InChild;

struct Pair {
  base::Mutex mutex;
  int left ABSL_GUARDED_BY(mutex) = 0;
  int right ABSL_GUARDED_BY(mutex) = 0;

  void ExpectWhole() {
    const base::MutexLock lock(mutex);
    EXPECT_EQ(left, right);
  }
};

// Forks while another thread is changing `pair`.
int ForkInTheMiddle(Pair& pair) {
  ForkMeeting meeting;
  const int code = meeting.InChild(
      [&] {
        const base::MutexLock lock(pair.mutex);
        ++pair.left;
        meeting.HoldUntilForkWaits();
        ++pair.right;
      },
      [&] { pair.ExpectWhole(); });
  pair.ExpectWhole();
  return code;
}

TEST(AtForkTest, ForkWaitsForTheLock) {
  Pair pair;
  const base::AtFork at_fork(pair.mutex);
  EXPECT_EQ(ForkInTheMiddle(pair), 0);
  EXPECT_EQ(ForkInTheMiddle(pair), 0);
}

// The inner one is the older: fork() would have it when it waits for the outer.
TEST(AtForkTest, AnInnerLockMayBeTakenWithinAnother) {
  Pair inner;
  const base::AtFork inner_at_fork(inner.mutex, nullptr,
                                   base::AtFork::Nesting::kInner);
  Pair outer;
  const base::AtFork outer_at_fork(outer.mutex);
  ForkMeeting meeting;
  const int code = meeting.InChild(
      [&] {
        const base::MutexLock lock(outer.mutex);
        meeting.HoldUntilForkWaits();
        inner.ExpectWhole();
      },
      [&] {
        inner.ExpectWhole();
        outer.ExpectWhole();
      });
  EXPECT_EQ(code, 0);
}

TEST(AtForkTest, TheChildMayForkToo) {
  Pair pair;
  const base::AtFork at_fork(pair.mutex);
  EXPECT_EQ(InChild([&] {
              EXPECT_EQ(InChild([&] { pair.ExpectWhole(); }), 0);
              pair.ExpectWhole();
            }),
            0);
}

TEST(AtForkTest, ItIsForgottenWhereverItStandsInTheList) {
  for (int gone = 0; gone < 3; ++gone) {
    std::deque<Pair> pairs(3);
    std::deque<std::unique_ptr<const base::AtFork>> at_fork;
    for (Pair& pair : pairs) {
      at_fork.push_back(std::make_unique<const base::AtFork>(pair.mutex));
    }
    at_fork[static_cast<std::size_t>(gone)].reset();
    // It would wait for this one for ever.
    const base::MutexLock lock(pairs[static_cast<std::size_t>(gone)].mutex);
    EXPECT_EQ(InChild([&] {
                for (int i = 0; i < 3; ++i) {
                  if (i != gone)
                    pairs[static_cast<std::size_t>(i)].ExpectWhole();
                }
              }),
              0);
  }
}

int calls = 0;

TEST(AtForkTest, InTheChildItCalls) {
  base::Mutex mutex;
  const base::AtFork at_fork(mutex, []() noexcept { ++calls; });
  EXPECT_EQ(InChild([] { EXPECT_EQ(calls, 1); }), 0);
  EXPECT_EQ(calls, 0);
}

// A handler that the program registers.
Pair* used_by_handlers = nullptr;

TEST(AtForkTest, LaterHandlersMayTakeTheLock) {
  static Pair pair;
  static const base::AtFork at_fork(pair.mutex);
  used_by_handlers = &pair;
  const auto use = [] {
    const base::MutexLock lock(used_by_handlers->mutex);
    ++used_by_handlers->left;
    ++used_by_handlers->right;
  };
  ASSERT_EQ(pthread_atfork(use, use, use), 0);
  EXPECT_EQ(InChild([] {
              const base::MutexLock lock(used_by_handlers->mutex);
              EXPECT_EQ(used_by_handlers->left, 2);
            }),
            0);
  const base::MutexLock lock(pair.mutex);
  EXPECT_EQ(pair.left, 2);
}

}  // namespace
}  // namespace weft::context_internal
