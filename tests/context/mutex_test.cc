// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/sync/mutex.h"

#include "absl/base/thread_annotations.h"
#include "gtest/gtest.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::context_internal {
namespace {

using tests::RunOnThreads;
using tests::StressRounds;

// Two threads take turns: each waits until it is its turn.
TEST(MutexTest, GuardsAndWakes) {
  struct Game {
    base::Mutex mutex;
    base::CondVar changed;
    int position ABSL_GUARDED_BY(mutex) = 0;
  } game;
  const int rounds = StressRounds(2'000);
  RunOnThreads(2, [&](int player) {
    for (int i = 0; i < rounds; ++i) {
      const base::MutexLock lock(game.mutex);
      while (game.position % 2 != player) game.changed.Wait(game.mutex);
      ++game.position;
      if (i % 2 == 0) {
        game.changed.NotifyOne();
      } else {
        game.changed.NotifyAll();
      }
    }
  });
  const base::MutexLock lock(game.mutex);
  EXPECT_EQ(game.position, 2 * rounds);
}

}  // namespace
}  // namespace weft::context_internal
