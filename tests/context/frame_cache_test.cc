// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/frame_cache.h"

#include <array>
#include <barrier>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "weft/context/internal/binding.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/storage_slot.h"
#include "weft/tests/support/call_when_gone.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::context_internal {
namespace {

using tests::CallWhenGone;
using tests::Counted;
using tests::RunOnThreads;
using tests::StressRounds;
using tests::Tally;

// More than a cache takes from a frame's count at once.
constexpr int kManyTimes = 200'000;

class FrameCacheTest : public testing::Test {
 protected:
  ~FrameCacheTest() override { StorageSlot::Release(slot_); }

  template <typename T>
  FrameRef FrameWith(T value) {
    const BindingRef binding = BindingRef::Adopt(
        new ValueBinding<T>(slot_, std::optional<T>(std::move(value))));
    return Frame::With(nullptr, slot_.index(), binding.get());
  }
  FrameRef NewFrame() { return FrameWith(Counted(tally_)); }
  int live() const { return tally_.live(); }

 private:
  Tally tally_;
  StorageSlot& slot_ = StorageSlot::Acquire();
};

TEST_F(FrameCacheTest, IgnoresTheNullFrame) {
  FrameCache cache;
  cache.AddRef(nullptr);
  cache.Release(nullptr);
  cache.Flush();
}

TEST_F(FrameCacheTest, MakesReferencesThatKeepTheFrame) {
  FrameCache cache;
  FrameRef frame = NewFrame();
  cache.AddRef(frame.get());
  FrameRef made = FrameRef::Adopt(frame.get());
  frame = {};
  cache.Flush();
  EXPECT_EQ(live(), 1);
  made = {};
  EXPECT_EQ(live(), 0);
}

TEST_F(FrameCacheTest, KeepsWhatIsReleasedUntilItIsFlushed) {
  FrameCache cache;
  cache.Release(NewFrame().Detach());
  EXPECT_EQ(live(), 1);
  cache.Flush();
  EXPECT_EQ(live(), 0);
  cache.Flush();
}

TEST_F(FrameCacheTest, FlushesWhenItGoes) {
  {
    FrameCache cache;
    cache.Release(NewFrame().Detach());
    EXPECT_EQ(live(), 1);
  }
  EXPECT_EQ(live(), 0);
}

TEST_F(FrameCacheTest, TakesFromOneCacheAndGivesToAnother) {
  FrameCache here;
  FrameCache there;
  FrameRef frame = NewFrame();
  const Frame* const address = frame.get();
  for (int i = 0; i < kManyTimes; ++i) {
    here.AddRef(address);
    there.Release(address);
  }
  frame = {};
  EXPECT_EQ(live(), 1);
  here.Flush();
  EXPECT_EQ(live(), 1);
  there.Flush();
  EXPECT_EQ(live(), 0);
}

TEST_F(FrameCacheTest, CountsManyReferencesRight) {
  FrameCache cache;
  FrameRef frame = NewFrame();
  const Frame* const address = frame.get();
  for (int i = 0; i < kManyTimes; ++i) cache.AddRef(address);
  frame = {};
  cache.Flush();
  for (int i = 0; i < kManyTimes; ++i) {
    ASSERT_EQ(live(), 1);
    address->Release();
  }
  EXPECT_EQ(live(), 0);

  frame = NewFrame();
  frame.get()->AddRef(kManyTimes);
  for (int i = 0; i < kManyTimes; ++i) cache.Release(frame.get());
  cache.Flush();
  EXPECT_EQ(live(), 1);
  frame = {};
  EXPECT_EQ(live(), 0);
}

TEST_F(FrameCacheTest, GivesOutNoMoreThanItHas) {
  FrameCache cache;
  FrameRef frame = NewFrame();
  cache.Release(FrameRef(frame).Detach());
  cache.AddRef(frame.get());
  FrameRef first = FrameRef::Adopt(frame.get());
  cache.AddRef(frame.get());
  FrameRef second = FrameRef::Adopt(frame.get());
  frame = {};
  first = {};
  EXPECT_EQ(live(), 1);
  cache.Flush();
  EXPECT_EQ(live(), 1);
  second = {};
  EXPECT_EQ(live(), 0);
}

TEST_F(FrameCacheTest, KeepsFewFrames) {
  FrameCache cache;
  for (int i = 0; i < 1'000; ++i) {
    cache.Release(NewFrame().Detach());
    ASSERT_LE(live(), 16);
  }
  std::vector<FrameRef> frames;
  for (int i = 0; i < 1'000; ++i) {
    frames.push_back(NewFrame());
    cache.AddRef(frames.back().get());
  }
  for (FrameRef& frame : frames) {
    cache.Release(frame.get());
    frame = {};
  }
  EXPECT_LE(live(), 16);
  cache.Flush();
  EXPECT_EQ(live(), 0);
}

// An entry without spare references does not know if its frame is still there.
TEST_F(FrameCacheTest, DoesNotMistakeAFrameForOneThatWasThere) {
  FrameCache cache;
  for (int i = 0; i < 100; ++i) {
    FrameRef frame = NewFrame();
    cache.Release(FrameRef(frame).Detach());
    cache.AddRef(frame.get());
    FrameRef::Adopt(frame.get());
    frame = {};
    ASSERT_EQ(live(), 0);
    frame = NewFrame();  // likely where the other one was
    if (i % 2 == 0) {
      cache.AddRef(frame.get());
      FrameRef::Adopt(frame.get());
    } else {
      cache.Release(FrameRef(frame).Detach());
    }
    ASSERT_EQ(live(), 1);
    frame = {};
    cache.Flush();
    ASSERT_EQ(live(), 0);
  }
}

// A destructor may submit tasks, run others, and let workers flush.
TEST_F(FrameCacheTest, MayBeUsedByDestructorsOfValues) {
  auto owned = std::make_unique<FrameCache>();
  FrameCache* const cache = owned.get();
  int calls = 0;
  const auto use = [&] {
    for (int i = 0; i < 40; ++i) {
      cache->Release(NewFrame().Detach());
      const FrameRef frame = NewFrame();
      cache->AddRef(frame.get());
      cache->Release(frame.get());
    }
    if (++calls % 4 == 0) cache->Flush();
  };
  for (int i = 0; i < 100; ++i) {
    cache->Release(FrameWith(CallWhenGone(use)).Detach());
    const FrameRef frame = FrameWith(CallWhenGone(use));
    cache->AddRef(frame.get());
    cache->Release(frame.get());
  }
  cache->Flush();
  EXPECT_EQ(calls, 200);
  EXPECT_EQ(live(), 0);
  cache->Release(FrameWith(CallWhenGone(use)).Detach());
  owned.reset();
  EXPECT_EQ(calls, 201);
  EXPECT_EQ(live(), 0);
}

TEST_F(FrameCacheTest, DestructorsReadTheContextOfTheCaller) {
  FrameCache cache;
  const FrameRef current = NewFrame();
  const BorrowedFrameScope scope(current.get());
  const Frame* seen = nullptr;
  cache.Release(
      FrameWith(CallWhenGone([&] { seen = CurrentFrame(); })).Detach());
  cache.Flush();
  EXPECT_EQ(seen, current.get());
}

// Writes what readers read, when it goes: a race, unless every reader's use
// happens before.
class Witness {
 public:
  explicit Witness(int* word) : word_(word) {}
  Witness(Witness&& other) noexcept
      : word_(std::exchange(other.word_, nullptr)) {}
  Witness& operator=(Witness&&) = delete;
  ~Witness() {
    if (word_ != nullptr) *word_ = 0;
  }
  int Read() const { return *word_; }

 private:
  int* word_;
};

// Workers hand each other tasks, each with a reference to one of their frames:
// what one takes from its cache another puts into its own.
TEST(FrameCacheStressTest, ReferencesGoRoundBetweenWorkers) {
  for (const int workers : {1, 2, 8}) {
    constexpr std::size_t kFrames = 24;  // more than have room in a cache
    constexpr std::size_t kTasks = 500;
    StorageSlot& slot = StorageSlot::Acquire();
    std::vector<int> words(static_cast<std::size_t>(workers) * kFrames, 1);
    std::vector<std::vector<const Frame*>> tasks(
        static_cast<std::size_t>(workers));
    std::barrier<> round(workers);
    RunOnThreads(workers, [&](int index) {
      const auto me = static_cast<std::size_t>(index);
      const std::size_t next = (me + 1) % tasks.size();
      FrameCache cache;
      std::array<FrameRef, kFrames> mine;
      for (std::size_t i = 0; i < kFrames; ++i) {
        const BindingRef binding = BindingRef::Adopt(new ValueBinding<Witness>(
            slot,
            std::optional<Witness>(std::in_place, &words[me * kFrames + i])));
        mine[i] = Frame::With(nullptr, slot.index(), binding.get());
      }
      for (int i = 0; i < StressRounds(200); ++i) {
        for (std::size_t task = 0; task < kTasks; ++task) {
          const Frame* const frame = mine[task % kFrames].get();
          cache.AddRef(frame);
          tasks[next].push_back(frame);
        }
        round.arrive_and_wait();
        for (const Frame* const frame : tasks[me]) {
          {
            const BorrowedFrameScope scope(frame);
            const Binding* const binding = CurrentFrame()->At(slot.index());
            ASSERT_EQ(static_cast<const Witness*>(binding->value())->Read(), 1);
          }
          cache.Release(frame);
        }
        tasks[me].clear();
        round.arrive_and_wait();
      }
    });
    EXPECT_EQ(words, std::vector<int>(words.size(), 0));
    StorageSlot::Release(slot);
  }
}

}  // namespace
}  // namespace weft::context_internal
